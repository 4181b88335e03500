"use strict";
// A layer's wall: sort, filter, threshold, size, the state in the address, and what is shown as CSV or JSON.
(function () {
  if (typeof ATLAS_WALL !== "object") return;
  const wall = document.getElementById("wall");
  const tools = document.getElementById("tools");
  const least = document.getElementById("least");
  const leastSaid = document.getElementById("least-said");
  const shownSaid = document.getElementById("shown");
  const bars = [...document.querySelectorAll(".bars path")];
  const columns = ATLAS_WALL.columns;
  const side = Number(wall.dataset.side);
  const sides = { s: side > 96 ? side / 2 : 64, m: side, l: side > 96 ? side * 2 : 192 };
  const thumbs = "-thumb.";

  const filters = [...wall.children].map((item, place) => ({
    item,
    place,
    number: columns.filter[place],
    status: columns.status.length > 1 ? columns.status[place] : columns.status[0],
    loss: columns.final_loss[place],
    displayed: columns.displayed_mean[place],
    rank: columns.rank[place],
    selectivity: columns.selectivity[place],
  }));
  const rising = new Set(["number", "rank"]);
  const plain = { sort: "number", reverse: false, status: "all", least: 0, size: "m" };
  let state = { ...plain };
  let shown = filters;

  const words = (value) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });

  // What has no number (a failed filter) comes last, whatever the direction.
  function ordered() {
    const name = state.sort;
    const turn = (rising.has(name) ? 1 : -1) * (state.reverse ? -1 : 1);
    return [...filters].sort((a, b) => {
      if (a[name] === b[name]) return a.place - b.place;
      if (a[name] === null) return 1;
      if (b[name] === null) return -1;
      return turn * (a[name] - b[name]);
    });
  }

  let order = "number false";
  function show() {
    const wanted = `${state.sort} ${state.reverse}`;
    const sorted = wanted === order ? null : ordered();
    if (sorted) {
      const focus = document.activeElement;
      wall.replaceChildren(...sorted.map((one) => one.item));
      if (wall.contains(focus)) focus.focus();
      order = wanted;
    }
    const all = state.status === "all";
    for (const one of filters) {
      one.shown = (all || one.status === state.status) && (!state.least || (one.loss !== null && one.loss >= state.least));
      if (one.item.hidden === one.shown) one.item.hidden = !one.shown;
    }
    shown = (sorted || ordered()).filter((one) => one.shown);
    shownSaid.textContent = `${shown.length} of ${filters.length} shown`;
    if (least) {
      leastSaid.textContent = words(state.least);
      mark(state.least / Number(least.max));
      least.setAttribute("aria-valuetext", words(state.least));
    }
    resize();
  }

  const width = least ? least.form.querySelector(".bars").viewBox.baseVal.width : 1;
  function mark(share) {
    for (const bar of bars) bar.classList.toggle("under", Number(/^M(\d+)/.exec(bar.getAttribute("d"))[1]) + 1 <= share * width);
  }

  let size = "m";
  function resize() {
    if (size === state.size) return;
    size = state.size;
    wall.classList.add("sized");
    wall.style.setProperty("--side", `${sides[size]}px`);
    if (size === "l") for (const one of filters) full(one.item.querySelector("img"));
  }

  // Large cards show the full picture: a thumbnail drawn at twice its size would be blurred.
  function full(picture) {
    if (!picture || !picture.getAttribute("src").includes(thumbs)) return;
    picture.loading = "lazy";
    picture.setAttribute("src", picture.getAttribute("src").replace(thumbs, "."));
  }

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const choice = (name, valid) => (valid.includes(asked.get(name)) ? asked.get(name) : plain[name]);
    const values = (name) => [...tools.querySelectorAll(`[name=${name}]`)].map((one) => one.value);
    const number = Number(asked.get("least"));
    state = {
      sort: choice("sort", [...tools.elements.sort.options].map((one) => one.value)),
      reverse: asked.get("reverse") === "yes",
      status: choice("status", values("status")),
      least: least && number > 0 ? Math.min(number, Number(least.max)) : 0,
      size: choice("size", values("size")),
    };
    tools.elements.sort.value = state.sort;
    tools.elements.reverse.checked = state.reverse;
    tools.elements.status.value = state.status;
    tools.elements.size.value = state.size;
    if (least) least.value = state.least;
  }

  function write() {
    const said = new URLSearchParams();
    for (const name of Object.keys(plain)) {
      if (state[name] !== plain[name]) said.set(name, state[name] === true ? "yes" : String(state[name]));
    }
    history.replaceState(null, "", said.size || String(said) ? `#${said}` : location.pathname.split("/").pop() + location.search);
  }

  let waiting = 0;
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("input", () => {
    const made = tools.elements;
    state = { sort: made.sort.value, reverse: made.reverse.checked, status: made.status.value || "all", least: least ? Number(Number(least.value).toPrecision(4)) : 0, size: made.size.value };
    show();
    clearTimeout(waiting);
    waiting = setTimeout(write, 150);
  });
  addEventListener("hashchange", () => { read(); show(); });

  function rows() {
    return shown.map((one) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.length > 1 ? values[one.place] : values[0]])));
  }

  function csv() {
    const cell = (value) => (value === null ? "" : String(value));
    return [Object.keys(columns).join(","), ...rows().map((row) => Object.values(row).map(cell).join(","))].join("\r\n") + "\r\n";
  }

  function save(kind) {
    const about = { layer: ATLAS_WALL.layer, edition: ATLAS_WALL.edition };
    const text = kind === "csv" ? csv() : `${JSON.stringify({ ...about, filters: rows() }, null, 1)}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind === "csv" ? "text/csv" : "application/json" }));
    link.download = `${about.layer}-${about.edition}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  tools.addEventListener("click", (event) => {
    const kind = event.target.dataset.save;
    if (kind) save(kind);
  });

  read();
  show();
  if (JSON.stringify(state) !== JSON.stringify(plain)) tools.closest("details").open = true;
})();
