/* Winograd's convolution F(4x4, 3x3), see winograd.py. Channels stand last and lie beside each other in the vectors. */

#include <stddef.h>
#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

/* Whether this processor has what this file was compiled for. */
int usable(void) {
#ifdef __x86_64__
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && c & bit_FMA && __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_AVX2;
#else
    return 1;
#endif
}

enum { LANES = 8, COLUMNS = 2 * LANES, ROWS = 6, POINTS = 36 };

typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4)));

#define AT(pointer) (*(lanes *)(pointer))
#define READ(pointer) (*(const lanes *)(pointer))

/* d, a step apart, times the matrix of the input: six from six. */
static inline void into(const lanes *d, ptrdiff_t step, lanes *t, ptrdiff_t apart) {
    lanes d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
    lanes even = d4 - 4 * d2, odd = d3 - 4 * d1, near = d4 - d2, twice = 2 * (d3 - d1);
    t[0] = 4 * (d0 - d2) + near;
    t[apart] = even + odd;
    t[2 * apart] = even - odd;
    t[3 * apart] = near + twice;
    t[4 * apart] = near - twice;
    t[5 * apart] = 4 * (d1 - d3) + d5 - d3;
}

/* m times the matrix of the output: four from six. */
static inline void out_of(const lanes *m, ptrdiff_t step, lanes *y, ptrdiff_t apart) {
    lanes near = m[step] + m[2 * step], off = m[step] - m[2 * step];
    lanes far = m[3 * step] + m[4 * step], far_off = m[3 * step] - m[4 * step];
    y[0] = m[0] + near + far;
    y[apart] = off + 2 * far_off;
    y[2 * apart] = near + 4 * far;
    y[3 * apart] = off + 8 * far_off + m[5 * step];
}

/* Six rows of a (each `inner` long) times a panel of 16 columns. */
static inline void multiply(const float *a, const float *panel, float *c, ptrdiff_t inner) {
    lanes left[ROWS], right[ROWS];
    for (int row = 0; row < ROWS; row++) left[row] = right[row] = (lanes){0};
    for (ptrdiff_t k = 0; k < inner; k++) {
        lanes first = READ(panel + k * COLUMNS), second = READ(panel + k * COLUMNS + LANES);
#pragma GCC unroll 6
        for (int row = 0; row < ROWS; row++) {
            float one = a[row * inner + k];
            left[row] += one * first;
            right[row] += one * second;
        }
    }
    for (int row = 0; row < ROWS; row++) {
        AT(c + row * COLUMNS) = left[row];
        AT(c + row * COLUMNS + LANES) = right[row];
    }
}

struct shape { ptrdiff_t batch, height, width, inner, outer; };

void convolve(const float *maps, const float *kernels, const float *bias, float *result, float *room,
              const struct shape *s, ptrdiff_t first, ptrdiff_t count) {
    ptrdiff_t down = (s->height + 3) / 4, across = (s->width + 3) / 4, inner = s->inner, outer = s->outer;
    ptrdiff_t padded = (count + ROWS - 1) / ROWS * ROWS;
    float *tiles = room, *products = tiles + POINTS * padded * inner, *edge = products + POINTS * padded * COLUMNS;
    for (ptrdiff_t tile = 0; tile < count; tile++) {
        ptrdiff_t at = first + tile, x = at % across * 4 - 1, y = at / across % down * 4 - 1, picture = at / across / down;
        const float *from = maps + ((picture * s->height + y) * s->width + x) * inner;
        ptrdiff_t line = s->width * inner;
        if (x < 0 || y < 0 || x + 6 > s->width || y + 6 > s->height) {
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 6; j++) {
                    float *to = edge + (6 * i + j) * inner;
                    if (y + i < 0 || y + i >= s->height || x + j < 0 || x + j >= s->width) memset(to, 0, inner * sizeof(float));
                    else memcpy(to, from + i * line + j * inner, inner * sizeof(float));
                }
            from = edge;
            line = 6 * inner;
        }
        for (ptrdiff_t channel = 0; channel < inner; channel += LANES) {
            lanes d[POINTS], t[POINTS], v[6];
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 6; j++) d[6 * i + j] = READ(from + i * line + j * inner + channel);
            for (int j = 0; j < 6; j++) into(d + j, 6, t + j, 6);
            for (int i = 0; i < 6; i++) {
                into(t + 6 * i, 1, v, 1);
                for (int j = 0; j < 6; j++) AT(tiles + ((6 * i + j) * padded + tile) * inner + channel) = v[j];
            }
        }
    }
    for (ptrdiff_t column = 0; column < outer; column += COLUMNS) {
        const float *panels = kernels + column * POINTS * inner;
        for (ptrdiff_t point = 0; point < POINTS; point++)
            for (ptrdiff_t row = 0; row < padded; row += ROWS)
                multiply(tiles + (point * padded + row) * inner, panels + point * inner * COLUMNS,
                         products + (point * padded + row) * COLUMNS, inner);
        for (ptrdiff_t tile = 0; tile < count; tile++) {
            ptrdiff_t at = first + tile, x = at % across * 4, y = at / across % down * 4, picture = at / across / down;
            float *to = result + ((picture * s->height + y) * s->width + x) * outer + column;
            for (int half = 0; half < COLUMNS; half += LANES) {
                lanes m[POINTS], t[24], out[16];
                for (int point = 0; point < POINTS; point++) m[point] = READ(products + (point * padded + tile) * COLUMNS + half);
                for (int j = 0; j < 6; j++) out_of(m + j, 6, t + j, 6);
                for (int i = 0; i < 4; i++) out_of(t + 6 * i, 1, out + 4 * i, 1);
                for (int i = 0; i < 4 && y + i < s->height; i++)
                    for (int j = 0; j < 4 && x + j < s->width; j++) {
                        lanes one = out[4 * i + j];
                        if (bias) {
                            one += READ(bias + column + half);
                            for (int l = 0; l < LANES; l++) one[l] = one[l] < 0 ? 0 : one[l]; /* no number stays none */
                        }
                        AT(to + (i * s->width + j) * outer + half) = one;
                    }
            }
        }
    }
}
