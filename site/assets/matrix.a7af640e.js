"use strict";
// The cross-activation matrix on a canvas: seen whole, read down to one cell by pointer, by keys or by number.
(function () {
  if (typeof ATLAS_MATRIX !== "object") return;
  const place = document.getElementById("matrix");
  const { pictures, filters, top, decades, cells, thumbs, missing } = ATLAS_MATRIX;
  const root = document.body.dataset.root;
  const levels = 4095;
  const lensCells = 15;
  const rowOf = new Map(pictures.map((number, row) => [number, row]));

  // Two base-64 digits a cell: 0 is zero, 1 to 4095 a logarithmic scale under the strongest cell.
  const values = decode();
  const columnMost = new Float32Array(filters);
  for (let at = 0; at < values.length; at += 1) columnMost[at % filters] = Math.max(columnMost[at % filters], values[at]);

  function decode() {
    const digits = new Uint8Array(128);
    [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((letter, value) => { digits[letter.charCodeAt(0)] = value; });
    const scale = new Float32Array(levels + 1);
    for (let level = 1; level <= levels; level += 1) scale[level] = top * 10 ** ((-decades * (levels - level)) / (levels - 1));
    const found = new Float32Array(pictures.length * filters);
    for (let at = 0; at < found.length; at += 1) found[at] = scale[(digits[cells.charCodeAt(2 * at)] << 6) | digits[cells.charCodeAt(2 * at + 1)]];
    return found;
  }

  // Stops of "magma" (van der Walt and Smith): evenly perceived, readable without colour vision, on light and dark.
  const stops = ["000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668", "feca8d", "fcfdbf"].map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const shades = new Uint32Array(256);
  for (let shade = 0; shade < 256; shade += 1) {
    const at = (shade / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    const [r, g, b] = stops[low].map((value, channel) => Math.round(value + (stops[low + 1][channel] - value) * (at - low)));
    shades[shade] = (255 << 24) | (b << 16) | (g << 8) | r;
  }

  const element = (name, attributes, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const words = (value) => (value === 0 ? "0" : value < 0.001 ? "under 0.001" : Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 3 }));
  const address = (number) => `${String(number).padStart(3, "0")}.html`;
  const up = ATLAS_MATRIX.folder;

  const canvas = element("canvas", { width: filters, height: pictures.length, tabindex: "0", role: "application", "aria-label": `Cross-activation of ${ATLAS_MATRIX.layer}: pictures down, filters across. Arrow keys move from cell to cell.`, "aria-describedby": "cell" });
  const lens = element("canvas", { width: lensCells * 16, height: lensCells * 16, "aria-hidden": "true" });
  const picture = element("input", { type: "number", min: "0", max: String(filters - 1), id: "cell-picture" });
  const filter = element("input", { type: "number", min: "0", max: String(filters - 1), id: "cell-filter" });
  const said = element("p", { id: "cell", role: "status" });
  const shadeBar = element("canvas", { width: "256", height: "1", class: "shades", "aria-hidden": "true" });
  const shadeQuarter = element("span", {});
  const shadeMost = element("span", {});
  const pair = element("ol", { class: "row" });
  const scales = element("fieldset", {}, element("legend", {}, "Scale"));
  for (const [value, text] of [["raw", "raw"], ["column", "each filter on its own"]]) {
    const radio = element("input", { type: "radio", name: "scale", value });
    radio.checked = value === "column";
    scales.append(element("label", {}, radio, ` ${text}`));
  }
  const reading = element("div", { class: "reading" },
    scales,
    shadeBar, element("p", { class: "scale" }, element("span", {}, "0"), shadeQuarter, shadeMost),
    element("p", {}, element("label", { for: "cell-picture" }, "Picture"), picture, element("label", { for: "cell-filter" }, "filter"), filter),
    lens, said, pair);
  const figure = place.querySelector("figure");
  const still = figure.querySelector("img");
  if (still) still.replaceWith(canvas);
  else figure.prepend(canvas);
  const [across, down, ring] = ["across", "down", "ring"].map((name) => element("span", { class: `hair ${name}` }));
  figure.append(across, down, ring);
  place.append(reading);

  const context = canvas.getContext("2d");
  const image = context.createImageData(filters, pictures.length);
  const pixels = new Uint32Array(image.data.buffer);
  let own = true;
  let at = strongest();

  // Where to begin: the filter that answers most to another filter's picture, measured by its answer to its own.
  function strongest() {
    let best = 0;
    let found = { row: 0, column: pictures[0] };
    for (let cell = 0; cell < values.length; cell += 1) {
      const [row, column] = [Math.floor(cell / filters), cell % filters];
      const mine = rowOf.has(column) ? values[rowOf.get(column) * filters + column] : 0;
      if (pictures[row] !== column && mine > 0.1 * top && values[cell] / mine > best) {
        best = values[cell] / mine;
        found = { row, column };
      }
    }
    return found;
  }

  // The square root: most answers are a tenth of the strongest or less, and would all be black.
  function draw() {
    for (let cell = 0; cell < values.length; cell += 1) {
      const most = own ? columnMost[cell % filters] : top;
      pixels[cell] = shades[most > 0 ? Math.min(255, Math.round(Math.sqrt(values[cell] / most) * 255)) : 0];
    }
    shadeQuarter.textContent = own ? "a quarter" : words(top / 4);
    context.putImageData(image, 0, 0);
    shadeMost.textContent = own ? "the filter's strongest" : words(top);
  }

  // Two hairs that lead to the cell, over the picture and never in it.
  function mark() {
    const [width, height] = [canvas.clientWidth / filters, canvas.clientHeight / pictures.length];
    Object.assign(across.style, { top: `${(at.row + 0.5) * height}px`, width: `${canvas.clientWidth}px` });
    Object.assign(down.style, { left: `${(at.column + 0.5) * width}px`, height: `${canvas.clientHeight}px` });
    Object.assign(ring.style, { left: `${at.column * width}px`, top: `${at.row * height}px`, width: `${width}px`, height: `${height}px` });
  }

  const bar = shadeBar.getContext("2d").createImageData(256, 1);
  new Uint32Array(bar.data.buffer).set(shades);
  shadeBar.getContext("2d").putImageData(bar, 0, 0);

  // Whole device pixels a cell where there is room, so that no row is drawn wider than its neighbour; a few pictures
  // beside many filters get taller rows.
  function fit() {
    const room = Math.min(place.clientWidth, 768);
    const times = room >= filters ? Math.floor(room / filters) : room / filters;
    canvas.style.width = `${filters * times}px`;
    canvas.style.height = `${pictures.length * Math.max(times, Math.floor(384 / pictures.length))}px`;
    mark();
  }

  function magnify() {
    const draws = lens.getContext("2d");
    const half = (lensCells - 1) / 2;
    draws.imageSmoothingEnabled = false;
    draws.fillStyle = getComputedStyle(document.body).backgroundColor;
    draws.fillRect(0, 0, lens.width, lens.height);
    draws.drawImage(canvas, at.column - half, at.row - half, lensCells, lensCells, 0, 0, lens.width, lens.height);
    draws.strokeStyle = "#fff";
    draws.lineWidth = 2;
    draws.strokeRect(half * 16, half * 16, 16, 16);
    draws.strokeStyle = "#000";
    draws.strokeRect(half * 16 - 2, half * 16 - 2, 20, 20);
  }

  function entry(number, name) {
    const link = element("a", { href: up + address(number) });
    if (thumbs && rowOf.has(number) && !missing.includes(number)) link.append(element("img", { src: root + thumbs.replace("{}", String(number).padStart(3, "0")), width: "96", height: "96", alt: "" }));
    link.append(element("b", {}, `${name} ${number}`));
    return element("li", {}, link);
  }

  function read() {
    const row = pictures[at.row];
    const value = values[at.row * filters + at.column];
    const mine = values[at.row * filters + row];
    const theirs = rowOf.has(at.column) ? values[rowOf.get(at.column) * filters + at.column] : 0;
    const stronger = values.subarray(at.row * filters, (at.row + 1) * filters).reduce((count, other) => count + (other > value ? 1 : 0), 0);
    const parts = [`Picture ${row}, filter ${at.column}: mean ${words(value)}, place ${stronger + 1} of ${filters} on this picture.`];
    if (row !== at.column && mine > 0) parts.push(`${words(value / mine)} times what filter ${row} answers itself.`);
    if (row !== at.column && theirs > 0) parts.push(`${words(value / theirs)} times what filter ${at.column} answers to its own picture.`);
    said.textContent = parts.join(" ");
    pair.replaceChildren(entry(row, "picture"), entry(at.column, "filter"));
    picture.value = row;
    filter.value = at.column;
    magnify();
    mark();
  }

  function go(row, column) {
    at = { row: Math.min(Math.max(row, 0), pictures.length - 1), column: Math.min(Math.max(column, 0), filters - 1) };
    read();
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    go(Math.floor(((event.clientY - box.top) / box.height) * pictures.length), Math.floor(((event.clientX - box.left) / box.width) * filters));
  }
  canvas.addEventListener("click", point);
  canvas.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && event.buttons === 1) point(event); });
  lens.addEventListener("click", (event) => {
    const box = lens.getBoundingClientRect();
    const half = (lensCells - 1) / 2;
    go(at.row + Math.floor(((event.clientY - box.top) / box.height) * lensCells) - half, at.column + Math.floor(((event.clientX - box.left) / box.width) * lensCells) - half);
  });
  canvas.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? 10 : 1;
    const moves = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far], Home: [0, -filters], End: [0, filters] };
    const step = moves[event.key];
    if (!step) return;
    event.preventDefault();
    go(at.row + step[0], at.column + step[1]);
  });
  for (const box of [picture, filter]) {
    box.addEventListener("change", () => {
      const row = rowOf.get(Number(picture.value));
      go(row === undefined ? at.row : row, Number(filter.value));
    });
  }
  scales.addEventListener("change", () => {
    own = scales.querySelector("[value=column]").checked;
    draw();
    magnify();
  });
  addEventListener("resize", fit);

  draw();
  fit();
  read();
})();
