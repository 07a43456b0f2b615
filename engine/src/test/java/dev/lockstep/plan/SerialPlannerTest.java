package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Step;
import dev.lockstep.tensor.ElementType;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SerialPlannerTest {
    private final KvCache cache = new KvCache(new KvShape(ElementType.F16, 1, 1, 2), 8);

    @AfterEach
    void closeCache() {
        cache.close();
    }

    @Test
    void admitsOneAndOnlyWhenNobodyRuns() {
        SerialPlanner planner = new SerialPlanner(64);
        assertThat(planner.admissions(new Load().set(0, 0, 0, 0))).isZero();
        assertThat(planner.admissions(new Load().set(0, 0, 1, 0))).isEqualTo(1);
        assertThat(planner.admissions(new Load().set(0, 0, 100, 0))).isEqualTo(1);
        assertThat(planner.admissions(new Load().set(1, 0, 0, 0))).isZero();
        assertThat(planner.admissions(new Load().set(1, 0, 100, 0))).isZero();
    }

    /** Prompt length and chunk, and the prefill steps that they make. */
    @ParameterizedTest
    @CsvSource({"1, 64, 1", "64, 64, 1", "65, 64, 2", "20, 7, 3", "21, 7, 3", "5, 1, 5", "100, 1000, 1"})
    void aPromptIsFedInChunksAndWantsLogitsOnItsLastRowOnly(int length, int chunk, int steps) {
        int[] prompt = IntStream.range(100, 100 + length).toArray();
        Sequence sequence = sequence(prompt, length + 3);
        SerialPlanner planner = new SerialPlanner(chunk);
        Step step = new Step(Math.max(length, 1), 1);
        int position = 0;
        for (int s = 0; s < steps; s++) {
            step.clear();
            planner.plan(running(sequence), step);
            assertThat(sequence.inPrefill()).isTrue();
            assertThat(step.rows()).isEqualTo(sequence.rowsInStep()).isEqualTo(Math.min(chunk, length - position));
            for (int row = 0; row < step.rows(); row++, position++) {
                assertThat(step.position(row)).isEqualTo(position);
                assertThat(step.token(row)).isEqualTo(prompt[position]);
            }
            boolean last = s == steps - 1;
            assertThat(step.logits()).as("rows with logits in step %d", s).isEqualTo(last ? 1 : 0);
            assertThat(sequence.logitsIndex()).isEqualTo(last ? 0 : -1);
            sequence.advance();
        }
        assertThat(position).isEqualTo(length);
        assertThat(step.logitsRow(0)).as("the prompt's last row").isEqualTo(step.rows() - 1);
        assertThat(sequence.inPrefill()).isFalse();
    }

    @Test
    void decodingIsOneRowWithLogitsAStep() {
        Sequence sequence = sequence(new int[] {7, 8, 9}, 20);
        SerialPlanner planner = new SerialPlanner(64);
        Step step = new Step(64, 1);
        planner.plan(running(sequence), step);
        sequence.advance();
        for (int token = 50; token < 67; token++) {
            sequence.append(token);
            step.clear();
            planner.plan(running(sequence), step);
            assertThat(sequence.inPrefill()).isFalse();
            assertThat(step.rows()).isEqualTo(1);
            assertThat(step.token(0)).isEqualTo(token);
            assertThat(step.position(0)).isEqualTo(token - 50 + 3);
            assertThat(step.sequence(0).pages()).as("pages").isEqualTo(KvShape.pages(token - 50 + 4));
            assertThat(sequence.logitsIndex()).isZero();
            sequence.advance();
        }
        assertThat(sequence.full()).isTrue();
        assertThat(sequence.length()).isEqualTo(20);
        assertThat(sequence.promptLength()).isEqualTo(3);
    }

    @Test
    void onlyTheFirstRunningSequenceGetsRows() {
        Sequence first = sequence(new int[] {1, 2}, 4);
        Sequence second = sequence(new int[] {3, 4}, 4);
        Step step = new Step(64, 1);
        new SerialPlanner(64).plan(running(first, second), step);
        assertThat(step.rows()).isEqualTo(2);
        assertThat(second.rowsInStep()).isZero();
    }

    @Test
    void releasingASequenceFreesItsPages() {
        Sequence sequence = sequence(new int[40], 60);
        new SerialPlanner(64).plan(running(sequence), new Step(64, 1));
        assertThat(cache.freePages()).isEqualTo(8 - 3);
        sequence.release();
        assertThat(cache.freePages()).isEqualTo(8);
    }

    @Test
    void aSequenceGetsAsManyRowsAsThereArePages() {
        Sequence sequence = sequence(new int[8 * 16 + 1], 8 * 16 + 2);
        Step step = new Step(1_000, 1);
        assertThat(running(sequence).addRows(sequence, step, 1_000)).isEqualTo(128);
        assertThat(step.rows()).isEqualTo(128);
        assertThat(step.logits()).isZero();
    }

    @Test
    void impossibleValuesAreRefused() {
        assertThatThrownBy(() -> new SerialPlanner(0)).hasMessage("prefill chunk of 0 rows, must be at least 1");
        assertThatThrownBy(() -> sequence(new int[0], 5)).hasMessage("prompt of 0 tokens in a sequence of at most 5");
        assertThatThrownBy(() -> sequence(new int[6], 5)).hasMessage("prompt of 6 tokens in a sequence of at most 5");
    }

    private static RunningSequences running(Sequence... sequences) {
        RunningSequences running = new RunningSequences();
        for (Sequence sequence : sequences) {
            running.add(sequence);
        }
        return running;
    }

    private Sequence sequence(int[] prompt, int lengthMax) {
        return new Sequence(prompt, lengthMax, new PageTable(cache, lengthMax));
    }
}
