package dev.lockstep.engine;

import dev.lockstep.trace.StepRecord;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A listener that may be none, and whose failures end here. */
final class SafeListener {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    private final EngineListener listener;
    private final AtomicBoolean complained = new AtomicBoolean();

    /**
     * @param listener or null
     */
    SafeListener(EngineListener listener) {
        this.listener = listener;
    }

    void stepped(StepRecord step) {
        if (listener != null) {
            tell(to -> to.stepped(step.event()));
        }
    }

    void token(long request, int index, long sinceNs) {
        if (listener != null) {
            tell(to -> to.token(request, index, sinceNs));
        }
    }

    /**
     * @param tokens tokens that it generated
     */
    void ended(Generation generation, FinishReason reason, int tokens) {
        if (listener != null) {
            tell(to -> to.ended(generation.summary(reason, tokens)));
        }
    }

    private void tell(Consumer<EngineListener> what) {
        try {
            what.accept(listener);
        } catch (Throwable e) {
            if (complained.compareAndSet(false, true)) {
                LOG.log(System.Logger.Level.WARNING, "the engine's listener failed; more of it goes unsaid", e);
            }
        }
    }
}
