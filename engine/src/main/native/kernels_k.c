// Matrix products with Q4_K and Q6_K weights, a part of kernels.c, which includes this once for each instruction set.
//
// Layouts: PackedQ4K, PackedQ6K, NativeKernels. 256 k at a time: the numbers that scale 32 or 16 weights each become
// floats, which wait on the stack; then block after block as in tile_quantised. Shifts are on GCC's own vectors, which
// know them for every instruction set.

#define SCALES_MAX 16
#define Q4_K_SIZE 2304
#define Q6_K_SIZE 3392

// Rows are reached from four bases, and so are the sums that stand behind their blocks.
#define SUMS(r) ((r) < 3 ? s0 : (r) < 6 ? s3 : (r) < 9 ? s6 : s9)

// The scales d · n(b) and the minimums m · n(8 + b).
INLINE void FN(scales_q4_k)(const uint8_t *w, int part, V *to) {
    typedef uint32_t words __attribute__((vector_size(4 * LANES)));
    words word[3], last = {0};
    V d = v_f16(w + 2 * LANES * part), m = v_f16(w + 32 + 2 * LANES * part);
#pragma GCC unroll 3
    for (int t = 0; t < 3; t++) {
        word[t] = (words) q4_load(w + 64 + 64 * t + 4 * LANES * part);
        last |= word[t] >> 30 << 2 * t;
    }
#pragma GCC unroll 15
    for (int n = 0; n < 15; n++) {
        to[n] = v_mul(n < 8 ? d : m, vi_float((VI) (word[n / 5] >> 6 * (n % 5) & 63)));
    }
    to[15] = v_mul(m, vi_float((VI) last));
}

// The scales d · n(g), n signed bytes.
INLINE void FN(scales_q6_k)(const uint8_t *w, int part, V *to) {
    typedef int32_t words __attribute__((vector_size(4 * LANES)));
    V d = v_load((const float *) (w + 4 * LANES * part));
#pragma GCC unroll 4
    for (int t = 0; t < 4; t++) {
        words word = (words) q4_load(w + 64 + 64 * t + 4 * LANES * part);
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            to[4 * t + i] = v_mul(d, vi_float((VI) (word << (24 - 8 * i) >> 24)));
        }
    }
}

// Codes 0 to 63 of 4 k: the low nibbles (half 0) or the high ones of word j, and two of the bits of the upper word.
INLINE weights4 FN(codes_q6_k)(const uint8_t *words, int j, int half) {
    typedef uint16_t pairs __attribute__((vector_size(4 * LANES)));
    pairs lower = (pairs) q4_load(words + 64 * j), upper = (pairs) q4_load(words + 256 + 64 * (j / 2));
    pairs low = half ? lower >> 4 & 0x0F0F : lower & 0x0F0F;
    pairs high = j % 2 == 0 ? (half ? upper << 2 : upper << 4) : (half ? upper >> 2 : upper);
    return (weights4) (low | (high & 0x3030));
}

INLINE void FN(tile_q4_k)(const uint8_t *w, int64_t k, const uint8_t *x, int64_t x_pitch, uint8_t *out,
        int64_t out_pitch, int part, const int R) {
    V acc[TILE_ROWS_MAX], scales[SCALES_MAX];
    EACH_ROW acc[r] = v_zero();
    const uint8_t *x0 = x, *x3 = x + 3 * x_pitch, *x6 = x + 6 * x_pitch, *x9 = x + 9 * x_pitch;
    const uint8_t *s0 = x + X_PRODUCTS(k), *s3 = s0 + 3 * x_pitch, *s6 = s0 + 6 * x_pitch, *s9 = s0 + 9 * x_pitch;
    for (const uint8_t *end = w + k / 256 * Q4_K_SIZE; w < end; w += Q4_K_SIZE) {
        FN(scales_q4_k)(w, part, scales);
#pragma GCC unroll 4
        for (int t = 0; t < 4; t++) {
            __builtin_prefetch(w + 64 * t + PREFETCH);
        }
        for (int b = 0; b < 8; b++) {
            const uint8_t *words = w + 256 + 256 * b + 4 * LANES * part;
            VI sum[TILE_ROWS_MAX];
            EACH_ROW sum[r] = vi_zero();
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) {
                __builtin_prefetch(words + 64 * j + PREFETCH);
                weights4 second = q4_load(words + 64 * j), first = q4_low(second);
                second = q4_high(second);
                EACH_ROW dot4_q4(sum[r], first, BASE(r), x_pitch, r, 4 * j);
                EACH_ROW dot4_q4(sum[r], second, BASE(r), x_pitch, r, 16 + 4 * j);
            }
            EACH_ROW {
                V both;
                mul_row(both, scales[b], BASE(r), x_pitch, r, BLOCK);
                acc[r] = v_fma(vi_float(sum[r]), both, acc[r]);
                fnma_row(acc[r], scales[8 + b], SUMS(r), x_pitch, r, 0);
            }
            x0 += X_BLOCK;
            x3 += X_BLOCK;
            x6 += X_BLOCK;
            x9 += X_BLOCK;
            s0 += 4;
            s3 += 4;
            s6 += 4;
            s9 += 4;
        }
    }
    EACH_ROW v_store((float *) (out + r * out_pitch), acc[r]);
}

INLINE void FN(tile_q6_k)(const uint8_t *w, int64_t k, const uint8_t *x, int64_t x_pitch, uint8_t *out,
        int64_t out_pitch, int part, const int R) {
    V acc[TILE_ROWS_MAX], scales[SCALES_MAX];
    EACH_ROW acc[r] = v_zero();
    const uint8_t *x0 = x, *x3 = x + 3 * x_pitch, *x6 = x + 6 * x_pitch, *x9 = x + 9 * x_pitch;
    const uint8_t *s0 = x + X_HALVES(k), *s3 = s0 + 3 * x_pitch, *s6 = s0 + 6 * x_pitch, *s9 = s0 + 9 * x_pitch;
    for (const uint8_t *end = w + k / 256 * Q6_K_SIZE; w < end; w += Q6_K_SIZE) {
        FN(scales_q6_k)(w, part, scales);
#pragma GCC unroll 5
        for (int t = 0; t < 5; t++) {
            __builtin_prefetch(w + 64 * t + PREFETCH);
        }
        for (int b = 0; b < 8; b++) {
            const uint8_t *words = w + 320 + 384 * b + 4 * LANES * part;
#pragma GCC unroll 2
            for (int half = 0; half < 2; half++) {
                VI sum[TILE_ROWS_MAX];
                EACH_ROW start_row(sum[r], SUMS(r), x_pitch, r, 4 * half);
#pragma GCC unroll 4
                for (int j = 0; j < 4; j++) {
                    if (j < 3) {
                        __builtin_prefetch(words + 64 * (3 * half + j) + PREFETCH);
                    }
                    weights4 codes = FN(codes_q6_k)(words, j, half);
                    EACH_ROW dot4_q4(sum[r], codes, BASE(r), x_pitch, r, 16 * half + 4 * j);
                }
                EACH_ROW {
                    V both;
                    mul_row(both, scales[2 * b + half], BASE(r), x_pitch, r, BLOCK);
                    acc[r] = v_fma(vi_float(sum[r]), both, acc[r]);
                }
            }
            x0 += X_BLOCK;
            x3 += X_BLOCK;
            x6 += X_BLOCK;
            x9 += X_BLOCK;
            s0 += 8;
            s3 += 8;
            s6 += 8;
            s9 += 8;
        }
    }
    EACH_ROW v_store((float *) (out + r * out_pitch), acc[r]);
}

#undef SCALES_MAX
#undef Q4_K_SIZE
#undef Q6_K_SIZE
#undef SUMS
