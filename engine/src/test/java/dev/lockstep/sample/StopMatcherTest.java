package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopMatcherTest {
    private static final String[] ALPHABETS = {"a", "ab", "abc", "aé", "é€", "é😀è"};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void findsWhatASearchFindsHoweverTheStreamIsCut(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 2_500; round++) {
            String alphabet = ALPHABETS[random.nextInt(ALPHABETS.length)];
            List<String> stops = new ArrayList<>();
            for (int count = random.nextInt(4); count >= 0; count--) {
                stops.add(text(random, alphabet, 1 + random.nextInt(6)));
            }
            byte[] stream = bytes(text(random, alphabet, random.nextInt(30)));
            feedInPieces(stream, stops, random, String.format("seed %d, round %d, %s", seed, round, stops));
        }
    }

    private static void feedInPieces(byte[] stream, List<String> stops, Random random, String what) {
        StopMatcher matcher = new StopMatcher(stops);
        for (int at = 0; at < stream.length; ) {
            int end = Math.min(stream.length, at + random.nextInt(5));
            boolean found = matcher.feed(Arrays.copyOfRange(stream, at, end));
            byte[] soFar = Arrays.copyOf(stream, end);
            long start = firstCompleted(soFar, stops);
            assertThat(matcher.start())
                    .as("%s after %d bytes: start", what, end)
                    .isEqualTo(start);
            assertThat(found).as("%s after %d bytes: found", what, end).isEqualTo(start >= 0);
            assertThat(matcher.held())
                    .as("%s after %d bytes: held", what, end)
                    .isEqualTo(start >= 0 ? 0 : longestBeginning(soFar, stops));
            at = end;
        }
    }

    /** Where the first stop string to be completed starts, the earlier start if two end at the same byte, or −1. */
    private static long firstCompleted(byte[] stream, List<String> stops) {
        for (int end = 1; end <= stream.length; end++) {
            int start = Integer.MAX_VALUE;
            for (String stop : stops) {
                byte[] wanted = bytes(stop);
                if (wanted.length <= end && Arrays.equals(stream, end - wanted.length, end, wanted, 0, wanted.length)) {
                    start = Math.min(start, end - wanted.length);
                }
            }
            if (start < Integer.MAX_VALUE) {
                return start;
            }
        }
        return -1;
    }

    /** The longest end of the stream that a stop string begins with. */
    private static int longestBeginning(byte[] stream, List<String> stops) {
        int longest = 0;
        for (String stop : stops) {
            byte[] wanted = bytes(stop);
            for (int n = 1; n < wanted.length && n <= stream.length; n++) {
                if (Arrays.equals(stream, stream.length - n, stream.length, wanted, 0, n)) {
                    longest = Math.max(longest, n);
                }
            }
        }
        return longest;
    }

    @Test
    void oneOfTwoThatEndTogetherIsTheLonger() {
        StopMatcher matcher = new StopMatcher(List.of("c", "abc", "bc"));
        assertThat(matcher.feed(bytes("xabcab"))).isTrue();
        assertThat(matcher.start()).isEqualTo(1);
    }

    @Test
    void whatFollowsAStopStringIsNotLookedAt() {
        StopMatcher matcher = new StopMatcher(List.of("ab"));
        matcher.feed(bytes("xab"));
        assertThat(matcher.feed(bytes("abababa"))).isTrue();
        assertThat(matcher.start()).isEqualTo(1);
        assertThat(matcher.held()).isZero();
    }

    @Test
    void aStopStringMayBeCutInsideACharacter() {
        StopMatcher matcher = new StopMatcher(List.of("😀!"));
        byte[] stream = bytes("é😀!");
        for (int i = 0; i < stream.length - 1; i++) {
            assertThat(matcher.feed(new byte[] {stream[i]})).isFalse();
            assertThat(matcher.held()).as("after byte %d", i).isEqualTo(Math.max(0, i - 1));
        }
        assertThat(matcher.feed(new byte[] {stream[stream.length - 1]})).isTrue();
        assertThat(matcher.start()).isEqualTo(2);
    }

    @Test
    void withoutStopStringsNothingIsHeld() {
        StopMatcher matcher = new StopMatcher(List.of());
        assertThat(matcher.feed(bytes("anything"))).isFalse();
        assertThat(matcher.held()).isZero();
        assertThat(matcher.start()).isEqualTo(-1);
    }

    @Test
    void anEmptyStopStringIsRefused() {
        assertThatThrownBy(() -> new StopMatcher(List.of("a", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stop string 2 is empty");
    }

    private static String text(Random random, String alphabet, int length) {
        int[] characters = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
