"use strict";
// The network, in a worker. A page from a disk can start none from a file, so the page takes the text of this function.
// It is told: {kernels, layers}, then {place, bytes, text} for each layer's weights as they come, and {picture, number, count};
// it answers {ready}, {fitted} with the picture as the network reads it, {place, top} for each layer, or {problem}.
function atlasTryWorker() {
  "use strict";
  const SIDE = 224;
  const MOST = 2048; // the part that is read is no larger, so that a camera's picture takes no longer than another
  const SHOWN = 112; // side of the largest map that is handed over
  const MEAN_BGR = [103.939, 116.779, 123.68];
  let started, kernel, layers, maps, peaks, job;

  const bytes = (text) => (Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (each) => each.charCodeAt(0)));

  async function start(message) {
    layers = message.layers.map((layer, place, all) => ({ ...layer, side: SIDE >> (layer.block - 1), pooled: place > 0 && all[place - 1].block < layer.block }));
    const built = message.kernels.map(bytes).find((each) => WebAssembly.validate(each));
    if (!built) return;
    kernel = (await WebAssembly.instantiate(built)).instance.exports;
    const greatest = Math.max(...layers.map((layer) => (layer.side + 2) ** 2 * Math.max(layer.filters, layer.inputs) * 4));
    maps = [room(greatest), room(greatest)];
    peaks = room(4 * Math.max(...layers.map((layer) => layer.filters)));
    postMessage({ ready: true });
  }

  // A place for so many bytes, for ever.
  let free;
  function room(size) {
    const memory = kernel.memory;
    const at = free === undefined ? memory.buffer.byteLength : free;
    free = at + ((size + 15) & ~15);
    const missing = free - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return at;
  }

  // So many bytes in units of 15 bits, deflated: see generator/render/scripts.py. What the last unit has too much is lost.
  function unpacked({ bytes: size, text }) {
    const packed = new Uint8Array(size);
    for (let i = 0, at = 0, bits = 0, held = 0; i < text.length; i++) {
      held = ((held << 15) | (text.charCodeAt(i) - 0x3400)) & 0x7fffff;
      for (bits += 15; bits >= 8; bits -= 8) packed[at++] = held >> (bits - 8);
    }
    const stream = new DecompressionStream("deflate"), writer = stream.writable.getWriter();
    writer.write(packed); // at once: a blob's stream comes in small pieces, and takes twice as long
    writer.close();
    return new Response(stream.readable).arrayBuffer();
  }

  async function weigh(message) {
    const data = new Uint8Array(await unpacked(message)), { place } = message;
    layers[place].weights = room(data.length);
    new Uint8Array(kernel.memory.buffer, layers[place].weights, data.length).set(data);
    pump();
  }

  async function open(message) {
    job = null;
    const image = await fit(message.picture);
    job = { ...message, place: 0 };
    postMessage({ fitted: image, number: message.number });
    const input = new Float32Array(kernel.memory.buffer, maps[0], (SIDE + 2) ** 2 * 3).fill(0);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const from = (y * SIDE + x) * 4;
        const to = ((y + 1) * (SIDE + 2) + x + 1) * 3;
        for (let c = 0; c < 3; c++) input[to + c] = image.data[from + 2 - c] - MEAN_BGR[c];
      }
    }
    pump();
  }

  // As `atlas probe` does it: upright, on white, the shorter side scaled to 224 by Lanczos' filter, the middle.
  async function fit(picture) {
    const bitmap = picture instanceof ImageBitmap ? picture : await createImageBitmap(picture, { colorSpaceConversion: "none" });
    const square = Math.min(bitmap.width, bitmap.height);
    const side = Math.min(square, MOST);
    const context = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, (bitmap.width - square) >> 1, (bitmap.height - square) >> 1, square, square, 0, 0, side, side);
    bitmap.close();
    const rows = resample(context.getImageData(0, 0, side, side).data, side, side);
    return new ImageData(transposed(resample(transposed(rows, SIDE, side), side, SIDE), SIDE, SIDE), SIDE, SIDE);
  }

  // Rows of `width` pixels become rows of SIDE pixels, rounded, as Pillow does it.
  function resample(data, width, height) {
    const scale = width / SIDE;
    const stretch = Math.max(scale, 1);
    const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
    const out = new Uint8ClampedArray(SIDE * height * 4);
    for (let x = 0; x < SIDE; x++) {
      const centre = (x + 0.5) * scale;
      const first = Math.max(0, Math.trunc(centre - 3 * stretch + 0.5));
      const last = Math.min(width, Math.trunc(centre + 3 * stretch + 0.5));
      const shares = [];
      for (let at = first; at < last; at++) {
        const away = (at - centre + 0.5) / stretch;
        shares.push(Math.abs(away) < 3 ? sinc(away) * sinc(away / 3) : 0);
      }
      const whole = shares.reduce((sum, each) => sum + each, 0);
      const parts = Float64Array.from(shares, (each) => each / whole);
      for (let y = 0; y < height; y++) {
        let red = 0, green = 0, blue = 0;
        for (let i = 0, at = (y * width + first) * 4; i < parts.length; i++, at += 4) {
          red += parts[i] * data[at];
          green += parts[i] * data[at + 1];
          blue += parts[i] * data[at + 2];
        }
        const to = (y * SIDE + x) * 4;
        out[to] = red;
        out[to + 1] = green;
        out[to + 2] = blue;
        out[to + 3] = 255;
      }
    }
    return out;
  }

  function transposed(data, width, height) {
    const from = new Uint32Array(data.buffer), to = new Uint32Array(width * height);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) to[x * height + y] = from[y * width + x];
    return new Uint8ClampedArray(to.buffer);
  }

  // Go through the next layer, if its weights are there, and come back after whatever has been said meanwhile.
  function pump() {
    const layer = job && layers[job.place];
    if (!layer || layer.weights === undefined) return;
    if (layer.pooled) {
      kernel.pool(maps[0], maps[1], layer.side * 2, layer.side * 2, layer.inputs);
      maps.reverse();
    }
    const scales = layer.weights + 9 * layer.inputs * layer.filters;
    kernel.convolve(maps[0], layer.weights, scales, scales + 4 * layer.filters, maps[1], layer.side, layer.side, layer.inputs, layer.filters);
    maps.reverse();
    postMessage({ number: job.number, place: job.place, top: strongest(layer, job.count) });
    job.place += 1;
    setTimeout(pump);
  }

  // The filters whose peaks are greatest in their units; equals in the order of their numbers.
  function strongest(layer, count) {
    kernel.peaks(maps[0], peaks, layer.side, layer.side, layer.filters);
    const found = new Float32Array(kernel.memory.buffer, peaks, layer.filters);
    const answers = [];
    for (let filter = 0; filter < layer.filters; filter++) {
      const unit = layer.units.length ? layer.units[filter] : 1;
      if (unit && found[filter] > 0) answers.push({ filter, peak: found[filter], answer: found[filter] / unit });
    }
    answers.sort((a, b) => b.answer - a.answer || a.filter - b.filter);
    return answers.slice(0, count).map((each) => ({ ...each, ...mapOf(layer, each) }));
  }

  function mapOf(layer, { filter, peak }) {
    const step = Math.max(1, layer.side / SHOWN), side = layer.side / step;
    const values = new Float32Array(kernel.memory.buffer, maps[0], (layer.side + 2) ** 2 * layer.filters);
    const map = new Uint8ClampedArray(side * side);
    let row = -1, column = -1;
    for (let y = 0; y < layer.side; y++) {
      for (let x = 0; x < layer.side; x++) {
        const value = values[((y + 1) * (layer.side + 2) + x + 1) * layer.filters + filter];
        const to = Math.floor(y / step) * side + Math.floor(x / step);
        map[to] = Math.max(map[to], Math.round((255 * value) / peak));
        if (row < 0 && value === peak) [row, column] = [y, x];
      }
    }
    return { map, side, row, column };
  }

  onmessage = async ({ data }) => {
    try {
      if (data.kernels) started = start(data);
      await started;
      if (!kernel) postMessage({ problem: "simd" });
      else if (data.text) await weigh(data);
      else if (data.picture) await open(data);
    } catch (error) {
      postMessage({ problem: data.picture ? "picture" : "memory" });
    }
  };
}
