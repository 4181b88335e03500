"use strict";
// The cross-activation matrix on a canvas: seen whole, read down to one cell by pointer, by keys or by number.
(function () {
  if (typeof ATLAS_MATRIX !== "object") return;
  const place = document.getElementById("matrix");
  const { pictures, filters, top, decades, cells, thumbs, missing, likeness, first } = ATLAS_MATRIX;
  const root = document.body.dataset.root;
  const levels = 4095;
  const lensCells = 15;
  const rowOf = new Map(pictures.map((number, row) => [number, row]));

  // Where each row and column is drawn: by number, or by likeness with those of no known place last.
  const like = new Map((likeness || []).map((number, at) => [number, at]));
  const byLikeness = (numbers) => [...numbers.keys()].sort((a, b) => (like.get(numbers[a]) ?? 9999) - (like.get(numbers[b]) ?? 9999) || a - b);
  const columns = [...Array(filters).keys()];
  const orders = { number: { rows: [...pictures.keys()], columns }, likeness: { rows: byLikeness(pictures), columns: byLikeness(columns) } };
  let order = orders.number;

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
  const sorts = element("fieldset", {}, element("legend", {}, "Order"));
  for (const [value, text] of [["number", "by number"], ["likeness", "by likeness"]]) {
    const radio = element("input", { type: "radio", name: "order", value });
    radio.checked = value === "number";
    sorts.append(element("label", {}, radio, ` ${text}`));
  }
  sorts.hidden = !likeness;
  const reading = element("div", { class: "reading" },
    scales, sorts,
    shadeBar, element("p", { class: "scale" }, element("span", {}, "0"), shadeQuarter, shadeMost),
    element("p", {}, element("label", { for: "cell-picture" }, "Picture"), picture, element("label", { for: "cell-filter" }, "filter"), filter),
    lens, said, pair);
  const figure = place.querySelector("figure");
  const plot = element("div", { class: "plot" }, canvas);
  const still = figure.querySelector("img");
  if (still) still.replaceWith(plot);
  else figure.prepend(plot);
  const [across, down, ring] = ["across", "down", "ring"].map((name) => element("span", { class: `hair ${name}` }));
  plot.append(across, down, ring);
  const [left, right] = [element("span", {}), element("span", {})];
  plot.append(element("p", { class: "scale" }, left, element("span", {}, "filter \u2192, picture \u2193"), right));
  place.append(reading);

  const context = canvas.getContext("2d");
  const image = context.createImageData(filters, pictures.length);
  const pixels = new Uint32Array(image.data.buffer);
  let own = true;
  let at = asked() || { row: rowOf.get(first[0]), column: first[1] };

  // The cell, the scale and the order that the address names.
  function asked() {
    const said = new URLSearchParams(location.hash.slice(1));
    own = said.get("scale") !== "raw";
    order = likeness && said.get("order") === "likeness" ? orders.likeness : orders.number;
    scales.querySelector(`[value=${own ? "column" : "raw"}]`).checked = true;
    sorts.querySelector(`[value=${order === orders.number ? "number" : "likeness"}]`).checked = true;
    const [row, column] = [rowOf.get(Number(said.get("picture") || NaN)), Number(said.get("filter") || NaN)];
    return row !== undefined && column >= 0 && column < filters ? { row, column } : null;
  }

  let waiting = 0;
  function write() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const said = new URLSearchParams({ picture: pictures[at.row], filter: at.column });
      if (!own) said.set("scale", "raw");
      if (order !== orders.number) said.set("order", "likeness");
      history.replaceState(null, "", `#${said}`);
    }, 150);
  }

  // The square root: most answers are a tenth of the strongest or less, and would all be black.
  function draw() {
    for (let cell = 0; cell < values.length; cell += 1) {
      const [row, column] = [order.rows[Math.floor(cell / filters)], order.columns[cell % filters]];
      const most = own ? columnMost[column] : top;
      const value = values[row * filters + column];
      pixels[cell] = shades[most > 0 ? Math.min(255, Math.round(Math.sqrt(value / most) * 255)) : 0];
    }
    shadeQuarter.textContent = own ? "a quarter" : words(top / 4);
    context.putImageData(image, 0, 0);
    shadeMost.textContent = own ? "the filter's strongest" : words(top);
    left.textContent = `${order.columns[0]}`;
    right.textContent = `${order.columns[filters - 1]}`;
  }

  const shown = () => ({ row: order.rows.indexOf(at.row), column: order.columns.indexOf(at.column) });

  // Two hairs that lead to the cell, over the picture and never in it.
  function mark() {
    const [width, height] = [canvas.clientWidth / filters, canvas.clientHeight / pictures.length];
    const seen = shown();
    Object.assign(across.style, { top: `${(seen.row + 0.5) * height}px`, width: `${canvas.clientWidth}px` });
    Object.assign(down.style, { left: `${(seen.column + 0.5) * width}px`, height: `${canvas.clientHeight}px` });
    Object.assign(ring.style, { left: `${seen.column * width}px`, top: `${seen.row * height}px`, width: `${width}px`, height: `${height}px` });
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
    const seen = shown();
    draws.drawImage(canvas, seen.column - half, seen.row - half, lensCells, lensCells, 0, 0, lens.width, lens.height);
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

  // By places as drawn, stopping at the edges.
  function go(row, column) {
    at = { row: order.rows[Math.min(Math.max(row, 0), pictures.length - 1)], column: order.columns[Math.min(Math.max(column, 0), filters - 1)] };
    read();
    write();
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
    const seen = shown();
    go(seen.row + Math.floor(((event.clientY - box.top) / box.height) * lensCells) - half, seen.column + Math.floor(((event.clientX - box.left) / box.width) * lensCells) - half);
  });
  canvas.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? 10 : 1;
    const moves = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far], Home: [0, -filters], End: [0, filters] };
    const step = moves[event.key];
    if (!step) return;
    event.preventDefault();
    const seen = shown();
    go(seen.row + step[0], seen.column + step[1]);
  });
  // A number that is none of the layer's says so, and the cell stays.
  for (const box of [picture, filter]) {
    box.addEventListener("change", () => {
      const [row, column] = [rowOf.get(Number(picture.value)), Number(filter.value)];
      if (picture.value === "" || row === undefined) said.textContent = `There is no picture ${picture.value} here: ${pictures[0]} to ${pictures[pictures.length - 1]}${pictures.length < filters ? ", as far as they are built" : ""}.`;
      else if (filter.value === "" || !Number.isInteger(column) || column < 0 || column >= filters) said.textContent = `${ATLAS_MATRIX.layer} has filters 0 to ${filters - 1}.`;
      else {
        at = { row, column };
        read();
        write();
      }
    });
  }
  reading.addEventListener("change", (event) => {
    if (event.target.type !== "radio") return;
    own = scales.querySelector("[value=column]").checked;
    order = sorts.querySelector("[value=likeness]").checked ? orders.likeness : orders.number;
    draw();
    read();
    write();
  });
  addEventListener("hashchange", () => { at = asked() || at; draw(); read(); });
  addEventListener("resize", fit);

  draw();
  fit();
  read();
})();
