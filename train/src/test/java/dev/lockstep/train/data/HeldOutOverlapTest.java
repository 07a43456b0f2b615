package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutOverlapTest {
    private static Body body(String text) {
        return Body.of(Texts.document("module/File.java", text));
    }

    /** Words {@code from} to {@code to} of a text in which no word comes twice. */
    private static String words(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
    }

    private static boolean[] repeats(Body heldOut, List<Body> training) {
        return new HeldOutOverlap(List.of(heldOut)).repeats(training, 2, Progress.SILENT);
    }

    @Test
    void aPassageIsTwentyFourWordsWhateverStandsBetweenThem() {
        boolean[] repeats = repeats(
                body(words(0, 100)),
                List.of(
                        body("before " + words(50, 74) + " after"),
                        body("before " + words(50, 73) + " after"),
                        body("before " + words(20, 44).replace(" ", ";\n  ") + " after"),
                        body(words(200, 300))));
        assertThat(repeats).containsExactly(true, false, true, false);
    }

    @Test
    void theLicenceIsNoPassage() {
        String licence = "/* licence: " + words(500, 600) + " */\n";
        assertThat(repeats(body(licence + words(0, 50)), List.of(body(licence + words(100, 150)))))
                .containsExactly(false);
    }

    @Test
    void whatManyFilesHaveIsNoPassage() {
        List<Body> training = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            training.add(body(words(0, 24) + " own" + i));
        }
        assertThat(repeats(body(words(0, 100)), training)).containsOnly(false);
        assertThat(repeats(body(words(0, 100)), training.subList(0, 2))).containsOnly(true);
        training.set(0, body(words(0, 24) + " own " + words(40, 64)));
        assertThat(repeats(body(words(0, 100)), training)).containsExactly(true, false, false);
    }
}
