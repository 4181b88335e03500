"use strict";

// The places of a wall's filters in the order asked for, without those that are not: also a filter's page goes by it.
// What has no number (a failed filter) comes last, whatever the direction.
function atlasOrder(columns, { column = "filter", reverse = false, status = "all", least = 0 }) {
  const values = columns[column] || columns.filter;
  const rising = column === "filter" || column === "place";
  const turn = (rising ? 1 : -1) * (reverse ? -1 : 1);
  const became = (place) => (columns.status.length > 1 ? columns.status[place] : columns.status[0]);
  return columns.filter.map((_, place) => place)
    .filter((place) => (status === "all" || became(place) === status) && (!least || (columns.displayed_mean[place] !== null && columns.displayed_mean[place] >= least)))
    .sort((a, b) => {
      if (values[a] === values[b]) return a - b;
      if (values[a] === null) return 1;
      if (values[b] === null) return -1;
      return turn * (values[a] - values[b]);
    });
}

// Every page: the jump box, the keys and their list. Nothing here makes content; it only moves about in what is there.
(function () {
  const layers = typeof ATLAS === "object" ? ATLAS.layers.map(([name, short, filters, ranges]) => ({ name, short, filters, ranges })) : [];
  const root = document.body.dataset.root;
  const here = document.body.dataset.layer;
  const built = layers.filter((layer) => layer.ranges.length);

  const wall = (layer) => `${root}${layer.name}/index.html`;
  const page = (layer, number) => `${root}${layer.name}/${String(number).padStart(3, "0")}.html`;
  const has = (layer, number) => layer.ranges.some(([first, last]) => first <= number && number <= last);

  const places = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]; // of the layers in torchvision's `features`
  const pages = [...document.querySelectorAll(".top nav a")].map((link) => [link.textContent.toLowerCase(), link.href]);
  const words = pages.find(([name]) => name === "words");
  const input = document.getElementById("jump") || makeFind();

  // "b3c1 42", "block3_conv1/42", "3.1 42", "conv3_1 42", "b3c1f42", "features.10 42", "dead"; a bare number on a
  // layer's own pages; what is none of these is a word, where the atlas knows words.
  function target(text) {
    const said = text.trim().toLowerCase();
    const named = pages.find(([name]) => name === said || name.split(" ")[0] === said);
    if (named) return { address: named[1] };
    if (/^\d+$/.test(said)) return filterOf(here, said);
    const torch = /^features[.[\s]*(\d{1,2})\]?(?:[\s/,:#.]+(\d{1,3}))?$/.exec(said);
    if (torch) {
      const layer = layers[places.indexOf(Number(torch[1]))];
      return layer ? filterOf(layer.name, torch[2]) : { problem: `features.${torch[1]} is no convolution of VGG16.` };
    }
    const match = /^(?:block|conv|b|c)?\s*([1-5])\s*[ ._-]?\s*(?:conv|c)?\s*([1-3])(?:\s*[\s/,:#]\s*|\s*(?=f))?(?:(?:filter|f)?\s*(\d{1,3}))?$/.exec(said);
    if (match && !/^\d{3,}/.test(said)) return filterOf(`block${match[1]}_conv${match[2]}`, match[3]);
    if (said && words) return { address: `${words[1]}#q=${encodeURIComponent(said)}` };
    return { problem: "Type a layer and a filter, such as b3c1 42." };
  }

  function filterOf(name, number) {
    const layer = layers.find((one) => one.name === name);
    if (!layer) return { problem: name ? `VGG16 has no layer ${name}.` : "Say which layer: b3c1 42." };
    if (!layer.ranges.length) return { problem: `${name} is not built yet.` };
    if (number === undefined) return { address: wall(layer) };
    if (Number(number) >= layer.filters) return { problem: `${name} has filters 0 to ${layer.filters - 1}.` };
    return has(layer, Number(number)) ? { address: page(layer, Number(number)) } : { problem: `${name} filter ${Number(number)} is not built yet.` };
  }

  for (const form of document.querySelectorAll("form[role=search]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const box = form.querySelector("input");
      const found = target(box.value);
      const said = form.querySelector("p[role=status]");
      if (said) said.textContent = found.problem || "";
      if (found.address) location.href = found.address;
      else box.focus();
    });
  }

  function beside(step) {
    const place = layers.findIndex((layer) => layer.name === here);
    if (place < 0) return step > 0 ? built[0] : built[built.length - 1];
    const rest = step > 0 ? layers.slice(place + 1) : layers.slice(0, place).reverse();
    return rest.find((layer) => layer.ranges.length);
  }

  function toLayer(step) {
    const layer = beside(step);
    const matrix = document.getElementById("matrix");
    const families = document.getElementById("map");
    if (layer) location.href = wall(layer).replace("index", matrix ? "cross" : families ? "families" : "index");
  }

  // The things one moves among: cards on a wall, cells of a map, layers of the network.
  const grid = () => [...document.querySelectorAll("#wall > li:not([hidden]) > a, #map a, .net a.tag, .fates a")];

  function move(across, down) {
    const links = grid();
    const step = across || down;
    if (!links.length) return follow(step < 0 ? "prev" : "next");
    const place = links.indexOf(document.activeElement);
    let next = links[Math.min(Math.max(place + across, 0), links.length - 1)];
    if (place < 0) next = links.find((link) => link.getBoundingClientRect().top >= 0) || links[0];
    else if (down) next = below(links, place, down);
    next.focus();
    return true;
  }

  // The nearest link of the next row in that direction, whatever the number of columns is.
  function below(links, place, down) {
    const from = links[place].getBoundingClientRect();
    let best = links[place];
    let row = null;
    for (let at = place + down; at >= 0 && at < links.length; at += down) {
      const box = links[at].getBoundingClientRect();
      if (Math.abs(box.top - from.top) < 2) continue;
      if (row !== null && Math.abs(box.top - row) > 2) break;
      if (row === null) best = links[at];
      row = box.top;
      if (Math.abs(box.left - from.left) < Math.abs(best.getBoundingClientRect().left - from.left)) best = links[at];
    }
    return best;
  }

  function follow(relation) {
    const link = document.querySelector(`.where a[rel=${relation}], main a[rel=${relation}]`);
    if (link) link.click();
    return Boolean(link);
  }

  const onCard = () => grid().includes(document.activeElement);
  const keys = {
    "/": () => (input.focus(), input.select(), true),
    "?": () => (help(), true),
    j: () => move(1, 0),
    k: () => move(-1, 0),
    ArrowRight: () => move(1, 0),
    ArrowLeft: () => move(-1, 0),
    ArrowDown: () => onCard() && move(0, 1),
    ArrowUp: () => onCard() && move(0, -1),
    "[": () => (toLayer(-1), true),
    "]": () => (toLayer(1), true),
    u: () => follow("up"),
  };

  // Letters as shortcuts can be switched off, since speech input may say them unawares.
  const memory = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("atlas-keys") !== "off";
      localStorage.setItem("atlas-keys", value ? "on" : "off");
    } catch { /* a page from a disk may have no storage */ }
    return value === undefined ? true : value;
  };
  let active = memory();

  document.addEventListener("keydown", (event) => {
    const at = event.target;
    const typing = at.matches("input:not([type=checkbox]):not([type=radio]), select, textarea, canvas") || (at.type === "radio" && event.key.startsWith("Arrow"));
    if (event.key === "Escape" && at === input) { input.value = ""; document.getElementById("jump-said").textContent = ""; input.blur(); }
    if (!active || typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const act = keys[event.key];
    if (act && act()) event.preventDefault();
  });

  const list = [
    ["/", "jump to a layer or filter"],
    ["← → or k j", "move among filters; on a filter's page, the previous and next one"],
    ["↑ ↓", "move by rows on a wall"],
    ["[ ]", "previous and next layer"],
    ["u", "from a filter up to its layer"],
    ["Enter", "open what has the focus"],
    ["?", "this list"],
    ["Esc", "close"],
  ];

  function element(name, text, attributes) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    return made;
  }

  // The index has a box of its own. The styles keep the room of this one.
  function makeFind() {
    const form = element("form", "", { class: "find", role: "search" });
    const box = element("input", "", { id: "jump", type: "search", placeholder: words ? "dog, b3c1 42" : "b3c1 42", autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "jump-said" });
    form.append(element("label", "Find a word, a layer or a filter", { class: "unseen", for: "jump" }), box, element("button", "Find"), element("p", "", { id: "jump-said", role: "status" }));
    document.querySelector(".top").append(form);
    return box;
  }

  function makeHelp() {
    const dialog = element("dialog", "", { "aria-labelledby": "keys-title" });
    const terms = element("dl");
    for (const [key, meaning] of list) terms.append(element("dt", key), element("dd", meaning));
    const label = element("label");
    const box = element("input", "", { type: "checkbox" });
    box.checked = active;
    box.addEventListener("change", () => { active = memory(box.checked); });
    label.append(box, " keys are on");
    const form = element("form", "", { method: "dialog" });
    const close = element("button", "Close");
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    form.append(close);
    dialog.append(element("h2", "Keys", { id: "keys-title", tabindex: "-1", autofocus: "" }), terms, label, form);
    document.body.append(dialog);
    return dialog;
  }

  let dialog = null;
  function help() {
    dialog = dialog || makeHelp();
    dialog.showModal();
  }
  const button = element("button", "Keyboard", { class: "plain", type: "button" });
  button.addEventListener("click", help);
  document.querySelector(".foot .up").before(button, " ");

  // A filter that was opened from a wall in an order of its own: previous and next follow that order, up leads back.
  const asked = new URLSearchParams(location.hash.slice(1));
  const number = /(\d{3})\.html$/.exec(location.pathname);
  const edition = asked.get("of");
  if (here && number && /^[a-z0-9][a-z0-9._-]*$/.test(edition || "")) {
    const script = element("script", "", { src: `${root}data/${edition}/${here}.js` });
    script.addEventListener("load", () => followOrder(Number(number[1])));
    document.head.append(script);
  }

  function followOrder(current) {
    const { columns, orders } = ATLAS_WALL;
    const order = atlasOrder(columns, { column: orders[asked.get("sort")], reverse: asked.get("reverse") === "yes", status: asked.get("status") || "all", least: Number(asked.get("least")) || 0 });
    const at = order.findIndex((place) => columns.filter[place] === current);
    const up = document.querySelector("a[rel=up]");
    const back = new URLSearchParams(asked);
    back.delete("of");
    const other = ATLAS.first && ATLAS.first[here] !== edition ? `${edition}/` : "";
    up.href = `${other}index.html#${back}`;
    if (at < 0) return;
    for (const [relation, place] of [["prev", order[at - 1]], ["next", order[at + 1]]]) {
      let link = document.querySelector(`a[rel=${relation}]`);
      if (place === undefined) {
        if (link) link.remove();
        continue;
      }
      if (!link) {
        link = element("a", "0", { rel: relation });
        up[relation === "prev" ? "before" : "after"](link);
      }
      for (const picture of link.querySelectorAll("img")) picture.remove();
      const to = columns.filter[place];
      for (const text of texts(link)) text.data = text.data.replace(/\d+/, to);
      link.href = `${String(to).padStart(3, "0")}.html#${asked}`;
    }
  }

  function texts(parent) {
    const walk = document.createTreeWalker(parent, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walk.nextNode()) found.push(walk.currentNode);
    return found;
  }
})();
