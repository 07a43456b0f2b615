// Packs one panel: 16 rows of a matrix as model files hold it become one panel of PackedMatrix, whose Javadoc draws it.
// PanelPacker.java does the same; a test compares the bytes. Part of kernels.c, compiled once for all instruction sets:
// packing moves data and computes nothing.

typedef uint32_t quad __attribute__((vector_size(16), aligned(4), may_alias));

#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (quad) {i, j, k, l})
#endif

// Four words of four rows, `pitch` bytes apart, become four groups of one word of each row, 64 bytes apart.
INLINE void transpose4(const uint8_t *from, int64_t pitch, uint8_t *to) {
    quad a, b, c, d;
    memcpy(&a, from, 16);
    memcpy(&b, from + pitch, 16);
    memcpy(&c, from + 2 * pitch, 16);
    memcpy(&d, from + 3 * pitch, 16);
    quad ab_low = SHUFFLE(a, b, 0, 4, 1, 5);
    quad ab_high = SHUFFLE(a, b, 2, 6, 3, 7);
    quad cd_low = SHUFFLE(c, d, 0, 4, 1, 5);
    quad cd_high = SHUFFLE(c, d, 2, 6, 3, 7);
    *(quad *) to = SHUFFLE(ab_low, cd_low, 0, 1, 4, 5);
    *(quad *) (to + 64) = SHUFFLE(ab_low, cd_low, 2, 3, 6, 7);
    *(quad *) (to + 128) = SHUFFLE(ab_high, cd_high, 0, 1, 4, 5);
    *(quad *) (to + 192) = SHUFFLE(ab_high, cd_high, 2, 3, 6, 7);
}

// `words` words of every row, from `from` on: word j of row o goes to 64 j + 4 o.
INLINE void interleave(const uint8_t *from, int64_t pitch, int outputs, int64_t words, uint8_t *to) {
    int64_t j = 0;
    if (outputs == PANEL) {
        for (; j + 4 <= words; j += 4) {
            for (int o = 0; o < PANEL; o += 4) {
                transpose4(from + o * pitch + 4 * j, pitch, to + 64 * j + 4 * o);
            }
        }
    }
    for (; j < words; j++) {
        for (int o = 0; o < outputs; o++) {
            memcpy(to + 64 * j + 4 * o, from + o * pitch + 4 * j, 4);
        }
    }
}

// Whether no exponent is all ones. The largest tells: nothing is above that.
static int floats_are_finite(const uint8_t *from, int64_t count) {
    uint32_t worst = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, from + 4 * i, 4);
        bits &= 0x7F800000;
        worst = bits > worst ? bits : worst;
    }
    return worst != 0x7F800000;
}

static int pack_floats(const uint8_t *rows, int outputs, int64_t k, uint8_t *panel) {
    interleave(rows, 4 * k, outputs, k, panel);
    return floats_are_finite(rows, outputs * k);
}

static int pack_halves(const uint8_t *rows, int outputs, int64_t k, uint16_t exponent, uint8_t *panel) {
    uint16_t worst = 0;
    for (int64_t i = 0; i < k; i++) {
        for (int o = 0; o < outputs; o++) {
            uint16_t bits;
            memcpy(&bits, rows + 2 * (o * k + i), 2);
            uint16_t masked = bits & exponent;
            worst = masked > worst ? masked : worst;
            memcpy(panel + 32 * i + 2 * o, &bits, 2);
        }
    }
    return worst != exponent;
}

// Blocks of a scale and `words` words.
INLINE int pack_blocks(const uint8_t *rows, int outputs, int64_t k, int words, uint8_t *panel) {
    int64_t blocks = k / BLOCK;
    int64_t block_bytes = 2 + 4 * words;
    int64_t pitch = blocks * block_bytes;
    uint16_t worst = 0;
    for (int64_t b = 0; b < blocks; b++) {
        const uint8_t *from = rows + b * block_bytes;
        for (int o = 0; o < outputs; o++) {
            uint16_t scale;
            memcpy(&scale, from + o * pitch, 2);
            uint16_t exponent = scale & 0x7C00;
            worst = exponent > worst ? exponent : worst;
            memcpy(panel + 32 * b + 2 * o, &scale, 2);
        }
        interleave(from + 2, pitch, outputs, words, panel + k + 64 * words * b);
    }
    return worst != 0x7C00;
}

// Blocks of 256 Q4_K weights; the layouts are in Q4KBlock.java and PackedQ4K.java.
static int pack_q4_k(const uint8_t *rows, int outputs, int64_t k, uint8_t *panel) {
    const int64_t blocks = k / 256;
    uint16_t worst = 0;
    for (int64_t b = 0; b < blocks; b++, panel += 2304) {
        for (int o = 0; o < outputs; o++) {
            const uint8_t *from = rows + 144 * (o * blocks + b), *bits = from + 4;
            uint16_t exponents[2];
            memcpy(exponents, from, 4);
            memcpy(panel + 2 * o, exponents, 2);
            memcpy(panel + 32 + 2 * o, exponents + 1, 2);
            for (int i = 0; i < 2; i++) {
                uint16_t exponent = exponents[i] & 0x7C00;
                worst = exponent > worst ? exponent : worst;
            }
            uint32_t numbers[16], word[3];
            for (int j = 0; j < 4; j++) {
                numbers[j] = bits[j] & 63;
                numbers[4 + j] = (bits[8 + j] & 15) | bits[j] >> 6 << 4;
                numbers[8 + j] = bits[4 + j] & 63;
                numbers[12 + j] = bits[8 + j] >> 4 | bits[4 + j] >> 6 << 4;
            }
            for (int t = 0; t < 3; t++) {
                const uint32_t *n = numbers + 5 * t;
                word[t] = n[0] | n[1] << 6 | n[2] << 12 | n[3] << 18 | n[4] << 24 | (numbers[15] >> 2 * t & 3) << 30;
                memcpy(panel + 64 + 64 * t + 4 * o, word + t, 4);
            }
            for (int pair = 0; pair < 4; pair++) {
                for (int j = 0; j < 4; j++) {
                    uint32_t first, second;
                    memcpy(&first, from + 16 + 32 * pair + 4 * j, 4);
                    memcpy(&second, from + 16 + 32 * pair + 16 + 4 * j, 4);
                    uint32_t even = (first & 0x0F0F0F0F) | (second & 0x0F0F0F0F) << 4;
                    uint32_t odd = (first >> 4 & 0x0F0F0F0F) | (second & 0xF0F0F0F0);
                    memcpy(panel + 256 + 512 * pair + 64 * j + 4 * o, &even, 4);
                    memcpy(panel + 512 + 512 * pair + 64 * j + 4 * o, &odd, 4);
                }
            }
        }
    }
    return worst != 0x7C00;
}

// The binary32 with the value of a binary16; NaNs become quiet, as in hardware.
static uint32_t float_bits(uint16_t half) {
    uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31) {
        return sign | 0x7F800000 | fraction << 13 | (fraction == 0 ? 0 : 0x400000);
    }
    if (exponent == 0) {
        float tiny = fraction * 0x1p-24f;
        uint32_t bits;
        memcpy(&bits, &tiny, 4);
        return sign | bits;
    }
    return sign | (exponent + 112) << 23 | fraction << 13;
}

// Blocks of 256 Q6_K weights; the layouts are in Q6KBlock.java and PackedQ6K.java.
static int pack_q6_k(const uint8_t *rows, int outputs, int64_t k, uint8_t *panel) {
    const int64_t blocks = k / 256;
    uint16_t worst = 0;
    for (int64_t b = 0; b < blocks; b++, panel += 3392) {
        for (int o = 0; o < outputs; o++) {
            const uint8_t *from = rows + 210 * (o * blocks + b);
            uint16_t scale;
            memcpy(&scale, from + 208, 2);
            uint16_t exponent = scale & 0x7C00;
            worst = exponent > worst ? exponent : worst;
            uint32_t d = float_bits(scale);
            memcpy(panel + 4 * o, &d, 4);
            for (int t = 0; t < 4; t++) {
                memcpy(panel + 64 + 64 * t + 4 * o, from + 192 + 4 * t, 4);
            }
            for (int part = 0; part < 8; part++) {
                const uint8_t *lower = from + part / 4 * 64 + part % 2 * 32, *upper = from + 128 + part / 4 * 32;
                uint8_t *to = panel + 320 + 384 * part + 4 * o;
                for (int j = 0; j < 4; j++) {
                    uint32_t first, second;
                    memcpy(&first, lower + 4 * j, 4);
                    memcpy(&second, lower + 16 + 4 * j, 4);
                    int shift = part % 4 / 2 * 4;
                    uint32_t both = (first >> shift & 0x0F0F0F0F) | (second >> shift & 0x0F0F0F0F) << 4;
                    memcpy(to + 64 * j, &both, 4);
                }
                for (int t = 0; t < 2; t++) {
                    uint32_t four[4], all = 0;
                    memcpy(four, upper + 8 * t, 4);
                    memcpy(four + 1, upper + 8 * t + 16, 4);
                    memcpy(four + 2, upper + 8 * t + 4, 4);
                    memcpy(four + 3, upper + 8 * t + 20, 4);
                    for (int i = 0; i < 4; i++) {
                        all |= (four[i] >> part % 4 * 2 & 0x03030303) << 2 * i;
                    }
                    memcpy(to + 256 + 64 * t, &all, 4);
                }
            }
        }
    }
    return worst != 0x7C00;
}

// Packs `outputs` rows, at most 16, into a panel; outputs beyond them are left alone. Returns whether every weight, or
// every scale, is finite; -1 for a type that this file does not know.
EXPORT int lockstep_pack(int type, const uint8_t *rows, int64_t outputs, int64_t k, uint8_t *panel) {
    switch (type) {
        case TYPE_F32: return pack_floats(rows, (int) outputs, k, panel);
        case TYPE_F16: return pack_halves(rows, (int) outputs, k, 0x7C00, panel);
        case TYPE_BF16: return pack_halves(rows, (int) outputs, k, 0x7F80, panel);
        case TYPE_Q8_0: return pack_blocks(rows, (int) outputs, k, 8, panel);
        case TYPE_Q4_0: return pack_blocks(rows, (int) outputs, k, 4, panel);
        case TYPE_Q4_K: return pack_q4_k(rows, (int) outputs, k, panel);
        case TYPE_Q6_K: return pack_q6_k(rows, (int) outputs, k, panel);
        default: return -1;
    }
}
