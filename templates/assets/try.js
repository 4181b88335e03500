"use strict";
// The page that answers to a picture of one's own. The picture stays here: nothing is sent anywhere.
var ATLAS_WEIGHTS = {};
(function () {
  const LEAST_SIDE = 16;
  const MOST_PIXELS = 64e6;
  const HIDDEN = 0.82; // how dark the picture is where a filter is silent
  const root = document.body.dataset.root;
  const byId = (id) => document.getElementById(id);
  const said = byId("try-said"), progress = byId("try-progress"), place = byId("try-place"), file = byId("try-file");
  const answers = byId("try-answers"), shown = byId("try-picture"), which = byId("try-network");
  const paged = new Map((typeof ATLAS === "object" ? ATLAS.layers : []).map(([name, , , ranges]) => [name, ranges]));
  let network = null, number = 0, began = 0;

  function say(text) {
    said.textContent = text;
    answers.setAttribute("aria-busy", "false");
    progress.hidden = true;
  }

  const DONE = "Everything was computed here; nothing was sent anywhere.";
  const PROBLEMS = {
    inflate: "This browser cannot unpack the network's weights: it has no DecompressionStream, as browsers have since 2023; atlas probe PHOTO does the same on the command line.",
    simd: "This browser has no WebAssembly SIMD, with which the network runs here; atlas probe PHOTO does the same on the command line.",
    memory: "This browser has not enough memory for the network; atlas probe PHOTO does the same on the command line.",
  };

  // The network of one set of weights: a worker, and the weights that it has been handed.
  function load(chosen) {
    const url = URL.createObjectURL(new Blob([`(${atlasTryWorker})()`], { type: "text/javascript" }));
    const made = { layers: chosen.layers, worker: new Worker(url), loaded: 0 };
    made.worker.onmessage = ({ data }) => {
      if (data.ready) fetchLayer(chosen, made, 0);
      else if (network === made) hear(data);
    };
    made.worker.postMessage({ kernels: ATLAS_KERNELS, layers: chosen.layers });
    return made;
  }

  function fetchLayer(chosen, made, at) {
    const layer = chosen.layers[at];
    if (!layer || network !== made) return;
    const script = document.createElement("script");
    script.src = `${root}${chosen.folder}${layer.name}.js`;
    script.onload = () => {
      made.worker.postMessage({ place: at, ...ATLAS_WEIGHTS[layer.name] });
      delete ATLAS_WEIGHTS[layer.name];
      script.remove();
      made.loaded = at + 1;
      tell();
      fetchLayer(chosen, made, at + 1);
    };
    script.onerror = () => say(`The weights of ${layer.name} cannot be loaded: ${script.getAttribute("src")} is missing.`);
    document.head.append(script);
  }

  function tell() {
    if (!network || answers.getAttribute("aria-busy") !== "true") return;
    const layers = network.layers.length;
    progress.hidden = false;
    progress.max = 2 * layers;
    progress.value = network.loaded + answered;
    if (network.loaded < layers) said.textContent = `Loading the network's weights: ${network.loaded} of ${layers} layers.`;
    else said.textContent = "Looking at the picture.";
  }

  let answered = 0, name = "";
  function hear(data) {
    if (data.problem) return say(PROBLEMS[data.problem] || `${name} is no picture that this browser can open.`);
    if (data.number !== number) return undefined;
    if (data.fitted) {
      shown.getContext("2d").putImageData(data.fitted, 0, 0);
      shown.setAttribute("aria-label", `${name}, as the network reads it: 224 by 224 pixels`);
      answers.hidden = false;
      return undefined;
    }
    show(data.place, data.top);
    answered += 1;
    tell();
    if (answered === network.layers.length) say(`Answered in ${((performance.now() - began) / 1000).toFixed(1)} s. ${DONE}`);
    return undefined;
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const three = (filter) => String(filter).padStart(3, "0");
  const figure = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2));

  function show(at, top) {
    const layer = network.layers[at];
    const list = byId(`try-${layer.name}`).querySelector("ol");
    list.replaceChildren(...top.map((each) => card(layer, each)));
    if (!top.length) list.replaceChildren(element("li", {}, "No filter of this layer answers."));
  }

  function card(layer, each) {
    const has = (paged.get(layer.name) || []).some(([first, last]) => first <= each.filter && each.filter <= last);
    const words = `${figure(each.answer)}${layer.unit === "none" ? "" : " \u00d7"}`;
    const canvas = element("canvas", { width: 112, height: 112, role: "img", "aria-label": `where filter ${each.filter} answers` });
    draw(canvas, each);
    const pair = element("span", { class: "pair" }, canvas);
    if (layer.thumb && !layer.missing.includes(each.filter)) {
      pair.append(element("img", { src: root + layer.thumb.replace("{}", three(each.filter)), width: 112, height: 112, alt: "" }));
    }
    const text = element("span", {}, element("b", {}, String(each.filter)), ` ${words}`);
    const inside = has ? element("a", { href: `${root}${layer.name}/${three(each.filter)}.html` }, pair, text) : element("span", {}, pair, text);
    return element("li", { "data-filter": each.filter, "data-answer": each.answer, "data-peak": each.peak, "data-row": each.row, "data-column": each.column }, inside);
  }

  // The picture, dark where the filter is silent.
  function draw(canvas, { map, side }) {
    const shade = element("canvas", { width: side, height: side });
    const image = new ImageData(side, side);
    for (let at = 0; at < map.length; at++) image.data[4 * at + 3] = HIDDEN * 255 * (1 - Math.sqrt(map[at] / 255));
    shade.getContext("2d").putImageData(image, 0, 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(shown, 0, 0, canvas.width, canvas.height);
    context.drawImage(shade, 0, 0, canvas.width, canvas.height);
  }

  // One sentence for what cannot be looked at, before it is unpacked.
  function measured(picture, url) {
    return new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
      image.onerror = () => resolve(null);
      image.src = url;
    }).then((size) => {
      if (!size) return `${name} is no picture that this browser can open.`;
      const told = size.map((each) => each.toLocaleString("en")).join(" x ");
      if (size[0] * size[1] > MOST_PIXELS) return `${name} has ${told} pixels, more than this page opens, 64 million; atlas probe PHOTO takes larger.`;
      if (Math.min(...size) < LEAST_SIDE) return `${name} has ${told} pixels, too few to see anything in; ${LEAST_SIDE} x ${LEAST_SIDE} is the least.`;
      return "";
    });
  }

  async function look(picture, called) {
    if (!("DecompressionStream" in window)) { say(PROBLEMS.inflate); return; }
    began = performance.now();
    number += 1;
    const own = number;
    name = called;
    answered = 0;
    answers.setAttribute("aria-busy", "true");
    said.textContent = `Opening ${name}.`;
    if (picture instanceof Blob) {
      const url = URL.createObjectURL(picture);
      const problem = await measured(picture, url);
      URL.revokeObjectURL(url);
      if (own !== number) return;
      if (problem) { say(problem); return; }
    }
    if (!network) network = load(ATLAS_TRY.networks[which ? which.value : 0]);
    for (const layer of network.layers) byId(`try-${layer.name}`).querySelector("ol").replaceChildren();
    network.worker.postMessage({ picture, number, count: ATLAS_TRY.count });
    tell();
  }

  // A picture of the atlas itself, which a browser hands over only where the page came from a server.
  async function lookAtOwn() {
    const match = /^#(block[1-5]_conv[1-3])\/(\d{1,3})$/.exec(location.hash);
    const layer = match && ATLAS_TRY.networks[which ? which.value : 0].layers.find((each) => each.name === match[1]);
    if (!layer || !layer.picture) return;
    const called = `The picture of ${match[1]}, filter ${Number(match[2])},`;
    const image = new Image();
    image.src = root + layer.picture.replace("{}", three(match[2]));
    try {
      await image.decode();
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      context.getImageData(0, 0, 1, 1);
      look(canvas.transferToImageBitmap(), called);
    } catch (error) {
      name = called;
      if (error.name !== "SecurityError") say(`${called} is not there.`);
      else say(`${called} cannot be read by a page that was opened from a disk: save it and choose the file.`);
    }
  }

  const take = (files) => { const [first] = files; if (first) look(first, first.name || "The picture that was pasted"); };
  file.addEventListener("change", () => { take(file.files); file.value = ""; });
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      place.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
  if (which) which.addEventListener("change", () => { if (network) network.worker.terminate(); network = null; say("Choose the picture again for these weights."); });
  for (const link of document.querySelectorAll(".own")) link.hidden = location.protocol === "file:";
  addEventListener("hashchange", lookAtOwn);
  lookAtOwn();
})();
