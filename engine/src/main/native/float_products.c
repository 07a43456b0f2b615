// Products of floats: of rows and packed weights, and of row-major matrices. Part of kernels.c, compiled once for each
// instruction set, with its vectors.

// ---- Products of floats: tiles
//
// A tile is up to TILE_ROWS rows of x times TILE_PANELS panels of weights, over at most K_BLOCK of k: its sums stay in
// registers, the weights stream by once, and each x is broadcast to all vectors of outputs. Between blocks of k the
// sums wait in the output, so that their order is that of one long sum. x is a copy: the first-level cache holds it, and
// its pitch, which is no power of two, keeps its rows from sharing the same few places there.

#if ISA == 512
#define TILE_ROWS 12
#define TILE_PANELS 2
#else
#define TILE_ROWS 6
#define TILE_PANELS 1
#endif

// How far ahead of its use a tile asks for its weights, in k.
#define AHEAD 8

INLINE V FN(load_weights)(const int type, const uint8_t *w) {
    return type == TYPE_F32 ? v_load((const float *) w) : type == TYPE_F16 ? v_f16(w) : v_bf16(w);
}

// R rows times P panels; the sums start from what out holds if `add`, else from zero.
INLINE void FN(tile_float)(const int type, const uint8_t *w, int64_t panel_bytes, const float *x, int64_t k, int add,
        uint8_t *out, int64_t out_pitch, const int R, const int P) {
    const int64_t bytes = type == TYPE_F32 ? 4 : 2;
    V acc[TILE_ROWS][TILE_PANELS * PARTS];
    for (int r = 0; r < R; r++) {
        for (int v = 0; v < P * PARTS; v++) {
            acc[r][v] = add ? v_load((const float *) (out + r * out_pitch) + v * LANES) : v_zero();
        }
    }
    for (int64_t i = 0; i < k; i++) {
        V weights[TILE_PANELS * PARTS];
#pragma GCC unroll 8
        for (int v = 0; v < P * PARTS; v++) {
            const uint8_t *vector = w + v / PARTS * panel_bytes + bytes * (PANEL * i + v % PARTS * LANES);
            weights[v] = FN(load_weights)(type, vector);
            if (v % PARTS == 0) {
                __builtin_prefetch(vector + bytes * PANEL * AHEAD);
            }
        }
#pragma GCC unroll 16
        for (int r = 0; r < R; r++) {
            V xr = v_set(x[r * X_PITCH + i]);
#pragma GCC unroll 8
            for (int v = 0; v < P * PARTS; v++) {
                acc[r][v] = v_fma(weights[v], xr, acc[r][v]);
            }
        }
    }
    for (int r = 0; r < R; r++) {
        for (int v = 0; v < P * PARTS; v++) {
            v_store((float *) (out + r * out_pitch) + v * LANES, acc[r][v]);
        }
    }
}

INLINE void FN(tile_float_of)(int rows, const int type, const uint8_t *w, int64_t panel_bytes, const float *x,
        int64_t k, int add, uint8_t *out, int64_t out_pitch, const int P) {
#define TILE(R) case R: FN(tile_float)(type, w, panel_bytes, x, k, add, out, out_pitch, R, P); break;
    switch (rows) {
        TILE(1)
        TILE(2)
        TILE(3)
        TILE(4)
        TILE(5)
        TILE(6)
#if TILE_ROWS == 12
        TILE(7)
        TILE(8)
        TILE(9)
        TILE(10)
        TILE(11)
        TILE(12)
#endif
    }
#undef TILE
}

// One tile's rows times a number of panels.
#define STRIP(name, type)                                                                                           \
    static __attribute__((noinline)) void FN(name)(int rows, const uint8_t *w, int64_t panel_bytes, int64_t panels, \
            const float *x, int64_t k, int add, uint8_t *out, int64_t out_pitch) {                                  \
        int64_t n = 0;                                                                                              \
        for (; n + TILE_PANELS <= panels; n += TILE_PANELS) {                                                       \
            FN(tile_float_of)(rows, type, w + n * panel_bytes, panel_bytes, x, k, add, out + 4 * PANEL * n,         \
                    out_pitch, TILE_PANELS);                                                                        \
        }                                                                                                           \
        if (n < panels) {                                                                                           \
            FN(tile_float_of)(rows, type, w + n * panel_bytes, panel_bytes, x, k, add, out + 4 * PANEL * n,         \
                    out_pitch, 1);                                                                                  \
        }                                                                                                           \
    }

STRIP(strip_f32, TYPE_F32)
STRIP(strip_f16, TYPE_F16)
STRIP(strip_bf16, TYPE_BF16)

#undef STRIP

// Rows are dealt evenly to as few tiles as hold them, for a tile of one or two rows keeps the multipliers waiting.
INLINE int64_t FN(tiles)(int64_t rows) {
    return (rows + TILE_ROWS - 1) / TILE_ROWS;
}

INLINE void FN(copy)(const uint8_t *from, int64_t n, float *to) {
    const float *x = (const float *) from;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        v_store(to + i, v_load(x + i));
    }
    for (; i < n; i++) {
        to[i] = x[i];
    }
}

// ---- Products of floats: packed weights

static void FN(matmul_float)(int type, const product *p) {
    float x[TILE_ROWS * X_PITCH] __attribute__((aligned(64)));
    const int64_t k_bytes = PANEL * (type == TYPE_F32 ? 4 : 2);
    int64_t tiles = FN(tiles)(p->rows);
    for (int64_t n = 0; n < p->panels; n += PANEL_BLOCK) {
        int64_t panels = p->panels - n < PANEL_BLOCK ? p->panels - n : PANEL_BLOCK;
        for (int64_t i = 0; i < p->k; i += K_BLOCK) {
            int64_t k = p->k - i < K_BLOCK ? p->k - i : K_BLOCK;
            const uint8_t *w = p->weights + n * p->panel_bytes + i * k_bytes;
            for (int64_t t = 0; t < tiles; t++) {
                int64_t from = p->rows * t / tiles, rows = p->rows * (t + 1) / tiles - from;
                for (int64_t r = 0; r < rows; r++) {
                    FN(copy)(p->x + (from + r) * p->x_pitch + 4 * i, k, x + r * X_PITCH);
                }
                uint8_t *out = p->out + from * p->out_pitch + 4 * PANEL * n;
                (type == TYPE_F32 ? FN(strip_f32) : type == TYPE_F16 ? FN(strip_f16) : FN(strip_bf16))(
                        (int) rows, w, p->panel_bytes, panels, x, k, i > 0, out, p->out_pitch);
            }
        }
    }
}

// ---- Products of floats: row-major matrices
//
// b is packed, a block at a time, into panels as PackedMatrix has them, and a into rows; whether an operand is
// transposed matters to its packing alone. After Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix
// Multiplication", with the roles swapped: rows of a stay in the first-level cache, panels of b stream from the second.

// quads(rows, c): 4 floats from column c on of every fourth row. zip: two vectors' low or high halves in turn, in each
// 4 floats; zip2 moves two floats as one.
#if ISA == 512

#define quad(row, c) _mm_loadu_ps((row) + (c))
#define quads(rows, c)                                                                                              \
    _mm512_insertf32x4(                                                                                             \
            _mm512_insertf32x4(                                                                                     \
                    _mm512_insertf32x4(_mm512_castps128_ps512(quad((rows)[0], c)), quad((rows)[4], c), 1),          \
                    quad((rows)[8], c), 2),                                                                         \
            quad((rows)[12], c), 3)
#define zip_low(a, b) _mm512_unpacklo_ps(a, b)
#define zip_high(a, b) _mm512_unpackhi_ps(a, b)
#define zip2_low(a, b) _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)))
#define zip2_high(a, b) _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b)))

#elif ISA == 256

#define quad(row, c) _mm_loadu_ps((row) + (c))
#define quads(rows, c) _mm256_insertf128_ps(_mm256_castps128_ps256(quad((rows)[0], c)), quad((rows)[4], c), 1)
#define zip_low(a, b) _mm256_unpacklo_ps(a, b)
#define zip_high(a, b) _mm256_unpackhi_ps(a, b)
#define zip2_low(a, b) _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)))
#define zip2_high(a, b) _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)))

#else

#define quads(rows, c) vld1q_f32((rows)[0] + (c))
#define zip_low(a, b) vzip1q_f32(a, b)
#define zip_high(a, b) vzip2q_f32(a, b)
#define zip2_low(a, b) vreinterpretq_f32_f64(vzip1q_f64(vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b)))
#define zip2_high(a, b) vreinterpretq_f32_f64(vzip2q_f64(vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b)))

#endif

// 4 columns of LANES rows become 4 vectors.
INLINE void FN(transpose4)(const float *const *rows, int64_t column, uint8_t *to, int64_t to_pitch) {
    V r0 = quads(rows, column), r1 = quads(rows + 1, column);
    V r2 = quads(rows + 2, column), r3 = quads(rows + 3, column);
    V low01 = zip_low(r0, r1), low23 = zip_low(r2, r3);
    V high01 = zip_high(r0, r1), high23 = zip_high(r2, r3);
    v_store((float *) to, zip2_low(low01, low23));
    v_store((float *) (to + to_pitch), zip2_high(low01, low23));
    v_store((float *) (to + 2 * to_pitch), zip2_low(high01, high23));
    v_store((float *) (to + 3 * to_pitch), zip2_high(high01, high23));
}

// to[c][r] = from[r][c]. Up to a whole vector, more rows are written: they repeat the last.
static void FN(transpose)(
        const uint8_t *from, int64_t pitch, int64_t rows, int64_t columns, uint8_t *to, int64_t to_pitch) {
    for (int64_t r = 0; r < rows; r += LANES, to += 4 * LANES) {
        const float *row[LANES];
        for (int64_t i = 0; i < LANES; i++) {
            row[i] = (const float *) (from + (r + i < rows ? r + i : rows - 1) * pitch);
        }
        int64_t c = 0;
        for (; c + 4 <= columns; c += 4) {
            FN(transpose4)(row, c, to + c * to_pitch, to_pitch);
        }
        if (c < columns && columns > 4) {
            FN(transpose4)(row, columns - 4, to + (columns - 4) * to_pitch, to_pitch); // some of them again
            c = columns;
        }
        for (; c < columns; c++) {
            for (int i = 0; i < LANES; i++) {
                ((float *) (to + c * to_pitch))[i] = row[i][c];
            }
        }
    }
}

// Rows first to first + rows − 1, k from i on.
INLINE void FN(pack_a)(const float_product *p, int64_t first, int64_t rows, int64_t i, int64_t k, float *x) {
    if (p->a_transposed) {
        FN(transpose)(p->a + i * p->a_pitch + 4 * first, p->a_pitch, k, rows, (uint8_t *) x, 4 * X_PITCH);
        return;
    }
    for (int64_t r = 0; r < rows; r++) {
        FN(copy)(p->a + (first + r) * p->a_pitch + 4 * i, k, x + r * X_PITCH);
    }
}

// Columns n to n + columns − 1, k from i on.
INLINE void FN(pack_b)(
        const float_product *p, int64_t n, int64_t columns, int64_t i, int64_t k, uint8_t *to, int64_t panel_bytes) {
    if (p->b_transposed) {
        for (int64_t c = 0; c < columns; c += PANEL, to += panel_bytes) {
            int64_t rows = columns - c < PANEL ? columns - c : PANEL;
            FN(transpose)(p->b + (n + c) * p->b_pitch + 4 * i, p->b_pitch, rows, k, to, 4 * PANEL);
        }
        return;
    }
    for (int64_t j = 0; j < k; j++, to += 4 * PANEL) {
        const uint8_t *row = p->b + (i + j) * p->b_pitch + 4 * n;
        uint8_t *line = to;
        int64_t c = 0;
        for (; c + PANEL <= columns; c += PANEL, line += panel_bytes) {
            FN(copy)(row + 4 * c, PANEL, (float *) line);
        }
        if (c < columns) {
            __builtin_memset(line, 0, 4 * PANEL);
            FN(copy)(row + 4 * c, columns - c, (float *) line);
        }
    }
}

// One tile's rows times all that is packed: `whole` panels, and `rest` columns of one more, whose sums take a detour,
// for c has room for no more than its columns.
INLINE void FN(strip_product)(int rows, const uint8_t *w, int64_t panel_bytes, int64_t whole, int64_t rest,
        const float *x, int64_t k, int add, uint8_t *c, int64_t c_pitch) {
    FN(strip_f32)(rows, w, panel_bytes, whole, x, k, add, c, c_pitch);
    if (rest == 0) {
        return;
    }
    float edge[TILE_ROWS * PANEL];
    c += 4 * PANEL * whole;
    for (int r = 0; add && r < rows; r++) {
        FN(copy)(c + r * c_pitch, rest, edge + r * PANEL);
    }
    FN(strip_f32)(rows, w + whole * panel_bytes, panel_bytes, 1, x, k, add, (uint8_t *) edge, 4 * PANEL);
    for (int r = 0; r < rows; r++) {
        FN(copy)((const uint8_t *) (edge + r * PANEL), rest, (float *) (c + r * c_pitch));
    }
}

// All rows times the columns n to n + columns − 1. Where these are few, more of k is packed at a time.
INLINE void FN(product_columns)(const float_product *p, int64_t n, int64_t columns) {
    uint8_t *packed = p->scratch;
    float *x = (float *) (packed + FLOAT_SCRATCH_PANELS);
    int64_t tiles = FN(tiles)(p->rows);
    // A row of a transposed a is a column, of which a cache line holds 16, so several tiles are packed at once.
    int64_t group = p->a_transposed ? GROUP_TILES : 1;
    int64_t depth = PANEL_BLOCK / ((columns + PANEL - 1) / PANEL) * K_BLOCK;
    for (int64_t i = 0; i < p->k; i += depth) {
        int64_t end = p->k - i < depth ? p->k : i + depth;
        int64_t panel_bytes = 4 * PANEL * (end - i + 1);
        FN(pack_b)(p, n, columns, i, end - i, packed, panel_bytes);
        for (int64_t t = 0; t < tiles; t += group) {
            int64_t last = t + group < tiles ? t + group : tiles;
            int64_t first = p->rows * t / tiles;
            for (int64_t j = i; j < end; j += K_BLOCK) {
                int64_t k = end - j < K_BLOCK ? end - j : K_BLOCK;
                FN(pack_a)(p, first, p->rows * last / tiles - first, j, k, x);
                for (int64_t u = t; u < last; u++) {
                    int64_t from = p->rows * u / tiles, rows = p->rows * (u + 1) / tiles - from;
                    FN(strip_product)((int) rows, packed + 4 * PANEL * (j - i), panel_bytes, columns / PANEL,
                            columns % PANEL, x + (from - first) * X_PITCH, k, p->add || j > 0,
                            p->c + from * p->c_pitch + 4 * n, p->c_pitch);
                }
            }
        }
    }
}

static void FN(float_product)(const float_product *p) {
    const int64_t columns = PANEL_BLOCK * PANEL;
    for (int64_t n = 0; n < p->n; n += columns) {
        FN(product_columns)(p, n, p->n - n < columns ? p->n - n : columns);
    }
}

#undef TILE_ROWS
#undef TILE_PANELS
#undef AHEAD
#undef quad
#undef quads
#undef zip_low
#undef zip_high
#undef zip2_low
#undef zip2_high
