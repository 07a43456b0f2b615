package dev.lockstep.bench.speculation;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import java.util.List;

/**
 * A request that was answered alone.
 *
 * @param completion its answer
 * @param cycles the steps that gave it tokens after the first
 */
public record SpeculatedRequest(Completion completion, List<Cycle> cycles) {
    /** Copies the list. */
    public SpeculatedRequest {
        cycles = List.copyOf(cycles);
    }

    /**
     * Answers a request.
     *
     * @param engine nobody else may use it meanwhile
     * @throws IllegalStateException if the request fails
     */
    static SpeculatedRequest run(Engine engine, Request request) {
        Generation generation = engine.submit(request);
        Completion completion = generation.await();
        check(completion);
        return new SpeculatedRequest(completion, Cycle.of(engine.trace().snapshot(), generation.id()));
    }

    /** Fails unless a request generated as many tokens as it may. */
    static void check(Completion completion) {
        if (completion.finishReason() != FinishReason.LENGTH) {
            throw new IllegalStateException("a request of the experiment ended with '" + completion.finishReason()
                    + "' instead of 'length': " + completion.error());
        }
    }

    /** From its first token to its last, in nanoseconds. */
    double decodeNs() {
        return completion.timings().totalNs() - completion.timings().ttftNs();
    }

    /** From its submission to its end, in nanoseconds. */
    double totalNs() {
        return completion.timings().totalNs();
    }
}
