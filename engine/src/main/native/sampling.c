// What choosing a token does with a whole vocabulary (SamplingKernels.java).
//
// A part of kernels.c, which includes it once for the entry points and once for each instruction set.

#ifndef ISA // ================================================================================ once: dispatch

EXPORT int lockstep_largest(int isa, const float *x, int64_t n) {
    int64_t index;
    DISPATCH(isa, largest, x, n, &index);
    return (int) index;
}

EXPORT int lockstep_contenders(int isa, uint64_t seed, uint32_t position, const float *logits, int64_t from,
        int64_t count, float threshold, float best, int32_t *out) {
    int found;
    DISPATCH(isa, contenders, seed, position, logits, from, count, threshold, best, out, &found);
    return found;
}

#else // ======================================================================= once for each instruction set

// ~ the index of the first number that is not finite, which there is.
static int64_t FN(not_finite)(const float *x) {
    int64_t i = 0;
    while (x[i] - x[i] == 0) {
        i++;
    }
    return ~i;
}

// The largest of a part tells whether the largest of all is in it; where, is looked for once. A number times zero is zero
// and no other number, or it was not finite.
static void FN(largest)(const float *x, int64_t n, int64_t *index) {
    float best = x[0];
    int64_t best_part = 0;
    V zeros = v_zero();
    float rest_zeros = 0;
    for (int64_t part = 0; part < n; part += SEARCHED_TOGETHER) {
        int64_t end = n - part < SEARCHED_TOGETHER ? n : part + SEARCHED_TOGETHER, i = part;
        float lanes[LANES], largest = x[part];
        if (end - part >= LANES) {
            V all = v_load(x + part);
            for (; i + LANES <= end; i += LANES) {
                V v = v_load(x + i);
                all = v_max(all, v);
                zeros = v_fma(v, v_zero(), zeros);
            }
            v_store(lanes, all);
            for (int l = 0; l < LANES; l++) {
                largest = lanes[l] > largest ? lanes[l] : largest;
            }
        }
        for (; i < end; i++) {
            largest = x[i] > largest ? x[i] : largest;
            rest_zeros += x[i] * 0;
        }
        if (largest > best) {
            best = largest;
            best_part = part;
        }
    }
    float lanes[LANES];
    v_store(lanes, zeros);
    for (int l = 0; l < LANES; l++) {
        rest_zeros += lanes[l];
    }
    if (rest_zeros != 0) {
        *index = FN(not_finite)(x);
        return;
    }
    *index = best_part;
    while (x[*index] != best) {
        ++*index;
    }
}

// Philox4x32-10 (Philox.java): plain integers, so every way has the same bits. The ten rounds of a block wait for each
// other; the blocks side by side do not, and the compiler puts them into lanes.
INLINE void FN(random_blocks)(uint64_t key, uint32_t counter1, uint32_t first, uint32_t *out) {
    uint32_t c0[BLOCKS_SIDE_BY_SIDE], c1[BLOCKS_SIDE_BY_SIDE], c2[BLOCKS_SIDE_BY_SIDE], c3[BLOCKS_SIDE_BY_SIDE];
    for (int i = 0; i < BLOCKS_SIDE_BY_SIDE; i++) {
        c0[i] = first + (uint32_t) i;
        c1[i] = counter1;
        c2[i] = 0;
        c3[i] = 0;
    }
    uint32_t k0 = (uint32_t) key, k1 = (uint32_t) (key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < BLOCKS_SIDE_BY_SIDE; i++) {
            uint64_t p0 = UINT64_C(0xD2511F53) * c0[i], p1 = UINT64_C(0xCD9E8D57) * c2[i];
            c0[i] = (uint32_t) (p1 >> 32) ^ c1[i] ^ k0;
            c1[i] = (uint32_t) p1;
            c2[i] = (uint32_t) (p0 >> 32) ^ c3[i] ^ k1;
            c3[i] = (uint32_t) p0;
        }
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    for (int i = 0; i < BLOCKS_SIDE_BY_SIDE; i++) {
        out[4 * i] = c0[i];
        out[4 * i + 1] = c1[i];
        out[4 * i + 2] = c2[i];
        out[4 * i + 3] = c3[i];
    }
}

// All numbers of a piece go through the same steps, in lanes; which of them contend is looked up afterwards.
static void FN(contenders)(uint64_t seed, uint32_t position, const float *logits, int64_t from, int64_t count,
        float threshold, float best, int32_t *out, int *found) {
    uint32_t bits[CONTENDERS_PIECE] = {0};
    uint8_t may_win[CONTENDERS_PIECE];
    float logit[CONTENDERS_PIECE];
    for (int64_t i = 0; i < count; i += 4 * BLOCKS_SIDE_BY_SIDE) {
        FN(random_blocks)(seed, position, (uint32_t) ((from + i) / 4), bits + i);
    }
    for (int64_t i = 0; i < CONTENDERS_PIECE; i++) {
        logit[i] = i < count ? logits[from + i] : -INFINITY;
    }
    for (int i = 0; i < CONTENDERS_PIECE; i++) {
        float half = (float) (int32_t) (~bits[i] >> 1);
        int32_t logarithm;
        memcpy(&logarithm, &half, sizeof half);
        float bound = (158.0f - (float) logarithm * 0x1p-23f) * 0.6931472f + 0.001f;
        may_win[i] = (logit[i] >= threshold) & (logit[i] + bound >= best);
    }
    int n = 0;
    for (int64_t group = 0; group < count; group += 8) {
        uint64_t any; // of eight, which mostly have none
        memcpy(&any, may_win + group, sizeof any);
        for (int64_t i = group; any != 0 && i < group + 8 && i < count; i++) {
            if (may_win[i]) {
                out[2 * n] = (int32_t) (from + i);
                out[2 * n + 1] = (int32_t) bits[i];
                n++;
            }
        }
    }
    *found = n;
}

#endif
