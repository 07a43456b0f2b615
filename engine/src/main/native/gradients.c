// What training needs beside the forward pass (GradientKernels.java has the formulas), bit for bit as the scalar tier.
//
// A part of kernels.c, which includes it once for the entry points and once for each instruction set. A row is gone
// through in pieces of PANEL floats, since that is how many partial sums R5 has; what is left over a whole piece goes
// through the same vectors on a copy, or singly.

#ifndef ISA // ================================================================================ once: dispatch

EXPORT float lockstep_max(int isa, const float *x, int64_t n) {
    float max;
    DISPATCH(isa, max, x, n, &max);
    return max;
}

EXPORT float lockstep_exponentials(int isa, float *x, int64_t n, int64_t end, float scale, float max) {
    float sum;
    DISPATCH(isa, exponentials, x, n, end, scale, max, &sum);
    return sum;
}

EXPORT void lockstep_divide(int isa, float *x, int64_t n, float divisor) {
    DISPATCH(isa, divide, x, n, divisor);
}

EXPORT void lockstep_scale(int isa, float *x, int64_t n, float factor) {
    DISPATCH(isa, scale, x, n, factor);
}

EXPORT void lockstep_blend(int isa, float *x, float a, const float *y, float b, int64_t n) {
    DISPATCH(isa, blend, x, a, y, b, n);
}

EXPORT void lockstep_softmax_gradient(int isa, float *e, float *d, int64_t n, int64_t end, float sum, float scale) {
    DISPATCH(isa, softmax_gradient, e, d, n, end, sum, scale);
}

EXPORT void lockstep_swiglu_gradient(int isa, float *gate, float *up, float *d, int64_t n) {
    DISPATCH(isa, swiglu_gradient, gate, up, d, n);
}

EXPORT float lockstep_rms_norm_gradient(
        int isa, const float *x, const float *weight, const float *d, int64_t n, float epsilon, float *to) {
    float scale;
    DISPATCH(isa, rms_norm_gradient, x, weight, d, n, epsilon, to, &scale);
    return scale;
}

EXPORT void lockstep_norm_weight_gradient(int isa, const float *x, float r, const float *d, int64_t n, float *to) {
    DISPATCH(isa, norm_weight_gradient, x, r, d, n, to);
}

#else // ======================================================================= once for each instruction set

// What is left of a row, n of PANEL floats, with others after it that change nothing.
INLINE void FN(rest)(const float *from, int64_t n, float filler, float *to) {
    for (int64_t i = 0; i < PANEL; i++) {
        to[i] = i < n ? from[i] : filler;
    }
}

static void FN(max)(const float *x, int64_t n, float *to) {
    float lanes[LANES], max = x[0];
    int64_t i = 0;
    if (n >= LANES) {
        V largest = v_load(x);
        for (i = LANES; i + LANES <= n; i += LANES) {
            largest = v_max(largest, v_load(x + i));
        }
        v_store(lanes, largest);
        for (int l = 0; l < LANES; l++) {
            max = lanes[l] > max ? lanes[l] : max;
        }
    }
    for (; i < n; i++) {
        max = x[i] > max ? x[i] : max;
    }
    *to = max;
}

// PANEL numbers; their exponentials are added to the partial sums.
INLINE void FN(exponentials16)(float *x, float scale, float max, V *sums) {
#pragma GCC unroll 4
    for (int part = 0; part < PARTS; part++) {
        V scaled = v_sub(v_mul(v_load(x + part * LANES), v_set(scale)), v_set(max));
        V e = FN(v_exp)(scaled);
        v_store(x + part * LANES, e);
        sums[part] = v_add(sums[part], e);
    }
}

static void FN(exponentials)(float *x, int64_t n, int64_t end, float scale, float max, float *sum) {
    V sums[PARTS];
    for (int part = 0; part < PARTS; part++) {
        sums[part] = v_zero();
    }
    int64_t i = 0;
    for (; i + PANEL <= n; i += PANEL) {
        FN(exponentials16)(x + i, scale, max, sums);
    }
    if (i < n) {
        float last[PANEL];
        FN(rest)(x + i, n - i, -INFINITY, last);
        FN(exponentials16)(last, scale, max, sums);
        for (int64_t j = i; j < n; j++) {
            x[j] = last[j - i];
        }
    }
    for (int64_t j = n; j < end; j++) {
        x[j] = 0;
    }
    float partial[PANEL];
    for (int part = 0; part < PARTS; part++) {
        v_store(partial + part * LANES, sums[part]);
    }
    *sum = sum16(partial);
}

static void FN(divide)(float *x, int64_t n, float divisor) {
    for (int64_t i = 0; i < n; i++) {
        x[i] /= divisor;
    }
}

static void FN(scale)(float *x, int64_t n, float factor) {
    for (int64_t i = 0; i < n; i++) {
        x[i] *= factor;
    }
}

static void FN(blend)(float *x, float a, const float *y, float b, int64_t n) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        v_store(x + i, v_fma(v_set(a), v_load(x + i), v_mul(v_set(b), v_load(y + i))));
    }
    for (; i < n; i++) {
        x[i] = __builtin_fmaf(a, x[i], b * y[i]);
    }
}

static void FN(softmax_gradient)(float *e, float *d, int64_t n, int64_t end, float sum, float scale) {
    float partial[PANEL], inverse = 1.0f / sum;
    int64_t whole = n & -PANEL;
    for (int64_t i = 0; i < n; i++) {
        float p = e[i] * inverse;
        e[i] = p < LEAST_PROBABILITY ? 0 : p;
    }
    V sums[PARTS];
    for (int part = 0; part < PARTS; part++) {
        sums[part] = v_zero();
    }
    for (int64_t i = 0; i < whole; i += PANEL) {
#pragma GCC unroll 4
        for (int part = 0; part < PARTS; part++) {
            V p = v_load(e + i + part * LANES);
            sums[part] = v_fma(p, v_load(d + i + part * LANES), sums[part]);
        }
    }
    for (int part = 0; part < PARTS; part++) {
        v_store(partial + part * LANES, sums[part]);
    }
    for (int64_t i = whole; i < n; i++) {
        partial[i - whole] = __builtin_fmaf(e[i], d[i], partial[i - whole]);
    }
    float dot = sum16(partial);
    for (int64_t i = 0; i < n; i++) {
        d[i] = e[i] * (d[i] - dot) * scale;
    }
    for (int64_t i = n; i < end; i++) {
        d[i] = 0;
    }
}

INLINE void FN(swiglu_gradient1)(float *gate, float *up, float *d) {
    V one = v_set(1.0f), g = v_load(gate), u = v_load(up), gradient = v_load(d);
    V t = v_add(one, FN(v_exp)(v_sub(v_set(-0.0f), g)));
    V silu = v_div(g, t);
    V sigmoid = v_div(one, t);
    v_store(gate, v_mul(v_mul(gradient, u), v_fma(silu, v_sub(one, sigmoid), sigmoid)));
    v_store(up, v_mul(gradient, silu));
    v_store(d, v_mul(silu, u));
}

static void FN(swiglu_gradient)(float *gate, float *up, float *d, int64_t n) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        FN(swiglu_gradient1)(gate + i, up + i, d + i);
    }
    if (i < n) {
        float g[PANEL], u[PANEL], r[PANEL];
        FN(rest)(gate + i, n - i, 0, g);
        FN(rest)(up + i, n - i, 0, u);
        FN(rest)(d + i, n - i, 0, r);
        FN(swiglu_gradient1)(g, u, r);
        for (int64_t j = i; j < n; j++) {
            gate[j] = g[j - i];
            up[j] = u[j - i];
            d[j] = r[j - i];
        }
    }
}

static void FN(rms_norm_gradient)(
        const float *x, const float *weight, const float *d, int64_t n, float epsilon, float *to, float *scale) {
    float squares[PANEL], dots[PANEL];
    int64_t whole = n & -PANEL;
    for (int part = 0; part < PARTS; part++) {
        V square = v_zero(), dot = v_zero();
        for (int64_t i = part * LANES; i < whole; i += PANEL) {
            V v = v_load(x + i);
            square = v_fma(v, v, square);
            dot = v_fma(v_mul(v_load(d + i), v_load(weight + i)), v, dot);
        }
        v_store(squares + part * LANES, square);
        v_store(dots + part * LANES, dot);
    }
    for (int64_t i = whole; i < n; i++) {
        squares[i - whole] = __builtin_fmaf(x[i], x[i], squares[i - whole]);
        dots[i - whole] = __builtin_fmaf(d[i] * weight[i], x[i], dots[i - whole]);
    }
    float r = 1.0f / __builtin_sqrtf(sum16(squares) / (float) n + epsilon);
    float k = sum16(dots) * r * r / (float) n;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        V gradient = v_mul(v_load(d + i), v_load(weight + i));
        V negative = v_sub(v_set(-0.0f), v_load(x + i));
        v_store(to + i, v_add(v_load(to + i), v_mul(v_set(r), v_fma(negative, v_set(k), gradient))));
    }
    for (; i < n; i++) {
        to[i] += r * __builtin_fmaf(-x[i], k, d[i] * weight[i]);
    }
    *scale = r;
}

static void FN(norm_weight_gradient)(const float *x, float r, const float *d, int64_t n, float *to) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        v_store(to + i, v_fma(v_load(d + i), v_mul(v_load(x + i), v_set(r)), v_load(to + i)));
    }
    for (; i < n; i++) {
        to[i] = __builtin_fmaf(d[i], x[i] * r, to[i]);
    }
}

#endif
