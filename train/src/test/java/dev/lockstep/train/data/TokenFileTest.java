package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenFileTest {
    private static final TokenStream SMALL = new TokenStream(new char[] {1, 0, 7, 2, 1, 2}, new int[] {0, 4, 6}, 8, 9);

    @TempDir
    private Path folder;

    private static void assertSame(TokenStream read, TokenStream written) {
        assertThat(read.vocabularySize()).isEqualTo(written.vocabularySize());
        assertThat(read.textBytes()).isEqualTo(written.textBytes());
        assertThat(read.documents()).isEqualTo(written.documents());
        for (int i = 0; i <= written.documents(); i++) {
            assertThat(read.start(i)).isEqualTo(written.start(i));
        }
        int[] expected = new int[written.length()];
        int[] actual = new int[read.length()];
        written.copy(0, expected);
        read.copy(0, actual);
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void isLaidOutAsItsDrawingSays() throws IOException {
        Path file = folder.resolve("small.tokens");
        TokenFile.write(SMALL, file);
        ByteBuffer expected = ByteBuffer.allocate(36 + 4 * 2 + 2 * 6).order(ByteOrder.LITTLE_ENDIAN);
        expected.put(new byte[] {'L', 'S', 'T', 'O', 'K', 'E', 'N', 'S'})
                .putInt(1)
                .putInt(8);
        expected.putLong(9).putInt(2).putInt(6).putInt(0).putInt(4).putInt(6);
        for (int id : new int[] {1, 0, 7, 2, 1, 2}) {
            expected.putShort((short) id);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
        assertSame(TokenFile.read(file), SMALL);
    }

    @Test
    void holdsNoDocuments() throws IOException {
        Path file = folder.resolve("none.tokens");
        TokenStream none = new TokenStream(new char[0], new int[1], 2, 0);
        TokenFile.write(none, file);
        assertSame(TokenFile.read(file), none);
    }

    /** Several buffers long, with ids up to the largest; takes the place of a longer file. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("dev.lockstep.train.Seeds#all")
    void bringsLongStreamsBack(long seed) throws IOException {
        Random random = new Random(seed);
        int[] starts = new int[1 + random.nextInt(40_000)];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + 2 + random.nextInt(9);
        }
        char[] tokens = new char[starts[starts.length - 1]];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = (char) (i % 100 == 0 ? 0xFFFF : random.nextInt(1 << 16));
        }
        TokenStream stream = new TokenStream(tokens, starts, 1 << 16, random.nextLong(1L << 40));
        Path file = folder.resolve("long.tokens");
        Files.write(file, new byte[2_000_000]);
        TokenFile.write(stream, file);
        assertSame(TokenFile.read(file), stream);
    }

    @Test
    void refusesEveryCutAndEveryAddition() throws IOException {
        Path file = folder.resolve("cut.tokens");
        TokenFile.write(SMALL, file);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length <= whole.length + 1; length++) {
            if (length == whole.length) {
                continue;
            }
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> TokenFile.read(file))
                    .as("%d bytes", length)
                    .isInstanceOf(CorpusException.class)
                    .hasMessageStartingWith(file + ": this is no whole token file: ");
        }
    }

    @Test
    void refusesHeadsThatCannotBe() throws IOException {
        refuses("it does not start with LSTOKENS", bytes -> bytes.put(0, (byte) 'l'));
        refuses("its version is 2, known is 1", bytes -> bytes.putInt(8, 2));
        refuses("its vocabulary size is 1, allowed are 2 to 65536", bytes -> bytes.putInt(12, 1));
        refuses("its vocabulary size is 65537, allowed are 2 to 65536", bytes -> bytes.putInt(12, 65537));
        refuses("2 documents and 6 tokens of -1 bytes", bytes -> bytes.putLong(16, -1));
        refuses("-1 documents and 6 tokens of 9 bytes", bytes -> bytes.putInt(24, -1));
        refuses("2147483647 documents", bytes -> bytes.putInt(24, Integer.MAX_VALUE));
        refuses("and -6 tokens", bytes -> bytes.putInt(28, -6));
    }

    @Test
    void refusesDocumentsThatCannotBe() throws IOException {
        refuses("document 0 cannot start at token 1", bytes -> bytes.putInt(32, 1));
        refuses("document 1 cannot start at token 1", bytes -> bytes.putInt(36, 1));
        refuses("document 2 cannot start at token -2147483648", bytes -> bytes.putInt(40, Integer.MIN_VALUE));
        refuses("its documents end at token 7 of 6", bytes -> bytes.putInt(40, 7));
        refuses("token 2 is 8, the vocabulary size is 8", bytes -> bytes.putShort(48, (short) 8));
    }

    private void refuses(String why, Consumer<ByteBuffer> damage) throws IOException {
        Path file = folder.resolve("damaged.tokens");
        TokenFile.write(SMALL, file);
        byte[] bytes = Files.readAllBytes(file);
        damage.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
        Files.write(file, bytes);
        assertThatThrownBy(() -> TokenFile.read(file))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining(why);
    }
}
