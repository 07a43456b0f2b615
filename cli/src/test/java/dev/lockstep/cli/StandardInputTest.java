package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class StandardInputTest {
    /** An input that hands out few bytes at a time, as pipes do. */
    private static InputStream dripping(byte[] bytes, RandomGenerator random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] to, int from, int count) {
                return super.read(to, from, Math.min(count, random.nextInt(1, 70_000)));
            }
        };
    }

    private static List<String> separated(InputStream in) throws IOException {
        StandardInput input = new StandardInput(in);
        List<String> texts = new ArrayList<>();
        for (String text = input.nextSeparated(); text != null; text = input.nextSeparated()) {
            texts.add(text);
        }
        assertThat(input.nextSeparated()).as("after the end").isNull();
        return texts;
    }

    @Test
    void separatedTextsAreWhatLiesBetweenNuls() throws IOException {
        for (long seed = 0; seed < 200; seed++) {
            RandomGenerator random = new SplittableRandom(seed);
            StringBuilder all = new StringBuilder();
            int length = random.nextInt(random.nextBoolean() ? 20 : 200_000);
            while (all.length() < length) {
                all.append(random.nextInt(5) == 0 ? "\0" : "aé€😀".substring(0, random.nextInt(4)))
                        .append("x".repeat(random.nextInt(3) == 0 ? random.nextInt(70_000) : 0));
            }
            String text = all.toString();
            assertThat(separated(dripping(text.getBytes(StandardCharsets.UTF_8), random)))
                    .as("seed %d", seed)
                    .containsExactlyElementsOf(Arrays.asList(text.split("\0", -1)));
        }
    }

    @Test
    void theWholeInputIsTakenAsItIs() throws IOException {
        String text = "\uFEFF a\r\n\0é€😀\n";
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        assertThat(new StandardInput(new ByteArrayInputStream(utf8)).all()).isEqualTo(text);
    }

    @Test
    void whatIsNotUtf8IsRefusedWithItsPlace() {
        byte[][] wrong = {
            {'a', (byte) 0xFF},
            {'a', (byte) 0xC3},
            {'a', (byte) 0xED, (byte) 0xA0, (byte) 0x80},
            {'a', (byte) 0xC0, (byte) 0x80}
        };
        for (byte[] bytes : wrong) {
            String place = String.format("byte 0x%02X at offset 1", bytes[1]);
            assertThatIOException()
                    .isThrownBy(() -> new StandardInput(new ByteArrayInputStream(bytes)).all())
                    .withMessageContaining(place);
            assertThatIOException()
                    .isThrownBy(() -> separated(new ByteArrayInputStream(bytes)))
                    .withMessageContaining(place);
        }
    }

    @Test
    void textsThatAreTooLongAreRefused() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'a';
            }

            @Override
            public int read(byte[] to, int from, int count) {
                Arrays.fill(to, from, from + count, (byte) 'a');
                return count;
            }
        };
        assertThatIOException()
                .isThrownBy(() -> new StandardInput(endless).all())
                .withMessageContaining("limit of " + StandardInput.TEXT_BYTES_MAX);
        assertThatIOException()
                .isThrownBy(() -> new StandardInput(endless).nextSeparated())
                .withMessageContaining("limit of " + StandardInput.TEXT_BYTES_MAX);
    }
}
