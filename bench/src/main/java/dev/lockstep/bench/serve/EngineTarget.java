package dev.lockstep.bench.serve;

import dev.lockstep.bench.EndlessText;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.QueueFullException;
import dev.lockstep.engine.Request;
import dev.lockstep.sample.SamplingParameters;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** An engine in this process; all times are those of its trace. */
final class EngineTarget implements LoadTarget {
    /** A request in the engine. */
    private record Submitted(Generation generation) implements Answer {
        @Override
        public void await() {
            Completion completion = generation.await();
            if (completion.finishReason() != FinishReason.LENGTH) {
                throw new IllegalStateException("a request of the load ended with '" + completion.finishReason()
                        + "' instead of 'length': " + completion.error());
            }
        }
    }

    private final Engine engine;
    private final SamplingParameters sampling;

    /**
     * @param engine nobody else may use it meanwhile
     */
    EngineTarget(Engine engine) {
        this.engine = engine;
        this.sampling = EndlessText.sampling(engine.tokenizer().vocabulary());
    }

    @Override
    public Prepared prepare(PlannedRequest plan, int tokens) {
        Request request = Request.ofTokens(plan.prompt()).maxTokens(tokens).sampling(sampling);
        return () -> {
            try {
                return Optional.of(new Submitted(engine.submit(request)));
            } catch (QueueFullException e) {
                return Optional.empty();
            }
        };
    }

    @Override
    public List<ServedRequest> served(List<Sent> sent, long beginNs) {
        TraceReading reading = new TraceReading(
                engine.trace().snapshot(),
                sent.stream().collect(Collectors.toMap(s -> generation(s).id(), Sent::plan)));
        return sent.stream()
                .map(s -> reading.served(
                        generation(s).id(),
                        s.plan(),
                        s.arrivalNs(),
                        beginNs,
                        generation(s).await().tokens()))
                .toList();
    }

    private static Generation generation(Sent sent) {
        return ((Submitted) sent.answer()).generation;
    }
}
