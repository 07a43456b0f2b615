// Runs every native kernel over awkward sizes on made-up data and prints a hash of each result.
//
// Built with sanitizers it finds reads and writes outside of buffers and undefined behaviour; built for another processor
// it shows that the bits are the same there (check.sh does both). That the bits are right is KernelTiersTest's matter.

#include "../../main/native/kernels.c"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;
static int isa;

static uint32_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t) (state >> 11);
}

// Between −2 and 2.
static float random_float(void) {
    return (float) ((int) (random_bits() % 2000001) - 1000000) / 500000.0f;
}

// Exactly as many bytes as asked for, so that a sanitizer sees the first one beyond.
static void *buffer(size_t bytes) {
    void *p = NULL;
    if (posix_memalign(&p, 64, bytes) != 0) {
        abort();
    }
    memset(p, 0, bytes);
    return p;
}

static float *floats(int count, float scale) {
    float *p = buffer(sizeof(float) * (size_t) count);
    for (int i = 0; i < count; i++) {
        p[i] = random_float() * scale;
    }
    return p;
}

static void print_hash(const char *name, const void *data, size_t bytes) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < bytes; i++) {
        hash = (hash ^ ((const uint8_t *) data)[i]) * 1099511628211u;
    }
    printf("%s %016llx\n", name, (unsigned long long) hash);
}

static int64_t panel_bytes(int type, int k) {
    switch (type) {
        case TYPE_F32: return 64L * k;
        case TYPE_Q4_0: return 288L * k / BLOCK;
        case TYPE_Q8_0: return 544L * k / BLOCK;
        case TYPE_Q4_K: return 2304L * k / 256;
        case TYPE_Q6_K: return 3392L * k / 256;
        default: return 32L * k;
    }
}

static int is_quantised(int type) {
    return type == TYPE_Q4_0 || type == TYPE_Q8_0 || type == TYPE_Q4_K || type == TYPE_Q6_K;
}

static uint16_t random_half(void) {
    return random_bits() & 0xB3FF;
}

// Gives a panel finite floats: all of it, or the scales, 16 for each block of 32 at its start.
static void make_finite(int type, uint8_t *panel, int k) {
    int64_t floats = is_quantised(type) ? k / 2 : PANEL * (int64_t) k;
    for (int64_t i = 0; i < floats; i++) {
        if (type == TYPE_F32) {
            ((float *) panel)[i] = random_float();
        } else {
            ((uint16_t *) panel)[i] = type == TYPE_BF16 ? 0x3C00 + (random_bits() & 0x83FF) : random_half();
        }
    }
}

// The same for types whose scales stand in front of each 256 k.
static void make_scales_finite(int type, uint8_t *panel, int k) {
    for (int64_t at = 0; at < panel_bytes(type, k); at += panel_bytes(type, 256)) {
        for (int i = 0; i < PANEL; i++) {
            if (type == TYPE_Q4_K) {
                ((uint16_t *) (panel + at))[i] = random_half();
                ((uint16_t *) (panel + at))[PANEL + i] = random_half();
            } else {
                ((float *) (panel + at))[i] = random_float();
            }
        }
    }
}

// Random bytes; where they stand for floats, finite ones.
static uint8_t *weights(int type, int k, int panels) {
    int64_t bytes = panel_bytes(type, k);
    uint8_t *w = buffer((size_t) (bytes * panels));
    for (int64_t i = 0; i < bytes * panels; i++) {
        w[i] = (uint8_t) random_bits();
    }
    for (int panel = 0; panel < panels; panel++) {
        if (type == TYPE_Q4_K || type == TYPE_Q6_K) {
            make_scales_finite(type, w + bytes * panel, k);
        } else {
            make_finite(type, w + bytes * panel, k);
        }
    }
    return w;
}

static void check_matmul(int type, int k, int rows) {
    int panels = 3;
    int64_t bytes = panel_bytes(type, k);
    uint8_t *w = weights(type, k, panels);
    float *x = floats(k * rows, 1);
    int64_t pitch = (k + 20L * (k / BLOCK) + 63) / 64 * 64;
    uint8_t *q = buffer((size_t) (pitch * rows));
    for (int r = 0; r < rows; r++) {
        int middle = k / BLOCK / 2 * BLOCK; // two parts, as two workers would make
        lockstep_quantise(isa, x + k * r, k, middle, k, q + pitch * r);
        lockstep_quantise(isa, x + k * r, k, 0, middle, q + pitch * r);
        print_hash("quantise", q + pitch * r, (size_t) (k + 20 * (k / BLOCK)));
    }
    float *out = buffer(sizeof(float) * PANEL * (size_t) (panels * rows));
    lockstep_matmul(isa, type, w, bytes, panels, k, is_quantised(type) ? q : (uint8_t *) x, is_quantised(type) ? pitch : 4L * k, rows,
            (uint8_t *) out, 4L * PANEL * panels);
    print_hash("matmul", out, sizeof(float) * PANEL * (size_t) (panels * rows));
    free(w);
    free(x);
    free(q);
    free(out);
}

// No more floats than the matrix has: none after its last row's last column.
static float *matrix(int rows, int columns, int pitch) {
    return floats((rows - 1) * pitch + columns, 1);
}

// form: 0 for a · b, 1 with b transposed, 2 with a transposed.
static void check_float_product(int form, int m, int n, int k, int padding) {
    int a_rows = form == 2 ? k : m, a_columns = form == 2 ? m : k;
    int b_rows = form == 1 ? n : k, b_columns = form == 1 ? k : n;
    float *a = matrix(a_rows, a_columns, a_columns + padding);
    float *b = matrix(b_rows, b_columns, b_columns + padding);
    float *c = matrix(m, n, n + padding);
    size_t bytes = sizeof(float) * (size_t) ((m - 1) * (n + padding) + n);
    float *avx2 = buffer(bytes);
    memcpy(avx2, c, bytes);
    uint8_t *scratch = buffer(FLOAT_SCRATCH);
    for (int add = 0; add <= 1; add++) {
        // The other instruction set of x86 is other code; its bits are the same, so they need no line of their own.
        for (int set = isa == ISA_AVX512 ? ISA_AVX2 : isa; set <= isa; set++) {
            lockstep_float_product(set, (uint8_t *) a, 4L * (a_columns + padding), form == 2, (uint8_t *) b,
                    4L * (b_columns + padding), form == 1, (uint8_t *) (set == isa ? c : avx2), 4L * (n + padding), m,
                    n, k, add, scratch);
        }
        print_hash("float_product", c, bytes);
        if (isa == ISA_AVX512 && memcmp(c, avx2, bytes) != 0) {
            fprintf(stderr, "float product %d, %d x %d x %d: AVX2 gives other bits\n", form, m, n, k);
            exit(1);
        }
    }
    free(a);
    free(b);
    free(c);
    free(avx2);
    free(scratch);
}

static void check_elementwise(int n) {
    float *a = floats(n, 30);
    float *b = floats(n, 1);
    float *c = floats(n, 1);
    size_t bytes = sizeof(float) * (size_t) n;
    lockstep_rms_norm(isa, a, b, n, 1e-5f, c);
    print_hash("rms_norm", c, bytes);
    lockstep_swiglu(isa, a, b, n);
    print_hash("swiglu", a, bytes);
    lockstep_add(isa, a, c, n);
    print_hash("add", a, bytes);
    lockstep_rope(isa, n % 2, a, n / 2, b);
    print_hash("rope", a, bytes);
    free(a);
    free(b);
    free(c);
}

static void check_gradients(int n) {
    float *x = floats(n, 1), *weight = floats(n, 1), *d = floats(n, 1), *to = floats(n, 1), *e = floats(n, 3);
    size_t bytes = sizeof(float) * (size_t) n;
    float scalars[3];
    scalars[0] = lockstep_rms_norm_gradient(isa, x, weight, d, n, 1e-5f, to);
    print_hash("rms_norm_gradient", to, bytes);
    lockstep_norm_weight_gradient(isa, x, scalars[0], d, n, to);
    print_hash("norm_weight_gradient", to, bytes);
    int seen = n - n / 3;
    scalars[1] = lockstep_max(isa, e, seen);
    scalars[2] = lockstep_exponentials(isa, e, seen, n, 0.5f, scalars[1] * 0.5f);
    print_hash("exponentials", e, bytes);
    lockstep_softmax_gradient(isa, e, to, seen, n, scalars[2], 0.5f);
    print_hash("softmax_gradient", e, bytes);
    print_hash("softmax_gradient", to, bytes);
    print_hash("max, sum", scalars, sizeof scalars);
    lockstep_blend(isa, e, 0.25f, to, -3, n);
    lockstep_divide(isa, e, n, 1.7f);
    lockstep_scale(isa, e, n, 1.3f);
    print_hash("blend, divide, scale", e, bytes);
    lockstep_swiglu_gradient(isa, x, weight, d, n);
    print_hash("swiglu_gradient", x, bytes);
    print_hash("swiglu_gradient", weight, bytes);
    print_hash("swiglu_gradient", d, bytes);
    free(x);
    free(weight);
    free(d);
    free(to);
    free(e);
}

static void check_attention(int f16, int head_size, int length, int group) {
    int64_t pages[8];
    int page_count = (length + PANEL - 1) / PANEL;
    for (int p = 0; p < page_count; p++) {
        pages[p] = (int64_t) buffer(2u * PANEL * (size_t) head_size * (f16 ? 2 : 4));
    }
    for (int p = 0; p < length; p++) {
        float *key = floats(head_size, 1);
        float *value = floats(head_size, p == 3 ? 1e6f : 1);
        lockstep_store_kv(isa, f16, key, value, head_size, (uint8_t *) pages[p / PANEL], p % PANEL);
        free(key);
        free(value);
    }
    float *q = floats(head_size * group, 1);
    float *scores = buffer(sizeof(float) * PANEL * (size_t) (page_count * group));
    float *out = buffer(sizeof(float) * (size_t) (head_size * group));
    lockstep_attend(isa, f16, q, group, head_size, 0.3f, pages, 0, length, scores, PANEL * page_count, out);
    print_hash("attend", out, sizeof(float) * (size_t) (head_size * group));
    for (int p = 0; p < page_count; p++) {
        free((void *) pages[p]);
    }
    free(q);
    free(scores);
    free(out);
}

static void check_pack(int type, int outputs, int k) {
    int64_t row_bytes = panel_bytes(type, k) / PANEL;
    uint8_t *rows = buffer((size_t) (row_bytes * outputs));
    for (int64_t i = 0; i < row_bytes * outputs; i++) {
        rows[i] = (uint8_t) random_bits();
    }
    uint8_t *panel = buffer((size_t) panel_bytes(type, k));
    int finite = lockstep_pack(type, rows, outputs, k, panel);
    print_hash(finite ? "pack, finite" : "pack", panel, (size_t) panel_bytes(type, k));
    free(rows);
    free(panel);
}

int main(void) {
    isa = lockstep_isa();
    if (isa == ISA_NONE) {
        fprintf(stderr, "this processor lacks the instructions\n");
        return 2;
    }
    const int types[] = {TYPE_F32, TYPE_F16, TYPE_BF16, TYPE_Q4_0, TYPE_Q8_0, TYPE_Q4_K, TYPE_Q6_K};
    const int rows[] = {1, 2, 3, 4, 7, 8, 12, 13, 27};
    for (int t = 0; t < 7; t++) {
        int unit = types[t] == TYPE_Q4_K || types[t] == TYPE_Q6_K ? 256 : 32;
        for (int k = unit; k <= 13 * unit; k += 6 * unit) {
            for (int r = 0; r < 9; r++) {
                check_matmul(types[t], k, rows[r]);
            }
        }
    }
    for (int t = 0; t < 5; t++) {
        for (int k = 32; k <= 416; k += 96) {
            for (int outputs = 1; outputs <= PANEL; outputs += 5) {
                check_pack(types[t], outputs, k);
            }
        }
    }
    const int sizes[] = {1, 3, 7, 15, 16, 17, 33, 130};
    for (int form = 0; form < 3; form++) {
        for (int m = 0; m < 8; m++) {
            for (int n = 0; n < 8; n++) {
                check_float_product(form, sizes[m], sizes[n], sizes[(m + 3 * n) % 8], (m + n) % 3);
            }
        }
        check_float_product(form, 2, 1041, 5, 1);
        check_float_product(form, 110, 5, 4098, 0);
    }
    for (int n = 1; n < 300; n += 13) {
        check_elementwise(n);
        check_gradients(n);
    }
    for (int head_size = 4; head_size <= 80; head_size += 19) {
        for (int length = 1; length < 70; length += 17) {
            for (int group = 1; group < 14; group += 4) {
                check_attention(0, head_size, length, group);
                check_attention(1, head_size, length, group);
            }
        }
    }
    return 0;
}
