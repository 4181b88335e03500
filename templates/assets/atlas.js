"use strict";
// Every page: the jump box, the keys and their list. Nothing here makes content; it only moves about in what is there.
(function () {
  const layers = typeof ATLAS === "object" ? ATLAS.layers.map(([name, short, filters, ranges]) => ({ name, short, filters, ranges })) : [];
  const root = document.body.dataset.root;
  const here = document.body.dataset.layer;
  const built = layers.filter((layer) => layer.ranges.length);
  const input = document.getElementById("jump");
  const said = document.getElementById("jump-said");

  const wall = (layer) => `${root}${layer.name}/index.html`;
  const page = (layer, number) => `${root}${layer.name}/${String(number).padStart(3, "0")}.html`;
  const has = (layer, number) => layer.ranges.some(([first, last]) => first <= number && number <= last);

  // "b3c1 42", "block3_conv1/42", "3.1 42", and a bare number on a layer's own pages.
  function target(text) {
    const match = /^\s*(?:(?:b|block)?\s*([1-5])\s*[ ._-]?\s*(?:c|conv)?\s*([1-3]))?\s*(?:[\s/,:#]+(?:filter\s*)?(\d{1,3}))?\s*$/i.exec(/^\s*\d+\s*$/.test(text) && here ? ` ${text}` : text);
    if (!match || !(match[1] || match[3])) return { problem: "Type a layer and a filter, such as b3c1 42." };
    const name = match[1] ? `block${match[1]}_conv${match[2]}` : here;
    const layer = layers.find((one) => one.name === name);
    if (!layer) return { problem: name ? `VGG16 has no layer ${name}.` : "Say which layer: b3c1 42." };
    if (!layer.ranges.length) return { problem: `${name} is not built yet.` };
    if (match[3] === undefined) return { address: wall(layer) };
    const number = Number(match[3]);
    if (number >= layer.filters) return { problem: `${name} has filters 0 to ${layer.filters - 1}.` };
    return has(layer, number) ? { address: page(layer, number) } : { problem: `${name} filter ${number} is not built yet.` };
  }

  document.querySelector(".find").addEventListener("submit", (event) => {
    event.preventDefault();
    const found = target(input.value);
    said.textContent = found.problem || "";
    if (found.address) location.href = found.address;
    else input.focus();
  });

  function beside(step) {
    const place = layers.findIndex((layer) => layer.name === here);
    if (place < 0) return step > 0 ? built[0] : built[built.length - 1];
    const rest = step > 0 ? layers.slice(place + 1) : layers.slice(0, place).reverse();
    return rest.find((layer) => layer.ranges.length);
  }

  function toLayer(step) {
    const layer = beside(step);
    const matrix = document.getElementById("matrix");
    if (layer) location.href = matrix ? wall(layer).replace("index", "cross") : wall(layer);
  }

  // The things one moves among: cards on a wall, tiles on the map.
  const grid = () => [...document.querySelectorAll("#wall > li:not([hidden]) > a, .tile[href], .fates a")];

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
    const link = document.querySelector(`a[rel=${relation}]`);
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
    if (event.key === "Escape" && at === input) { input.value = ""; said.textContent = ""; input.blur(); }
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
    dialog.append(element("h2", "Keys", { id: "keys-title" }), terms, label, form);
    document.body.append(dialog);
    return dialog;
  }

  let dialog = null;
  function help() {
    dialog = dialog || makeHelp();
    dialog.showModal();
  }
  document.getElementById("keys").addEventListener("click", help);
})();
