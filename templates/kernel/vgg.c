// VGG16's convolutions on one picture, for WebAssembly with 128-bit SIMD. `make kernel` builds templates/assets/try-kernel.js.
//
// A map of H x W places and C channels stands in memory as (H + 2) x (W + 2) x C floats, the outermost places zero.
// C and O are multiples of 8, but for the C = 3 of a picture.
#include <wasm_simd128.h>

#ifdef __wasm_relaxed_simd__
#define MULTIPLY_ADD(x, y, sum) wasm_f32x4_relaxed_madd(x, y, sum)
#else
#define MULTIPLY_ADD(x, y, sum) wasm_f32x4_add(sum, wasm_f32x4_mul(x, y))
#endif

#define TOGETHER 8         // filters that are computed at once
#define STRIP_BYTES 393216 // of the input that is gone over for one group of filters after the other: stays in the cache

static float kernels[9 * 512 * TOGETHER];

// Turn the 8-bit kernels of one group of filters, [3 * 3 * C][8], into floats. They are scaled at the end.
static void widen(const signed char *from, int count) {
  for (int i = 0; i < count; i += 8) {
    v128_t w = wasm_i16x8_load8x8(from + i);
    wasm_v128_store(kernels + i, wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(w)));
    wasm_v128_store(kernels + i + 4, wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(w)));
  }
}

static void clear(float *at, long count) {
  for (long i = 0; i < count; i++) at[i] = 0;
}

static void clear_border(float *maps, int H, int W, int C) {
  long row = (long)(W + 2) * C;
  clear(maps, row);
  clear(maps + (H + 1) * row, row);
  for (int y = 1; y <= H; y++) {
    clear(maps + y * row, C);
    clear(maps + (y + 1) * row - C, C);
  }
}

static void store(float *to, v128_t low, v128_t high, const float *scale, const float *bias) {
  const v128_t zero = wasm_f32x4_const_splat(0);
  low = wasm_f32x4_add(wasm_f32x4_mul(low, wasm_v128_load(scale)), wasm_v128_load(bias));
  high = wasm_f32x4_add(wasm_f32x4_mul(high, wasm_v128_load(scale + 4)), wasm_v128_load(bias + 4));
  wasm_v128_store(to, wasm_f32x4_max(low, zero));
  wasm_v128_store(to + 4, wasm_f32x4_max(high, zero));
}

// Convolve, scale, add the bias, cut at zero. weights: [O / 8][3][3][C][8], 8 bits; scale, bias: [O].
__attribute__((export_name("convolve"))) void convolve(const float *in, const signed char *weights, const float *scale,
                                                       const float *bias, float *out, int H, int W, int C, int O) {
  long in_row = (long)(W + 2) * C, out_row = (long)(W + 2) * O;
  int rows = STRIP_BYTES / (int)(in_row * sizeof(float));
  if (rows < 1) rows = 1;
  clear_border(out, H, W, O);
  for (int top = 0; top < H; top += rows)
    for (int o = 0; o < O; o += TOGETHER) {
      int bottom = top + rows < H ? top + rows : H;
      widen(weights + (long)o * 9 * C, 9 * C * TOGETHER);
      for (int y = top; y < bottom; y++)
        for (int x = 0; x < W; x += 4) {
          // At the right edge the last place stands in for those that are missing.
          int left = W - x, d1 = left > 1 ? C : 0, d2 = left > 2 ? 2 * C : 0, d3 = left > 3 ? 3 * C : 0;
          v128_t zero = wasm_f32x4_const_splat(0);
          v128_t a0 = zero, a1 = zero, a2 = zero, a3 = zero, b0 = zero, b1 = zero, b2 = zero, b3 = zero;
          const float *kernel = kernels;
          for (int dy = 0; dy < 3; dy++) {
            const float *at = in + (y + dy) * in_row + (long)x * C;
            for (int i = 0; i < 3 * C; i++, at++, kernel += TOGETHER) {
              v128_t low = wasm_v128_load(kernel), high = wasm_v128_load(kernel + 4);
              v128_t value = wasm_v128_load32_splat(at);
              a0 = MULTIPLY_ADD(value, low, a0), b0 = MULTIPLY_ADD(value, high, b0);
              value = wasm_v128_load32_splat(at + d1);
              a1 = MULTIPLY_ADD(value, low, a1), b1 = MULTIPLY_ADD(value, high, b1);
              value = wasm_v128_load32_splat(at + d2);
              a2 = MULTIPLY_ADD(value, low, a2), b2 = MULTIPLY_ADD(value, high, b2);
              value = wasm_v128_load32_splat(at + d3);
              a3 = MULTIPLY_ADD(value, low, a3), b3 = MULTIPLY_ADD(value, high, b3);
            }
          }
          float *to = out + (y + 1) * out_row + (long)(x + 1) * O + o;
          store(to, a0, b0, scale + o, bias + o);
          if (left > 1) store(to + O, a1, b1, scale + o, bias + o);
          if (left > 2) store(to + 2 * O, a2, b2, scale + o, bias + o);
          if (left > 3) store(to + 3 * O, a3, b3, scale + o, bias + o);
        }
    }
}

// Take the greatest of each 2 x 2 places; H and W are those of `in`, and even.
__attribute__((export_name("pool"))) void pool(const float *in, float *out, int H, int W, int C) {
  long in_row = (long)(W + 2) * C, out_row = (long)(W / 2 + 2) * C;
  clear_border(out, H / 2, W / 2, C);
  for (int y = 0; y < H / 2; y++)
    for (int x = 0; x < W / 2; x++) {
      const float *at = in + (2 * y + 1) * in_row + (long)(2 * x + 1) * C;
      float *to = out + (y + 1) * out_row + (long)(x + 1) * C;
      for (int c = 0; c < C; c += 4) {
        v128_t upper = wasm_f32x4_max(wasm_v128_load(at + c), wasm_v128_load(at + C + c));
        v128_t lower = wasm_f32x4_max(wasm_v128_load(at + in_row + c), wasm_v128_load(at + in_row + C + c));
        wasm_v128_store(to + c, wasm_f32x4_max(upper, lower));
      }
    }
}

// Read off each map its greatest value. peaks: [C].
__attribute__((export_name("peaks"))) void peaks(const float *maps, float *peaks, int H, int W, int C) {
  clear(peaks, C);
  for (int y = 1; y <= H; y++)
    for (int x = 1; x <= W; x++) {
      const float *at = maps + ((long)y * (W + 2) + x) * C;
      for (int c = 0; c < C; c += 4)
        wasm_v128_store(peaks + c, wasm_f32x4_max(wasm_v128_load(peaks + c), wasm_v128_load(at + c)));
    }
}
