package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class CorpusTest {
    private static final Document HELD_OUT = Texts.document("held/Out.java", Texts.LICENCE + Texts.program(1000, 100));

    private static CorpusSource.Files files(List<Document> training) {
        return new CorpusSource.Files(training, List.of(HELD_OUT), new Tally(2, 20));
    }

    private static Corpus corpus(int threads, List<Document> training) throws IOException {
        return new CorpusBuilder(threads, Progress.SILENT).build(files(training));
    }

    private static List<Document> programs(int count) {
        List<Document> programs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            programs.add(Texts.document("a/P" + i + ".java", Texts.LICENCE + Texts.program(i, 40)));
        }
        return programs;
    }

    @Test
    void dropsEachFileForTheFirstReasonThatApplies() throws IOException {
        String program = Texts.program(1, 100);
        Corpus corpus = corpus(
                2,
                List.of(
                        Texts.document("a/A.java", Texts.LICENCE + program),
                        Texts.document("a/Blank.java", Texts.LICENCE + "\n  \n"),
                        Texts.document("a/CopyOfA.java", "// Copyright: another licence\n" + program),
                        Texts.document("a/HeldOut.java", Texts.program(1000, 100)),
                        Texts.document("a/NearlyA.java", program.replace("class", "interface") + "// the end"),
                        Texts.document(
                                "a/NearlyHeldOut.java", Texts.program(1000, 100).replace("}", "int a; }")),
                        Texts.document("a/Other.java", Texts.program(2, 100)),
                        Texts.document("a/PartOfHeldOut.java", Texts.program(3, 300) + Texts.program(1000, 10)),
                        Texts.document("a/Table.java", "Object[] T = { \"a\", \"b\", \"c\", \"d\", \"e\", 1, 2, 3 };"),
                        Texts.document("a/Table.txt", "Object[] T = { \"a\", \"b\", \"c\", \"d\", \"e\", 1, 2, 3 };")));
        assertThat(corpus.training().stream().map(Document::path))
                .containsExactly("a/A.java", "a/Other.java", "a/Table.txt");
        assertThat(corpus.report().dropped().entrySet().stream()
                        .map(e -> e.getKey().name() + e.getValue().files()))
                .containsExactlyInAnyOrder("EMPTY1", "TABLE1", "DUPLICATE2", "NEAR_DUPLICATE2", "HELD_OUT_PASSAGE1");
    }

    @Test
    void measuresOnWholeFiles() throws IOException {
        Corpus corpus = corpus(1, programs(3));
        assertThat(corpus.heldOut()).containsExactly(HELD_OUT);
    }

    @Test
    void keepsSomeLicencesAndCutsTheOthersOff() throws IOException {
        List<Document> programs = programs(200);
        Corpus corpus = corpus(2, programs);
        int whole = 0;
        for (int i = 0; i < programs.size(); i++) {
            String text = corpus.training().get(i).string();
            assertThat(corpus.training().get(i).path())
                    .isEqualTo(programs.get(i).path());
            assertThat(programs.get(i).string()).isEqualTo((text.startsWith("/*") ? "" : Texts.LICENCE) + text);
            whole += text.startsWith("/*") ? 1 : 0;
        }
        assertThat(whole).isBetween(12, 40);
        assertThat(corpus.report().licences())
                .isEqualTo(new Tally(200 - whole, (200L - whole) * Texts.LICENCE.length()));
    }

    @Test
    void accountsForEveryFileAndByte() throws IOException {
        List<Document> training = new ArrayList<>(programs(20));
        training.add(Texts.document("z/P1.java", Texts.program(1, 40)));
        CorpusReport report = corpus(1, training).report();
        Tally dropped = report.dropped().values().stream().reduce(Tally.NONE, Tally::plus);
        assertThat(report.training().plus(report.heldOut()).plus(dropped).files())
                .isEqualTo(report.read().files())
                .isEqualTo(22);
        assertThat(report.training().bytes()
                        + report.licences().bytes()
                        + report.heldOut().bytes()
                        + dropped.bytes())
                .isEqualTo(report.read().bytes());
        assertThat(report.unreadable()).isEqualTo(new Tally(2, 20));
        assertThat(report.lines())
                .hasSize(10)
                .anyMatch(line -> line.matches("dropped: duplicates +1 files +0\\.00 MB"));
    }

    @Test
    void isTheSameWithAnyNumberOfThreads() throws IOException {
        String one = corpus(1, programs(50)).fingerprint();
        assertThat(one).matches("[0-9a-f]{64}");
        assertThat(corpus(2, programs(50)).fingerprint()).isEqualTo(one);
        assertThat(corpus(5, programs(50)).fingerprint()).isEqualTo(one);
        assertThat(corpus(1, programs(49)).fingerprint()).isNotEqualTo(one);
    }

    @Test
    void tellsWhichModulesThereAre() throws IOException {
        Corpus corpus = corpus(
                1,
                List.of(
                        Texts.document("b/B.java", Texts.program(1, 10)),
                        Texts.document("a/A.java", Texts.program(2, 10)),
                        Texts.document("b/C.java", Texts.program(3, 10))));
        assertThat(corpus.modules()).containsOnlyKeys("a", "b");
        assertThat(corpus.modules().get("b").files()).isEqualTo(2);
        assertThat(corpus.modules().values().stream().mapToLong(Tally::bytes).sum())
                .isEqualTo(corpus.report().training().bytes());
    }

    @Test
    void refusesToLearnFromNothing() {
        assertThatThrownBy(() -> corpus(1, List.of(Texts.document("a/Empty.java", " "))))
                .isInstanceOf(CorpusException.class)
                .hasMessage("nothing is left to learn from of 1 files: all are empty, tables, or repeat one another or"
                        + " the held-out text.");
    }

    @Test
    void canBeEnded() {
        CorpusSource.Files files = files(Collections.nCopies(10, programs(1).getFirst()));
        CorpusBuilder builder = new CorpusBuilder(2, (phase, _, _) -> {
            if (phase.equals("looking for near-duplicates")) {
                throw new CancellationException("enough");
            }
        });
        assertThatThrownBy(() -> builder.build(files)).isInstanceOf(CancellationException.class);
    }
}
