package dev.lockstep.model;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The random weights of one tensor. Each is a function of the tensor's key and of the weight's place, so any part can
 * be made at any time by any thread.
 *
 * <p>Random words are SplitMix64's (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators",
 * section 4), word i of a key being its i-th output from that key as the seed. Floats are the sum of four uniform
 * 16-bit numbers, which is close to normal and cut off at 3.46 deviations. Blocks of the quantised types (layouts:
 * {@link Encoding}) are made directly, which is faster than quantising floats:
 *
 * <pre>
 * Q4_0   scale of random sign, ± c · (¾ to 1¼), then 32 random nibbles
 * Q8_0   scale c · (¾ to 1¼), then 32 random bytes, all odd: −127, −125, … 127
 * Q4_K   scale d = c · (¾ to 1¼), minimum scale 7.5 d, the eight parts' numbers 32 to 63, the same for scale and
 *        minimum, then 256 random nibbles
 * Q6_K   scale c · (¾ to 1¼), the sixteen parts' numbers 64 to 127 or −65 to −128, then 256 random codes of 6 bits
 * </pre>
 *
 * <p>Nibbles of Q4_0 mean −8 to 7, lopsided by a half, which the scale's sign evens out, as the numbers' signs do for
 * Q6_K; those of Q4_K mean 0 to 15 less 7.5; odd bytes are even-handed, and leave out −128, which no quantiser
 * produces.
 */
final class SyntheticWeights implements TensorProducer.Maker {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    /** The mean of the sum of four uniform 16-bit numbers, and its standard deviation, 65536/√3. */
    private static final int SUM_MEAN = 2 * 65_535;

    private static final double SUM_DEVIATION = 37_837.227_1;

    private static final int SCALES = 256;
    private static final int WORDS_Q4_0 = 3;
    private static final int WORDS_Q8_0 = 5;
    private static final int WORDS_Q4_K = 18;
    private static final int WORDS_Q6_K = 27;
    private static final long ODD_BYTES = 0x0101_0101_0101_0101L;
    private static final long SIGNS = 0x8080_8080_8080_8080L;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final ElementType type;
    private final long key;
    private final float mean;
    private final float unit;
    private final short[] scales;

    /**
     * Weights of a tensor.
     *
     * @param type one of {@link Encoding#types}
     * @param seed of the whole model
     * @param tensor the tensor's number in it
     * @param mean the weights' mean; for the quantised types it must be 0
     * @param deviation their standard deviation
     */
    SyntheticWeights(ElementType type, long seed, int tensor, float mean, double deviation) {
        assert mean == 0 || !type.isQuantised() : type + " with mean " + mean;
        this.type = type;
        this.key = mixed(mixed(seed + GAMMA) + tensor);
        this.mean = mean;
        this.unit = (float) (deviation / SUM_DEVIATION);
        this.scales = switch (type) {
            // The mean squares of the codes: of −8 to 7, and of the odd numbers to ±127.
            case Q4_0 -> scales(deviation / StrictMath.sqrt(21.5), -1);
            case Q8_0 -> scales(deviation / StrictMath.sqrt(5_461), 1);
            // Of 0 to 15 less 7.5, times 32 to 63; of −32 to 31, times 64 to 127 and −65 to −128.
            case Q4_K -> scales(deviation / StrictMath.sqrt(21.25 * 2_341.5), 1);
            case Q6_K -> scales(deviation / StrictMath.sqrt(341.5 * 9_557.5), 1);
            default -> new short[0];
        };
    }

    @Override
    public void make(long first, int count, float[] scratch, MemorySegment to, long offset) {
        switch (type) {
            case Q4_0 -> nibbles(first / type.blockSize(), count / type.blockSize(), to, offset);
            case Q8_0 -> bytes(first / type.blockSize(), count / type.blockSize(), to, offset);
            case Q4_K -> blocksQ4K(first / type.blockSize(), count / type.blockSize(), to, offset);
            case Q6_K -> blocksQ6K(first / type.blockSize(), count / type.blockSize(), to, offset);
            default -> floats(first, count, scratch, to, offset);
        }
    }

    private void floats(long first, int count, float[] scratch, MemorySegment to, long offset) {
        for (int i = 0; i < count; i++) {
            long word = word(first + i);
            int sum = (int) (word & 0xFFFF)
                    + (int) (word >>> 16 & 0xFFFF)
                    + (int) (word >>> 32 & 0xFFFF)
                    + (int) (word >>> 48);
            scratch[i] = mean + (sum - SUM_MEAN) * unit;
        }
        Encoding.encode(type, scratch, count, to, offset);
    }

    private void nibbles(long first, int blocks, MemorySegment to, long offset) {
        for (int b = 0; b < blocks; b++) {
            long words = (first + b) * WORDS_Q4_0;
            long at = offset + (long) b * type.blockBytes();
            to.set(SHORT, at, scale(words));
            to.set(LONG, at + 2, word(words + 1));
            to.set(LONG, at + 10, word(words + 2));
        }
    }

    private void bytes(long first, int blocks, MemorySegment to, long offset) {
        for (int b = 0; b < blocks; b++) {
            long words = (first + b) * WORDS_Q8_0;
            long at = offset + (long) b * type.blockBytes();
            to.set(SHORT, at, scale(words));
            for (int w = 1; w < WORDS_Q8_0; w++) {
                to.set(LONG, at + 2 + 8L * (w - 1), word(words + w) | ODD_BYTES);
            }
        }
    }

    /** The 6-bit numbers 32 + r of 5 random bits r: their upper two bits, 2 and 3, go into other bytes. */
    private void blocksQ4K(long first, int blocks, MemorySegment to, long offset) {
        for (int b = 0; b < blocks; b++) {
            long words = (first + b) * WORDS_Q4_K;
            long at = offset + (long) b * type.blockBytes();
            short d = scale(words);
            to.set(SHORT, at, d);
            to.set(SHORT, at + 2, Float.floatToFloat16(7.5f * Float.float16ToFloat(d)));
            int numbers = (int) word(words + 1);
            int early = numbers & 0x1F1F1F1F | 0x20202020;
            int late = numbers >>> 5 & 0x07070707 | (int) (word(words + 1) >>> 32) & 0x18181818 | 0x20202020;
            int firstBytes = early | late << 2 & 0xC0C0C0C0;
            to.set(INT, at + 4, firstBytes);
            to.set(INT, at + 8, firstBytes);
            to.set(INT, at + 12, (late & 0x0F0F0F0F) * 17);
            for (int w = 0; w < 16; w++) {
                to.set(LONG, at + 16 + 8L * w, word(words + 2 + w));
            }
        }
    }

    private void blocksQ6K(long first, int blocks, MemorySegment to, long offset) {
        for (int b = 0; b < blocks; b++) {
            long words = (first + b) * WORDS_Q6_K;
            long at = offset + (long) b * type.blockBytes();
            for (int w = 0; w < 24; w++) {
                to.set(LONG, at + 8L * w, word(words + 3 + w));
            }
            for (int w = 0; w < 2; w++) {
                long bytes = word(words + 1 + w);
                // Bit 6 is made the opposite of the sign, so that no number is small.
                to.set(LONG, at + 192 + 8L * w, bytes & ~(SIGNS >>> 1) | (~bytes & SIGNS) >>> 1);
            }
            to.set(SHORT, at + 208, scale(words));
        }
    }

    /** A block's scale, one of 256, in the upper bits of a word. */
    private short scale(long index) {
        return scales[(int) (word(index) >>> 56)];
    }

    /**
     * F16 scales of ¾ to 1¼, evenly, in relation to one with which the weights' mean square is as wanted.
     *
     * @param other the sign of every second one
     */
    private static short[] scales(double centre, int other) {
        // The mean square of ¾ to 1¼ is 49/48.
        double even = centre / StrictMath.sqrt(49.0 / 48);
        short[] scales = new short[SCALES];
        for (int i = 0; i < SCALES; i++) {
            double magnitude = even * (0.75 + 0.5 * (i / 2) / (SCALES / 2 - 1));
            scales[i] = Float.floatToFloat16((float) (i % 2 == 0 ? magnitude : other * magnitude));
        }
        return scales;
    }

    private long word(long index) {
        return mixed(key + (index + 1) * GAMMA);
    }

    /** SplitMix64's output function: a bijection that leaves no trace of the order of its inputs. */
    private static long mixed(long z) {
        long x = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long y = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return y ^ y >>> 31;
    }
}
