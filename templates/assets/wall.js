"use strict";
// A layer's wall: order, status, threshold, size, the state in the address, and what is shown as CSV or JSON.
(function () {
  if (typeof ATLAS_WALL !== "object") return;
  const wall = document.getElementById("wall");
  const tools = document.getElementById("tools");
  const { least, status, sort, reverse, size } = tools.elements;
  const shownSaid = document.getElementById("shown");
  const none = document.getElementById("none");
  const bars = [...document.querySelectorAll(".bars path")];
  const { columns, orders } = ATLAS_WALL;
  const thumbs = /([^/]+)\/([^/]+)\/(\d+\.)/;
  const side = Number(wall.dataset.side);

  const cards = [...wall.children].map((item) => {
    const link = item.firstElementChild;
    const value = link.querySelector("span").firstChild || link.querySelector("span").appendChild(new Text());
    return { item, link, href: link.getAttribute("href"), value, mean: value.data, shown: value.data, hidden: false, begins: false, picture: link.querySelector("img") };
  });
  const radios = [...tools.querySelectorAll("[name=sort]")];
  const plain = { sort: "number", reverse: false, status: "all", least: 0, size: "m" };
  let state = { ...plain };
  let places = cards.map((_, place) => place);

  const words = {
    selectivity: (value) => value.toFixed(2),
    agreement: (value) => `agrees ${value.toFixed(2).replace("-", "\u2212")}`,
    kept: (value) => `${Math.round(100 * value)}% kept`,
  };

  // Moving hundreds of cards takes longer than a reader waits: those that come into sight go before all others at once,
  // and a moment later every card has its place.
  let order = "number false";
  let settled = order;
  let ahead = [];
  const sorted = () => atlasOrder(columns, { column: orders[state.sort], reverse: state.reverse });
  function settle() {
    const focus = wall.contains(document.activeElement) ? document.activeElement : null;
    bring([]);
    if (settled === order) return;
    wall.replaceChildren(...sorted().map((place) => cards[place].item));
    if (focus) focus.focus({ preventScroll: true });
    settled = order;
  }

  function bring(items) {
    const kept = new Set(items);
    for (const item of ahead) if (!kept.has(item)) item.style.order = "";
    items.forEach((item, at) => { item.style.order = at - items.length; });
    ahead = items;
  }

  // As many as there is room for from the wall's first row to the end of the screen, and two rows to spare.
  function inSight() {
    const first = cards.find((card) => !card.hidden);
    if (!first) return cards.length;
    const box = wall.getBoundingClientRect();
    const one = first.item.getBoundingClientRect();
    const across = Math.max(1, Math.floor(box.width / Math.max(one.width, 1)));
    return across * (2 + Math.ceil(Math.max(innerHeight - box.top, 0) / Math.max(one.height, 1)));
  }

  function show() {
    places = atlasOrder(columns, { ...state, column: orders[state.sort] });
    const kept = new Set(places);
    order = `${state.sort} ${state.reverse}`;
    if (order !== settled || ahead.length) bring(places.slice(0, inSight()).map((place) => cards[place].item));
    const tell = words[orders[state.sort]];
    const values = columns[orders[state.sort]];
    const first = state.sort === "likeness" ? places.filter((place, at) => at && columns.family[place] !== columns.family[places[at - 1]]) : [];
    const begins = new Set(first);
    // A wall has hundreds of cards: each is touched only where it changes.
    cards.forEach((card, place) => {
      if (card.hidden === kept.has(place)) card.item.hidden = card.hidden = !kept.has(place);
      const text = tell ? (values[place] === null ? "\u2013" : tell(values[place])) : card.mean;
      if (card.shown !== text) card.value.data = card.shown = text;
      if (card.begins !== begins.has(place)) card.item.classList.toggle("new", card.begins = begins.has(place));
    });
    shownSaid.textContent = `${places.length} of ${cards.length}`;
    none.hidden = places.length > 0;
    for (const bar of bars) bar.classList.toggle("under", Number(/^M(\d+)/.exec(bar.getAttribute("d"))[1]) + 1 <= state.least * perMean);
    resize();
  }

  const greatest = Math.max(0, ...columns.displayed_mean);
  const most = bars.length ? niceLimit(greatest) : 1;
  const perMean = bars.length ? bars[0].ownerSVGElement.viewBox.baseVal.width / most : 0;
  function niceLimit(value) {
    const power = 10 ** Math.floor(Math.log10(value || 1));
    return [1, 1.2, 1.5, 2, 2.4, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((limit) => limit >= value) || 1;
  }

  let drawn = "m";
  function resize() {
    if (drawn === state.size) return;
    drawn = state.size;
    const exact = wall.classList.contains("exact");
    const sides = exact ? { s: side > 96 ? side / 2 : 64, m: side, l: side > 96 ? side * 2 : 192 } : { s: 64, m: 88, l: 192 };
    wall.style.setProperty("--side", `${sides[drawn] / 16}rem`);
    wall.classList.toggle("large", drawn === "l");
    if (drawn === "l") for (const { picture } of cards) full(picture);
  }

  // Large cards show the full picture: a thumbnail drawn at twice its size would be blurred.
  function full(picture) {
    if (!picture || picture.getAttribute("src").includes("images/")) return;
    picture.loading = "lazy";
    picture.setAttribute("src", picture.getAttribute("src").replace(thumbs, "images/$2/$1/$3"));
  }

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const choice = (name, valid) => (valid.includes(asked.get(name)) ? asked.get(name) : plain[name]);
    const options = (list) => [...list.options].map((one) => one.value);
    const number = Number(asked.get("least"));
    state = {
      sort: choice("sort", radios.map((one) => one.value)),
      reverse: asked.get("reverse") === "yes",
      status: status ? choice("status", options(status)) : "all",
      least: least && number > 0 && number < Infinity ? number : 0,
      size: choice("size", options(size)),
    };
    for (const radio of radios) radio.checked = radio.value === state.sort;
    reverse.checked = state.reverse;
    if (status) status.value = state.status;
    size.value = state.size;
    if (least) least.value = state.least;
  }

  function fragment() {
    const said = new URLSearchParams();
    for (const name of Object.keys(plain)) {
      if (state[name] !== plain[name]) said.set(name, state[name] === true ? "yes" : String(state[name]));
    }
    return String(said);
  }

  function write() {
    const said = fragment();
    history.replaceState(null, "", said ? `#${said}` : location.pathname.split("/").pop() + location.search);
  }

  // A card leads on in the order of its wall, which is said only where one is about to follow it.
  const numbered = new Map(cards.map((card) => [card.link, card]));
  function lead(event) {
    const card = numbered.get(event.target.closest("#wall a"));
    const said = fragment();
    if (card) card.link.setAttribute("href", said ? `${card.href}#${said}&of=${ATLAS_WALL.edition}` : card.href);
  }
  for (const kind of ["pointerover", "focusin", "click"]) wall.addEventListener(kind, lead);

  let waiting = 0;
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("input", () => {
    const asked = least ? Number(least.value) : 0;
    state = { sort: sort.value || radios.find((one) => one.checked).value, reverse: reverse.checked, status: status ? status.value : "all", least: asked > 0 ? asked : 0, size: size.value };
    show();
    clearTimeout(waiting);
    waiting = setTimeout(() => { settle(); write(); }, 150);
  });
  addEventListener("hashchange", () => { read(); show(); settle(); });
  none.querySelector("button").addEventListener("click", () => {
    tools.reset();
    state = { ...plain, size: state.size };
    size.value = state.size;
    show();
    settle();
    write();
    radios[0].focus();
  });

  function rows() {
    return places.map((place) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.length > 1 ? values[place] : values[0]])));
  }

  function csv() {
    const cell = (value) => (value === null ? "" : /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value));
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
  document.addEventListener("click", (event) => {
    const kind = event.target.dataset && event.target.dataset.save;
    if (kind) save(kind);
  });

  read();
  show();
  settle();
})();
