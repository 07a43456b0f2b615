// The native tier: the scalar tier's arithmetic (docs/numerics.md) in C, bit for bit.
//
// The kernels are written once, over vectors V of LANES floats whose lanes are outputs (or positions, or dimensions),
// and compiled once for each instruction set, by this file including itself with ISA set. Which set runs is decided by
// lockstep_isa() on the machine that runs, never by the one that builds. A panel's 16 outputs are PARTS vectors.
//
// Rounding: every fused multiply-add is asked for by name and the build passes -ffp-contract=off, so the compiler adds
// none. Integer dots are exact, whatever instruction makes them. Layouts: PackedMatrix (weights), Kernels.attend (KV
// pages), NativeKernels (quantised activations). Of the parts of this file, kernels_k.c, gradients.c, sampling.c and
// float_products.c are compiled as often as it is, pack.c once.

#ifndef ISA // ================================================================================ once: dispatch

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { TYPE_F32 = 0, TYPE_F16 = 1, TYPE_Q4_0 = 2, TYPE_Q8_0 = 8, TYPE_Q4_K = 12, TYPE_Q6_K = 14, TYPE_BF16 = 30 };
enum { PANEL = 16, BLOCK = 32 };
enum { TILE_ROWS_MAX = 12, ATTENTION_SUMS = 8, PROBE_ACCUMULATORS = 12 };
// Blocks of a float product: of k; of panels, which together fill half of a second-level cache of 1 MiB; of tiles of a
// transposed operand's rows. A tile's rows lie X_PITCH floats apart.
enum { K_BLOCK = 256, X_PITCH = K_BLOCK + 16, PANEL_BLOCK = 32, GROUP_TILES = 8 };
enum { FLOAT_SCRATCH_PANELS = 4 * PANEL_BLOCK * PANEL * (K_BLOCK + 1) };
enum { FLOAT_SCRATCH = FLOAT_SCRATCH_PANELS + 4 * GROUP_TILES * TILE_ROWS_MAX * X_PITCH };
_Static_assert(FLOAT_SCRATCH == 630784, "NativeFloatProducts has the same number");
// Numbers among which the largest is found at once; random blocks computed at once; SamplingKernels.PIECE.
enum { SEARCHED_TOGETHER = 256, BLOCKS_SIDE_BY_SIDE = 8, CONTENDERS_PIECE = 256 };
enum { ISA_NONE = 0, ISA_AVX2 = 1, ISA_AVX512 = 2, ISA_NEON = 3 };

// GradientKernels.java has the same constant, and says what it is for.
#define LEAST_PROBABILITY 0x1p-60f

// Elementary.java has the same constants, and says what they are.
#define ROUND 12582912.0f
#define EXP_MIN -87.33654f
#define EXP_MAX 88.37626f
#define LOG2_E 1.44269504088896341f
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f
#define QUANTISE_MIN 1e-30f
#define F16_MAX 65504.0f

// Instructions written out need an optimiser that unrolls the rows of a tile, and hide what they read from sanitizers.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(LOCKSTEP_SANITIZED)
#define WRITTEN_OUT
#endif

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define FN(name) PASTE(name, ISA)

// What a product needs: the panels' first byte, their size and number; rows of x and of the output.
typedef struct {
    const uint8_t *weights;
    int64_t panel_bytes;
    int64_t panels;
    int64_t k;
    const uint8_t *x;
    int64_t x_pitch;
    int64_t rows;
    uint8_t *out;
    int64_t out_pitch;
} product;

// What a product of row-major matrices needs: c[m][n] (+)= Σ a[m][k] · b[k][n] over rows of c; pitches are bytes. A
// transposed operand is stored the other way round.
typedef struct {
    const uint8_t *a;
    int64_t a_pitch;
    int a_transposed;
    const uint8_t *b;
    int64_t b_pitch;
    int b_transposed;
    uint8_t *c;
    int64_t c_pitch;
    int64_t rows;
    int64_t n;
    int64_t k;
    int add;
    uint8_t *scratch; // FLOAT_SCRATCH bytes, 64-byte aligned
} float_product;

// What attention of one token needs; see Kernels.attend.
typedef struct {
    const float *q;
    int64_t group;
    int64_t head_size;
    float scale;
    const int64_t *pages;
    int64_t offset;
    int64_t length;
    float *scores;
    int64_t scores_pitch;
    float *out;
} attention;

// A block of a quantised row: 32 bytes, their scale (float), −8 · their sum (int32). Behind all blocks, for the types
// that need them: scale · sum of each block (float); −32 · the sums of each block's halves (int32).
#define X_BLOCK (BLOCK + 8)
#define X_PRODUCTS(k) ((k) / BLOCK * X_BLOCK)
#define X_HALVES(k) (X_PRODUCTS(k) + (k) / BLOCK * 4)

// Bytes from the weights in use to those asked for beforehand. The processor's own prefetcher stops at every 4 KB.
#define PREFETCH 4096

// Every panel of quantised weights meets all rows, so these should stay in the second-level cache: more rows are taken in
// turns of about as many bytes, each with all panels.
#define X_BYTES_MAX (512 * 1024)

// The rows of a tile are reached from four bases, see "Integer dots".
#define EACH_ROW _Pragma("GCC unroll 16") for (int r = 0; r < R; r++)
#define BASE(r) ((r) < 3 ? x0 : (r) < 6 ? x3 : (r) < 9 ? x6 : x9)
#define ROW(x, pitch, r, at) ((x) + (r) % 3 * (pitch) + (at))

// The fixed tree of rule R5.
INLINE float sum16(float *partial) {
    for (int half = 8; half >= 1; half /= 2) {
        for (int i = 0; i < half; i++) {
            partial[i] += partial[i + half];
        }
    }
    return partial[0];
}

#if defined(__x86_64__)

#include <immintrin.h>

#define ISA 512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#include "kernels.c"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")
#include "kernels.c"
#pragma GCC pop_options
#endif
#undef ISA

#define ISA 256
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "kernels.c"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
#include "kernels.c"
#pragma GCC pop_options
#endif
#undef ISA

EXPORT int lockstep_isa(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
        return ISA_AVX512;
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
            ? ISA_AVX2
            : ISA_NONE;
}

#define DISPATCH(isa, name, ...) ((isa) == ISA_AVX512 ? name##_512(__VA_ARGS__) : name##_256(__VA_ARGS__))

#elif defined(__aarch64__)

#include <arm_neon.h>

#define ISA 128
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("arch=armv8.2-a+dotprod+fp16"))), apply_to = function)
#include "kernels.c"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod+fp16")
#include "kernels.c"
#pragma GCC pop_options
#endif
#undef ISA

#if defined(__linux__)
#include <sys/auxv.h>
EXPORT int lockstep_isa(void) {
    return (getauxval(AT_HWCAP) & (1UL << 20)) ? ISA_NEON : ISA_NONE; // HWCAP_ASIMDDP
}
#else
EXPORT int lockstep_isa(void) {
    return ISA_NEON; // every 64-bit Apple processor has the dot product
}
#endif

#define DISPATCH(isa, name, ...) ((void) (isa), name##_128(__VA_ARGS__))

#else
#error "no native kernels for this processor"
#endif

EXPORT void lockstep_matmul(int isa, int type, const uint8_t *weights, int64_t panel_bytes, int64_t panels, int64_t k,
        const uint8_t *x, int64_t x_pitch, int64_t rows, uint8_t *out, int64_t out_pitch) {
    int is_float = type == TYPE_F32 || type == TYPE_F16 || type == TYPE_BF16;
    int64_t blocks = is_float ? 1 : (rows * x_pitch + X_BYTES_MAX - 1) / X_BYTES_MAX;
    int64_t most = (rows + blocks * TILE_ROWS_MAX - 1) / (blocks * TILE_ROWS_MAX) * TILE_ROWS_MAX;
    for (int64_t r = 0; r < rows; r += most) {
        int64_t count = rows - r < most ? rows - r : most;
        product p = {weights, panel_bytes, panels, k, x + r * x_pitch, x_pitch, count, out + r * out_pitch, out_pitch};
        DISPATCH(isa, matmul, type, &p);
    }
}

EXPORT void lockstep_float_product(int isa, const uint8_t *a, int64_t a_pitch, int a_transposed, const uint8_t *b,
        int64_t b_pitch, int b_transposed, uint8_t *c, int64_t c_pitch, int64_t rows, int64_t n, int64_t k, int add,
        uint8_t *scratch) {
    float_product p = {a, a_pitch, a_transposed, b, b_pitch, b_transposed, c, c_pitch, rows, n, k, add, scratch};
    DISPATCH(isa, float_product, &p);
}

EXPORT void lockstep_quantise(int isa, const float *x, int64_t k, int64_t from, int64_t to, uint8_t *row) {
    DISPATCH(isa, quantise, x, k, from, to, row);
}

EXPORT void lockstep_rms_norm(int isa, const float *x, const float *weight, int64_t n, float epsilon, float *out) {
    DISPATCH(isa, rms_norm, x, weight, n, epsilon, out);
}

EXPORT void lockstep_add(int isa, float *x, const float *y, int64_t n) {
    DISPATCH(isa, add, x, y, n);
}

EXPORT void lockstep_swiglu(int isa, float *gate, const float *up, int64_t n) {
    DISPATCH(isa, swiglu, gate, up, n);
}

EXPORT void lockstep_rope(int isa, int halves, float *x, int64_t pairs, const float *table) {
    DISPATCH(isa, rope, halves, x, pairs, table);
}

EXPORT void lockstep_store_kv(
        int isa, int f16, const float *key, const float *value, int64_t head_size, uint8_t *page, int64_t slot) {
    DISPATCH(isa, store_kv, f16, key, value, head_size, page, slot);
}

EXPORT void lockstep_attend(int isa, int f16, const float *q, int64_t group, int64_t head_size, float scale,
        const int64_t *pages, int64_t offset, int64_t length, float *scores, int64_t scores_pitch, float *out) {
    attention a = {q, group, head_size, scale, pages, offset, length, scores, scores_pitch, out};
    DISPATCH(isa, attend, f16, &a);
}

#include "gradients.c"
#include "sampling.c"

// What the machine can do, for MachineProbe. `sink` holds the operands, 64 bytes, and takes the
// result, so that nothing is left out as unused.
EXPORT void lockstep_read_bytes(int isa, const uint8_t *from, int64_t bytes, uint8_t *sink) {
    DISPATCH(isa, read_bytes, from, bytes, sink);
}

EXPORT void lockstep_fma_peak(int isa, int64_t rounds, float *sink) {
    DISPATCH(isa, fma_peak, rounds, sink);
}

EXPORT void lockstep_dot_peak(int isa, int64_t rounds, int32_t *sink) {
    DISPATCH(isa, dot_peak, rounds, sink);
}

#include "pack.c"

#else // ======================================================================= once for each instruction set

// ---- Vectors

#if ISA == 512

#define LANES 16
#define V __m512
#define VI __m512i
#define v_zero() _mm512_setzero_ps()
#define v_set(x) _mm512_set1_ps(x)
#define v_load(p) _mm512_loadu_ps(p)
#define v_store(p, v) _mm512_storeu_ps(p, v)
#define v_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)
#define v_add(a, b) _mm512_add_ps(a, b)
#define v_sub(a, b) _mm512_sub_ps(a, b)
#define v_mul(a, b) _mm512_mul_ps(a, b)
#define v_div(a, b) _mm512_div_ps(a, b)
#define v_min(a, b) _mm512_min_ps(a, b)
#define v_max(a, b) _mm512_max_ps(a, b)
#define v_abs(a) _mm512_abs_ps(a)
#define v_where_ge(x, limit, v) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, limit, _CMP_GE_OQ), v)
#define v_f16(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) (p)))
#define v_bf16(p) \
    _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *) (p))), 16))
#define v_power2(rounded) \
    _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32(_mm512_castps_si512(rounded), 23), _mm512_set1_epi32(0x3F800000)))
#define vi_zero() _mm512_setzero_si512()
#define vi_set(i) _mm512_set1_epi32(i)
#define vi_add(a, b) _mm512_add_epi32(a, b)
#define vi_float(i) _mm512_cvtepi32_ps(i)
#define vi_whole(v) _mm512_cvtps_epi32(v)
#define v_even(v) _mm512_moveldup_ps(v)
#define v_odd(v) _mm512_movehdup_ps(v)
#define v_swap(v) _mm512_permute_ps(v, 0xB1)
#define v_negate_even(v) _mm512_xor_ps(v, _mm512_castsi512_ps(_mm512_set1_epi64(0x80000000LL)))
#define v_to_f16(to, v) _mm256_storeu_si256((__m256i *) (to), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))

INLINE void FN(store_bytes)(int8_t *to, __m512i i) {
    _mm_storeu_si128((__m128i *) to, _mm512_cvtepi32_epi8(i));
}

INLINE float FN(largest_lane)(__m512 v) {
    return _mm512_reduce_max_ps(v);
}

INLINE int32_t FN(sum_lanes)(__m512i i) {
    return _mm512_reduce_add_epi32(i);
}

#elif ISA == 256

#define LANES 8
#define V __m256
#define VI __m256i
#define v_zero() _mm256_setzero_ps()
#define v_set(x) _mm256_set1_ps(x)
#define v_load(p) _mm256_loadu_ps(p)
#define v_store(p, v) _mm256_storeu_ps(p, v)
#define v_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define v_add(a, b) _mm256_add_ps(a, b)
#define v_sub(a, b) _mm256_sub_ps(a, b)
#define v_mul(a, b) _mm256_mul_ps(a, b)
#define v_div(a, b) _mm256_div_ps(a, b)
#define v_min(a, b) _mm256_min_ps(a, b)
#define v_max(a, b) _mm256_max_ps(a, b)
#define v_abs(a) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a)
#define v_where_ge(x, limit, v) _mm256_and_ps(_mm256_cmp_ps(x, limit, _CMP_GE_OQ), v)
#define v_f16(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) (p)))
#define v_bf16(p) \
    _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) (p))), 16))
#define v_power2(rounded) \
    _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(rounded), 23), _mm256_set1_epi32(0x3F800000)))
#define vi_zero() _mm256_setzero_si256()
#define vi_set(i) _mm256_set1_epi32(i)
#define vi_add(a, b) _mm256_add_epi32(a, b)
#define vi_float(i) _mm256_cvtepi32_ps(i)
#define vi_whole(v) _mm256_cvtps_epi32(v)
#define v_even(v) _mm256_moveldup_ps(v)
#define v_odd(v) _mm256_movehdup_ps(v)
#define v_swap(v) _mm256_permute_ps(v, 0xB1)
#define v_negate_even(v) _mm256_xor_ps(v, _mm256_castsi256_ps(_mm256_set1_epi64x(0x80000000LL)))
#define v_to_f16(to, v) _mm_storeu_si128((__m128i *) (to), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC))

// Packing takes each half of 128 bits by itself, so the halves are taken apart before it.
INLINE void FN(store_bytes)(int8_t *to, __m256i i) {
    __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1));
    _mm_storel_epi64((__m128i *) to, _mm_packs_epi16(shorts, shorts));
}

INLINE float FN(largest_lane)(__m256 v) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

INLINE int32_t FN(sum_lanes)(__m256i i) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1));
    __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

#else

#define LANES 4
#define V float32x4_t
#define VI int32x4_t
#define v_zero() vdupq_n_f32(0)
#define v_set(x) vdupq_n_f32(x)
#define v_load(p) vld1q_f32(p)
#define v_store(p, v) vst1q_f32(p, v)
#define v_fma(a, b, c) vfmaq_f32(c, a, b)
#define v_fnma(a, b, c) vfmsq_f32(c, a, b)
#define v_add(a, b) vaddq_f32(a, b)
#define v_sub(a, b) vsubq_f32(a, b)
#define v_mul(a, b) vmulq_f32(a, b)
#define v_div(a, b) vdivq_f32(a, b)
#define v_min(a, b) vminq_f32(a, b)
#define v_max(a, b) vmaxq_f32(a, b)
#define v_abs(a) vabsq_f32(a)
#define v_where_ge(x, limit, v) \
    vreinterpretq_f32_u32(vandq_u32(vcgeq_f32(x, limit), vreinterpretq_u32_f32(v)))
#define v_f16(p) vcvt_f32_f16(vld1_f16((const __fp16 *) (p)))
#define v_bf16(p) vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const uint16_t *) (p)), 16))
#define v_power2(rounded) \
    vreinterpretq_f32_s32(vaddq_s32(vshlq_n_s32(vreinterpretq_s32_f32(rounded), 23), vdupq_n_s32(0x3F800000)))
#define vi_zero() vdupq_n_s32(0)
#define vi_set(i) vdupq_n_s32(i)
#define vi_add(a, b) vaddq_s32(a, b)
#define vi_float(i) vcvtq_f32_s32(i)
#define vi_whole(v) vcvtq_s32_f32(v)
#define v_even(v) vtrn1q_f32(v, v)
#define v_odd(v) vtrn2q_f32(v, v)
#define v_swap(v) vrev64q_f32(v)
#define v_negate_even(v) \
    vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(v), vreinterpretq_u32_u64(vdupq_n_u64(0x80000000ULL))))
#define v_to_f16(to, v) vst1_f16((__fp16 *) (to), vcvt_f16_f32(v))

INLINE void FN(store_bytes)(int8_t *to, int32x4_t i) {
    int16x4_t shorts = vmovn_s32(i);
    int8x8_t bytes = vmovn_s16(vcombine_s16(shorts, shorts));
    memcpy(to, &bytes, LANES);
}

INLINE float FN(largest_lane)(float32x4_t v) {
    return vmaxvq_f32(v);
}

INLINE int32_t FN(sum_lanes)(int32x4_t i) {
    return vaddvq_s32(i);
}

#endif

#define PARTS (PANEL / LANES)

// ---- Integer dots: 4 k of LANES outputs at a time
//
// weights4 holds 4 k of LANES outputs ready to multiply; unpacking is paid once and shared by the rows of a tile.
// dot4(sum, w, x, …) adds to each output the sum of its 4 products with 4 activations. The weights may carry an offset
// (8 for nibbles, 128 for bytes of AVX-512), which start_q4 and start_q8 take away beforehand: they begin a block's sum
// with −offset · Σ activations, made from the −8 · Σ that is kept with the block.
//
// An operand of row r is (x, pitch, r, at): row r's byte `at` of a block, x being the base of row r − r mod 3.

#if ISA == 512

#define weights4 __m512i
#define q4_load(p) _mm512_loadu_si512(p)
#define q4_low(b) _mm512_and_si512(b, _mm512_set1_epi8(15))
#define q4_high(b) _mm512_and_si512(_mm512_srli_epi16(b, 4), _mm512_set1_epi8(15))
#define q8_load(p) _mm512_xor_si512(_mm512_loadu_si512(p), _mm512_set1_epi8((char) 0x80))
#define dot4_q8(sum, w, x, pitch, r, at) dot4_q4(sum, w, x, pitch, r, at)
#define start_q8(sum, x, pitch, r)         \
    do {                                   \
        start_q4(sum, x, pitch, r);        \
        sum = _mm512_slli_epi32(sum, 4);   \
    } while (0)

#ifdef WRITTEN_OUT

// Written out because the address can then be a register, 0, 1 or 2 pitches and a constant, inside the instruction: 12
// rows take 5 registers. Through the intrinsics GCC 12 keeps a register for each pair of row and offset, runs out of
// them, and copies accumulators on top. The memory that is read is nowhere written in this file's callers' reach, so it
// is not declared as an operand.
#define row_operand(op, r, x, pitch, at, to, ...)                                                                   \
    do {                                                                                                            \
        if ((r) % 3 == 0) {                                                                                         \
            __asm__(op("%c[d](%[b])") : to : [b] "r"(x), [d] "i"(at), ##__VA_ARGS__);                               \
        } else if ((r) % 3 == 1) {                                                                                  \
            __asm__(op("%c[d](%[b],%[p])") : to : [b] "r"(x), [p] "r"(pitch), [d] "i"(at), ##__VA_ARGS__);          \
        } else {                                                                                                    \
            __asm__(op("%c[d](%[b],%[p],2)") : to : [b] "r"(x), [p] "r"(pitch), [d] "i"(at), ##__VA_ARGS__);        \
        }                                                                                                           \
    } while (0)
#define op_dot4(address) "vpdpbusd " address "%{1to16%}, %[in], %[out]"
#define op_mul(address) "vmulps " address "%{1to16%}, %[in], %[out]"
#define op_fnma(address) "vfnmadd231ps " address "%{1to16%}, %[in], %[out]"
#define op_broadcast(address) "vpbroadcastd " address ", %[out]"

#define dot4_q4(sum, w, x, pitch, r, at) row_operand(op_dot4, r, x, pitch, at, [out] "+v"(sum), [in] "v"(w))
#define start_row(sum, x, pitch, r, at) row_operand(op_broadcast, r, x, pitch, at, [out] "=v"(sum))
#define fnma_row(sum, v, x, pitch, r, at) row_operand(op_fnma, r, x, pitch, at, [out] "+v"(sum), [in] "v"(v))
#define mul_row(product, v, x, pitch, r, at) row_operand(op_mul, r, x, pitch, at, [out] "=v"(product), [in] "v"(v))

#else
#define dot4_q4(sum, w, x, pitch, r, at) \
    ((sum) = _mm512_dpbusd_epi32(sum, w, _mm512_set1_epi32(*(const int32_t *) ROW(x, pitch, r, at))))
#endif

#elif ISA == 256

#define weights4 __m256i
#define q4_load(p) _mm256_loadu_si256((const __m256i *) (p))
#define q4_low(b) _mm256_and_si256(b, _mm256_set1_epi8(15))
#define q4_high(b) _mm256_and_si256(_mm256_srli_epi16(b, 4), _mm256_set1_epi8(15))
#define q8_load(p) _mm256_loadu_si256((const __m256i *) (p))

// 2 · 15 · 127, and 2 · 63 · 127 for Q6_K, fit in 16 bits, so the pairwise instruction does not saturate.
INLINE __m256i dot4_q4_256(__m256i sum, __m256i w, const uint8_t *x) {
    __m256i pairs = _mm256_maddubs_epi16(w, _mm256_set1_epi32(*(const int32_t *) x));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// |w| · (x with w's sign): 2 · 128 · 127 fits in 16 bits. Activations are never −128.
INLINE __m256i dot4_q8_256(__m256i sum, __m256i w, const uint8_t *x) {
    __m256i signed_x = _mm256_sign_epi8(_mm256_set1_epi32(*(const int32_t *) x), w);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), signed_x);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#define dot4_q4(sum, w, x, pitch, r, at) ((sum) = dot4_q4_256(sum, w, ROW(x, pitch, r, at)))
#define dot4_q8(sum, w, x, pitch, r, at) ((sum) = dot4_q8_256(sum, w, ROW(x, pitch, r, at)))

#else

#define weights4 int8x16_t
#define q4_load(p) vld1q_s8((const int8_t *) (p))
#define q4_low(b) vandq_s8(b, vdupq_n_s8(15))
#define q4_high(b) vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(b), 4))
#define q8_load(p) vld1q_s8((const int8_t *) (p))
#define dot4_q4(sum, w, x, pitch, r, at) \
    ((sum) = vdotq_s32(sum, w, vreinterpretq_s8_s32(vdupq_n_s32(*(const int32_t *) ROW(x, pitch, r, at)))))
#define dot4_q8(sum, w, x, pitch, r, at) dot4_q4(sum, w, x, pitch, r, at)

#endif

#ifndef start_q8
#define start_q8(sum, x, pitch, r) ((sum) = vi_zero())
#endif
#define start_q4(sum, x, pitch, r) start_row(sum, x, pitch, r, BLOCK + 4)
#ifndef start_row
#define start_row(sum, x, pitch, r, at) ((sum) = vi_set(*(const int32_t *) ROW(x, pitch, r, at)))
#define fnma_row(sum, v, x, pitch, r, at) \
    ((sum) = v_fnma(v, v_set(*(const float *) ROW(x, pitch, r, at)), sum))
#define mul_row(product, v, x, pitch, r, at) ((product) = v_mul(v, v_set(*(const float *) ROW(x, pitch, r, at))))
#endif

// ---- Matrix products: a tile is one part of one panel times R rows, all of k

// Q4_0 and Q8_0: two lots of 4 k at a time, from 4 j and from 16 + 4 j, which is where a Q4_0 word has its nibbles.
// With few rows, when reading sets the pace, nothing is asked for behind `last`, the last block of the call: what
// follows is often another core's, or nobody's.
INLINE void FN(tile_quantised)(const uint8_t *w, int64_t k, const uint8_t *x, int64_t x_pitch, uint8_t *out,
        int64_t out_pitch, int part, const int R, const int type, const uint8_t *last) {
    const int four = type == TYPE_Q4_0;
    V acc[TILE_ROWS_MAX];
    EACH_ROW acc[r] = v_zero();
    const uint8_t *scales = w + 2 * LANES * part, *words = w + k + 4 * LANES * part;
    const uint8_t *x0 = x, *x3 = x + 3 * x_pitch, *x6 = x + 6 * x_pitch, *x9 = x + 9 * x_pitch;
    for (const uint8_t *end = x + k / BLOCK * X_BLOCK; x0 < end;) {
        VI sum[TILE_ROWS_MAX];
        EACH_ROW {
            if (four) {
                start_q4(sum[r], BASE(r), x_pitch, r);
            } else {
                start_q8(sum[r], BASE(r), x_pitch, r);
            }
        }
        const uint8_t *ahead = R > 4 || words + PREFETCH < last ? words + PREFETCH : last;
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            weights4 first, second;
            __builtin_prefetch(ahead + 64 * j);
            if (four) {
                second = q4_load(words + 64 * j);
                first = q4_low(second);
                second = q4_high(second);
                EACH_ROW dot4_q4(sum[r], first, BASE(r), x_pitch, r, 4 * j);
                EACH_ROW dot4_q4(sum[r], second, BASE(r), x_pitch, r, 16 + 4 * j);
            } else {
                __builtin_prefetch(ahead + 64 * (j + 4));
                first = q8_load(words + 64 * j);
                second = q8_load(words + 64 * (j + 4));
                EACH_ROW dot4_q8(sum[r], first, BASE(r), x_pitch, r, 4 * j);
                EACH_ROW dot4_q8(sum[r], second, BASE(r), x_pitch, r, 16 + 4 * j);
            }
        }
        V scale = v_f16(scales);
        EACH_ROW {
            V both;
            mul_row(both, scale, BASE(r), x_pitch, r, BLOCK);
            acc[r] = v_fma(vi_float(sum[r]), both, acc[r]);
        }
        scales += 2 * PANEL;
        words += (four ? 4 : 8) * 4 * PANEL;
        x0 += X_BLOCK;
        x3 += X_BLOCK;
        x6 += X_BLOCK;
        x9 += X_BLOCK;
    }
    EACH_ROW v_store((float *) (out + r * out_pitch), acc[r]);
}

#include "kernels_k.c"

// Panels one after another; of a panel, as few tiles of at most `most` rows as can be, of one size but for a row: a tile's
// time hardly depends on its rows while they are few, so 5 rows as 4 and 1 would take nearly twice as long as 5.
#define MATMUL(name, tile, most, ...)                                                                               \
    static void FN(name)(const product *p) {                                                                        \
        int64_t tiles = (p->rows + (most) - 1) / (most), smaller = p->rows / tiles, larger = p->rows % tiles;       \
        for (int64_t n = 0; n < p->panels; n++) {                                                                   \
            const uint8_t *w = p->weights + n * p->panel_bytes;                                                     \
            for (int part = 0; part < PARTS; part++) {                                                              \
                uint8_t *out = p->out + 4 * (n * PANEL + LANES * part);                                             \
                const uint8_t *x = p->x;                                                                            \
                for (int64_t t = 0; t < tiles; t++) {                                                               \
                    int64_t count = smaller + (t < larger);                                                         \
                    switch (count) {                                                                                \
                        EACH_COUNT(ROWS, tile, most, ##__VA_ARGS__)                                                 \
                    }                                                                                               \
                    x += count * p->x_pitch;                                                                        \
                    out += count * p->out_pitch;                                                                    \
                }                                                                                                   \
            }                                                                                                       \
        }                                                                                                           \
    }

#define ROWS(count, tile, most, ...)                                                                                \
    case count:                                                                                                     \
        if (count <= (most)) {                                                                                      \
            FN(tile)(w, p->k, x, p->x_pitch, out, p->out_pitch, part, count, ##__VA_ARGS__);                        \
        }                                                                                                           \
        break;
#define EACH_COUNT(of, ...)                                                                                         \
    of(1, __VA_ARGS__) of(2, __VA_ARGS__) of(3, __VA_ARGS__) of(4, __VA_ARGS__) of(5, __VA_ARGS__)                  \
    of(6, __VA_ARGS__) of(7, __VA_ARGS__) of(8, __VA_ARGS__) of(9, __VA_ARGS__) of(10, __VA_ARGS__)                 \
    of(11, __VA_ARGS__) of(12, __VA_ARGS__)
_Static_assert(TILE_ROWS_MAX == 12, "EACH_COUNT has all of them");

// A row of a quantised tile needs two registers: its sums as integers and as floats.
#if ISA == 512
#define QUANTISED_ROWS 12
#elif ISA == 256
#define QUANTISED_ROWS 4
#else
#define QUANTISED_ROWS 8
#endif

#define LAST(block_bytes) (p->weights + p->panels * p->panel_bytes - (block_bytes))
MATMUL(matmul_q4, tile_quantised, QUANTISED_ROWS, TYPE_Q4_0, LAST(4 * 4 * PANEL))
MATMUL(matmul_q8, tile_quantised, QUANTISED_ROWS, TYPE_Q8_0, LAST(8 * 4 * PANEL))
#undef LAST
MATMUL(matmul_q4_k, tile_q4_k, QUANTISED_ROWS)
MATMUL(matmul_q6_k, tile_q6_k, QUANTISED_ROWS)

#undef EACH_COUNT
#undef ROWS
#undef MATMUL

#include "float_products.c"

static void FN(matmul)(int type, const product *p) {
    switch (type) {
        case TYPE_Q4_0: FN(matmul_q4)(p); break;
        case TYPE_Q8_0: FN(matmul_q8)(p); break;
        case TYPE_Q4_K: FN(matmul_q4_k)(p); break;
        case TYPE_Q6_K: FN(matmul_q6_k)(p); break;
        case TYPE_F32:
        case TYPE_F16:
        case TYPE_BF16: FN(matmul_float)(type, p); break;
    }
}

// ---- Activations

static void FN(quantise)(const float *x, int64_t k, int64_t from, int64_t to, uint8_t *row) {
    float *products = (float *) (row + X_PRODUCTS(k));
    int32_t *halves = (int32_t *) (row + X_HALVES(k));
    for (int64_t b = from / BLOCK; b < to / BLOCK; b++) {
        const float *block = x + b * BLOCK;
        int8_t *quantised = (int8_t *) row + b * X_BLOCK;
        V largest = v_zero();
        for (int i = 0; i < BLOCK; i += LANES) {
            largest = v_max(largest, v_abs(v_load(block + i)));
        }
        float amax = FN(largest_lane)(largest);
        V inverse = v_set(amax < QUANTISE_MIN ? 0 : 127.0f / amax);
        int32_t sum[2];
        for (int half = 0; half < 2; half++) {
            VI lanes = vi_zero();
            for (int i = half * BLOCK / 2; i < (half + 1) * BLOCK / 2; i += LANES) {
                V rounded = v_add(v_mul(v_load(block + i), inverse), v_set(ROUND));
                VI q = vi_whole(v_sub(rounded, v_set(ROUND)));
                FN(store_bytes)(quantised + i, q);
                lanes = vi_add(lanes, q);
            }
            sum[half] = FN(sum_lanes)(lanes);
        }
        float scale = amax < QUANTISE_MIN ? 0 : amax / 127.0f;
        *(float *) (quantised + BLOCK) = scale;
        *(int32_t *) (quantised + BLOCK + 4) = -8 * (sum[0] + sum[1]);
        products[b] = scale * (float) (sum[0] + sum[1]);
        halves[2 * b] = -32 * sum[0];
        halves[2 * b + 1] = -32 * sum[1];
    }
}

INLINE V FN(v_exp)(V x) {
    V clamped = v_min(x, v_set(EXP_MAX));
    V rounded = v_fma(clamped, v_set(LOG2_E), v_set(ROUND));
    V n = v_sub(rounded, v_set(ROUND));
    V r = v_fma(n, v_set(-LN2_HIGH), clamped);
    r = v_fma(n, v_set(-LN2_LOW), r);
    V p = v_fma(v_set(1.9875691500e-4f), r, v_set(1.3981999507e-3f));
    p = v_fma(p, r, v_set(8.3334519073e-3f));
    p = v_fma(p, r, v_set(4.1665795894e-2f));
    p = v_fma(p, r, v_set(1.6666665459e-1f));
    p = v_fma(p, r, v_set(5.0000001201e-1f));
    p = v_add(v_fma(p, v_mul(r, r), r), v_set(1.0f));
    return v_where_ge(x, v_set(EXP_MIN), v_mul(p, v_power2(rounded)));
}

INLINE V FN(v_silu)(V x) {
    return v_div(x, v_add(v_set(1.0f), FN(v_exp)(v_sub(v_set(-0.0f), x))));
}

static void FN(rms_norm)(const float *x, const float *weight, int64_t n, float epsilon, float *out) {
    float partial[PANEL];
    int64_t whole = n & -PANEL;
    for (int part = 0; part < PARTS; part++) {
        V sum = v_zero();
        for (int64_t i = part * LANES; i < whole; i += PANEL) {
            V v = v_load(x + i);
            sum = v_fma(v, v, sum);
        }
        v_store(partial + part * LANES, sum);
    }
    for (int64_t i = whole; i < n; i++) {
        partial[i - whole] = __builtin_fmaf(x[i], x[i], partial[i - whole]);
    }
    float scale = 1.0f / __builtin_sqrtf(sum16(partial) / (float) n + epsilon);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        v_store(out + i, v_mul(v_mul(v_load(x + i), v_set(scale)), v_load(weight + i)));
    }
    for (; i < n; i++) {
        out[i] = x[i] * scale * weight[i];
    }
}

static void FN(add)(float *x, const float *y, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        x[i] += y[i];
    }
}

static void FN(swiglu)(float *gate, const float *up, int64_t n) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        v_store(gate + i, v_mul(FN(v_silu)(v_load(gate + i)), v_load(up + i)));
    }
    if (i < n) {
        float g[LANES] = {0}, u[LANES] = {0};
        for (int64_t j = i; j < n; j++) {
            g[j - i] = gate[j];
            u[j - i] = up[j];
        }
        v_store(g, v_mul(FN(v_silu)(v_load(g)), v_load(u)));
        for (int64_t j = i; j < n; j++) {
            gate[j] = g[j - i];
        }
    }
}

// a' = fma(a, cos, −(b · sin)), b' = fma(a, sin, b · cos). Pairs side by side lie as the table does, (a, b) over
// (cos, sin): (a, a) and (b, b), and the table with its lanes changed about, make both at once.
static void FN(rope)(int halves, float *x, int64_t pairs, const float *table) {
    int64_t step = halves ? 1 : 2;
    int64_t second = halves ? pairs : 1;
    int64_t i = 0;
    if (!halves) {
        for (; i + LANES / 2 <= pairs; i += LANES / 2) {
            V both = v_load(x + 2 * i), turn = v_load(table + 2 * i);
            V rounded = v_negate_even(v_mul(v_odd(both), v_swap(turn)));
            v_store(x + 2 * i, v_fma(v_even(both), turn, rounded));
        }
    }
    for (; i < pairs; i++) {
        float cos = table[2 * i], sin = table[2 * i + 1];
        float a = x[step * i], b = x[step * i + second];
        x[step * i] = __builtin_fmaf(a, cos, -(b * sin));
        x[step * i + second] = __builtin_fmaf(a, sin, b * cos);
    }
}

// ---- KV cache and attention

// F16, nearest, half to even, clamped to the finite range.
INLINE uint16_t FN(to_f16)(float x) {
    float clamped = x < -F16_MAX ? -F16_MAX : x > F16_MAX ? F16_MAX : x;
#if ISA == 128
    __fp16 half = (__fp16) clamped;
    uint16_t bits;
    __builtin_memcpy(&bits, &half, 2);
    return bits;
#else
    return (uint16_t) _cvtss_sh(clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

// The same for LANES floats; one that is no number is not refused by min and max, here or there.
INLINE void FN(vector_to_f16)(uint16_t *to, V v) {
    v_to_f16(to, v_min(v_set(F16_MAX), v_max(v_set(-F16_MAX), v)));
}

static void FN(store_kv)(
        int f16, const float *key, const float *value, int64_t head_size, uint8_t *page, int64_t slot) {
    if (!f16) {
        for (int64_t d = 0; d < head_size; d++) {
            ((float *) page)[d * PANEL + slot] = key[d];
        }
        memcpy((float *) page + (PANEL + slot) * head_size, value, 4 * head_size);
        return;
    }
    uint16_t *keys = (uint16_t *) page + slot, *values = (uint16_t *) page + (PANEL + slot) * head_size;
    int64_t d = 0;
    for (; d + LANES <= head_size; d += LANES) {
        uint16_t halves[LANES];
        FN(vector_to_f16)(halves, v_load(key + d));
        for (int i = 0; i < LANES; i++) {
            keys[(d + i) * PANEL] = halves[i];
        }
        FN(vector_to_f16)(values + d, v_load(value + d));
    }
    for (; d < head_size; d++) {
        keys[d * PANEL] = FN(to_f16)(key[d]);
        values[d] = FN(to_f16)(value[d]);
    }
}

#define load_kv(f16, p) ((f16) ? v_f16(p) : v_load((const float *) (p)))

// A sum is one chain of additions, each of which waits for the one before (R6), so what keeps the adders busy is
// ATTENTION_SUMS sums side by side: of some heads, and of as many pages, or vectors of dimensions, as are left to each.

// Scores of HEADS query heads that share keys, with PAGES pages from `page` on: lanes are positions of one page.
INLINE void FN(score_pages)(
        const attention *a, const int f16, int64_t head, const int HEADS, int64_t page, const int PAGES) {
    const int64_t bytes = f16 ? 2 : 4;
    const float *q = a->q + head * a->head_size;
    for (int part = 0; part < PARTS; part++) {
        const uint8_t *keys[ATTENTION_SUMS];
        V dot[ATTENTION_SUMS];
        for (int g = 0; g < PAGES; g++) {
            keys[g] = (const uint8_t *) a->pages[page + g] + a->offset + bytes * LANES * part;
        }
        for (int i = 0; i < HEADS * PAGES; i++) {
            dot[i] = v_zero();
        }
        for (int64_t d = 0; d < a->head_size; d++) {
#pragma GCC unroll 8
            for (int g = 0; g < PAGES; g++) {
                V key = load_kv(f16, keys[g] + bytes * PANEL * d);
#pragma GCC unroll 8
                for (int h = 0; h < HEADS; h++) {
                    dot[h * PAGES + g] = v_fma(v_set(q[h * a->head_size + d]), key, dot[h * PAGES + g]);
                }
            }
        }
        for (int i = 0; i < HEADS * PAGES; i++) {
            float *to = a->scores + (head + i / PAGES) * a->scores_pitch + (page + i % PAGES) * PANEL + part * LANES;
            v_store(to, v_mul(dot[i], v_set(a->scale)));
        }
    }
}

INLINE void FN(scores)(const attention *a, const int f16, int64_t head, const int HEADS) {
    int64_t pages = (a->length + PANEL - 1) / PANEL, page = 0;
    if (HEADS <= ATTENTION_SUMS / 8) {
        for (; page + 8 <= pages; page += 8) {
            FN(score_pages)(a, f16, head, HEADS, page, 8);
        }
    }
    if (HEADS <= ATTENTION_SUMS / 4) {
        for (; page + 4 <= pages; page += 4) {
            FN(score_pages)(a, f16, head, HEADS, page, 4);
        }
    }
    if (HEADS <= ATTENTION_SUMS / 2) {
        for (; page + 2 <= pages; page += 2) {
            FN(score_pages)(a, f16, head, HEADS, page, 2);
        }
    }
    for (; page < pages; page++) {
        FN(score_pages)(a, f16, head, HEADS, page, 1);
    }
}

// Turns one head's scores into exp(score − max) and returns their sum by R5.
INLINE float FN(softmax_numerators)(float *scores, int64_t length) {
    int64_t end = (length + PANEL - 1) / PANEL * PANEL;
    for (int64_t p = length; p < end; p++) {
        scores[p] = -INFINITY;
    }
    V largest = v_set(-INFINITY);
    for (int64_t p = 0; p < end; p += LANES) {
        largest = v_max(largest, v_load(scores + p));
    }
    float lanes[LANES], max = -INFINITY;
    v_store(lanes, largest);
    for (int i = 0; i < LANES; i++) {
        max = lanes[i] > max ? lanes[i] : max;
    }
    float partial[PANEL];
    for (int part = 0; part < PARTS; part++) {
        V sum = v_zero();
        for (int64_t p = part * LANES; p < end; p += PANEL) {
            V e = FN(v_exp)(v_sub(v_load(scores + p), v_set(max)));
            v_store(scores + p, e);
            sum = v_add(sum, e);
        }
        v_store(partial + part * LANES, sum);
    }
    return sum16(partial);
}

// Output of HEADS query heads that share values, in the DIMS vectors from dimension d on.
INLINE void FN(mix_dimensions)(const attention *a, const int f16, int64_t head, const int HEADS, const float *sums,
        int64_t d, const int DIMS) {
    const int64_t bytes = f16 ? 2 : 4;
    const float *weights = a->scores + head * a->scores_pitch;
    float *out = a->out + head * a->head_size + d;
    V acc[ATTENTION_SUMS];
    for (int i = 0; i < HEADS * DIMS; i++) {
        acc[i] = v_zero();
    }
    for (int64_t p = 0; p < a->length;) {
        const uint8_t *values = (const uint8_t *) a->pages[p / PANEL] + a->offset + bytes * (PANEL * a->head_size + d);
        int64_t end = p + PANEL < a->length ? p + PANEL : a->length;
        for (; p < end; p++, values += bytes * a->head_size) {
#pragma GCC unroll 8
            for (int v = 0; v < DIMS; v++) {
                V value = load_kv(f16, values + bytes * LANES * v);
#pragma GCC unroll 8
                for (int h = 0; h < HEADS; h++) {
                    acc[h * DIMS + v] = v_fma(v_set(weights[h * a->scores_pitch + p]), value, acc[h * DIMS + v]);
                }
            }
        }
    }
    for (int i = 0; i < HEADS * DIMS; i++) {
        v_store(out + i / DIMS * a->head_size + i % DIMS * LANES, v_div(acc[i], v_set(sums[i / DIMS])));
    }
}

// Output of one head in one dimension that is left over whole vectors.
INLINE float FN(mix_one)(const attention *a, const int f16, int64_t head, int64_t d) {
    const float *weights = a->scores + head * a->scores_pitch;
    float acc = 0;
    for (int64_t p = 0; p < a->length; p++) {
        const uint8_t *page = (const uint8_t *) a->pages[p / PANEL] + a->offset;
        int64_t index = (PANEL + p % PANEL) * a->head_size + d;
        float value;
        if (f16) {
#if ISA == 128
            value = (float) ((const __fp16 *) page)[index];
#else
            value = _cvtsh_ss(((const uint16_t *) page)[index]);
#endif
        } else {
            value = ((const float *) page)[index];
        }
        acc = __builtin_fmaf(weights[p], value, acc);
    }
    return acc;
}

INLINE void FN(mix)(const attention *a, const int f16, int64_t head, const int HEADS, const float *sums) {
    int64_t d = 0;
    if (HEADS <= ATTENTION_SUMS / 8) {
        for (; d + 8 * LANES <= a->head_size; d += 8 * LANES) {
            FN(mix_dimensions)(a, f16, head, HEADS, sums, d, 8);
        }
    }
    if (HEADS <= ATTENTION_SUMS / 4) {
        for (; d + 4 * LANES <= a->head_size; d += 4 * LANES) {
            FN(mix_dimensions)(a, f16, head, HEADS, sums, d, 4);
        }
    }
    if (HEADS <= ATTENTION_SUMS / 2) {
        for (; d + 2 * LANES <= a->head_size; d += 2 * LANES) {
            FN(mix_dimensions)(a, f16, head, HEADS, sums, d, 2);
        }
    }
    for (; d + LANES <= a->head_size; d += LANES) {
        FN(mix_dimensions)(a, f16, head, HEADS, sums, d, 1);
    }
    for (; d < a->head_size; d++) {
        for (int h = 0; h < HEADS; h++) {
            a->out[(head + h) * a->head_size + d] = FN(mix_one)(a, f16, head + h, d) / sums[h];
        }
    }
}

INLINE void FN(attend_heads)(const attention *a, const int f16, int64_t head, const int HEADS) {
    float sums[ATTENTION_SUMS];
    FN(scores)(a, f16, head, HEADS);
    for (int h = 0; h < HEADS; h++) {
        sums[h] = FN(softmax_numerators)(a->scores + (head + h) * a->scores_pitch, a->length);
    }
    FN(mix)(a, f16, head, HEADS, sums);
}

INLINE void FN(attend_as)(const attention *a, const int f16) {
    int64_t head = 0;
    for (; head + 8 <= a->group; head += 8) {
        FN(attend_heads)(a, f16, head, 8);
    }
    for (; head + 4 <= a->group; head += 4) {
        FN(attend_heads)(a, f16, head, 4);
    }
    for (; head + 2 <= a->group; head += 2) {
        FN(attend_heads)(a, f16, head, 2);
    }
    for (; head < a->group; head++) {
        FN(attend_heads)(a, f16, head, 1);
    }
}

static void FN(attend)(int f16, const attention *a) {
    if (f16) {
        FN(attend_as)(a, 1);
    } else {
        FN(attend_as)(a, 0);
    }
}

#include "gradients.c"
#include "sampling.c"

// ---- What the machine can do

// Reads every byte once: 64-byte aligned, a multiple of 256 bytes.
static void FN(read_bytes)(const uint8_t *from, int64_t bytes, uint8_t *sink) {
    typedef uint64_t words __attribute__((vector_size(4 * LANES)));
    const words *p = (const words *) from;
    const words *end = (const words *) (from + bytes);
    words a = {0}, b = {0}, c = {0}, d = {0};
    for (; p < end; p += 4) {
        a ^= p[0];
        b ^= p[1];
        c ^= p[2];
        d ^= p[3];
    }
    a ^= b ^ c ^ d;
    __builtin_memcpy(sink, &a, sizeof a);
}

// The compiler must not see that a factor is the same each time, or it would multiply once for all sums. Where the dot
// is several instructions, few sums keep the adder busy.
#if ISA == 512
#define DOT_SUMS PROBE_ACCUMULATORS
#define forget(v) __asm__ volatile("" : "+v"(v))
#elif ISA == 256
#define DOT_SUMS 4
#define forget(v) __asm__ volatile("" : "+x"(v))
#else
#define DOT_SUMS PROBE_ACCUMULATORS
#define forget(v) __asm__ volatile("" : "+w"(v))
#endif

// A round is 12 · 16 float multiply-adds from registers into independent sums.
static void FN(fma_peak)(int64_t rounds, float *sink) {
    V a = v_set(sink[0]), b = v_set(sink[1]);
    V acc[PROBE_ACCUMULATORS];
    for (int i = 0; i < PROBE_ACCUMULATORS; i++) {
        acc[i] = v_zero();
    }
    for (int64_t r = 0; r < rounds * PARTS; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < PROBE_ACCUMULATORS; i++) {
            forget(a);
            acc[i] = v_fma(a, b, acc[i]);
        }
    }
    for (int i = 1; i < PROBE_ACCUMULATORS; i++) {
        acc[0] = v_add(acc[0], acc[i]);
    }
    v_store(sink, acc[0]);
}

// A round is 12 · 16 · 4 multiply-adds of bytes into 32-bit sums, as a Q4_0 product makes them.
static void FN(dot_peak)(int64_t rounds, int32_t *sink) {
    weights4 w = q4_load((const void *) sink);
    VI acc[DOT_SUMS];
#pragma GCC unroll 12
    for (int i = 0; i < DOT_SUMS; i++) {
        acc[i] = vi_zero();
    }
    for (int64_t r = 0; r < rounds * PARTS * (PROBE_ACCUMULATORS / DOT_SUMS); r++) {
#pragma GCC unroll 12
        for (int i = 0; i < DOT_SUMS; i++) {
            forget(w);
            dot4_q4(acc[i], w, (const uint8_t *) sink, 0, 0, 0);
        }
    }
#pragma GCC unroll 12
    for (int i = 1; i < DOT_SUMS; i++) {
        acc[0] = vi_add(acc[0], acc[i]);
    }
    __builtin_memcpy(sink, &acc[0], sizeof acc[0]);
}

#undef DOT_SUMS
#undef forget
#undef load_kv
#undef LANES
#undef PARTS
#undef V
#undef VI
#undef v_even
#undef v_odd
#undef v_swap
#undef v_negate_even
#undef v_to_f16
#undef v_zero
#undef v_set
#undef v_load
#undef v_store
#undef v_fma
#undef v_fnma
#undef v_add
#undef v_sub
#undef v_mul
#undef v_div
#undef v_min
#undef v_max
#undef v_abs
#undef v_where_ge
#undef v_f16
#undef v_bf16
#undef v_power2
#undef vi_zero
#undef vi_set
#undef vi_add
#undef vi_float
#undef vi_whole
#undef weights4
#undef q4_load
#undef q4_low
#undef q4_high
#undef q8_load
#undef dot4_q4
#undef dot4_q8
#undef start_row
#undef start_q4
#undef start_q8
#undef mul_row
#undef fnma_row
#undef QUANTISED_ROWS

#endif
