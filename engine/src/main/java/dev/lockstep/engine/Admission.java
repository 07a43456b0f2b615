package dev.lockstep.engine;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Model;
import dev.lockstep.plan.Load;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.Policy;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.Sequence;
import dev.lockstep.sample.LogProbabilities;
import dev.lockstep.sample.Sampler;
import dev.lockstep.text.Tokenizer;
import java.util.function.BiConsumer;

/**
 * The way from the queue to the roster: who may run is for the planner to say, and whether there are KV pages is seen here.
 * Belongs to the engine's loop.
 */
final class Admission {
    private final KvCache cache;
    private final int width;
    private final Tokenizer tokenizer;
    private final Planner planner;
    private final Speculator speculator;
    private final RequestQueue queue;
    private final Roster roster;
    private final Tally tally;
    private final Sampler.Workspace workspace;
    private final LogProbabilities logprobs;
    private final boolean hashLogits;
    private final boolean byPriority;
    private final int admittedMax;
    private final BiConsumer<Generation, String> onError;
    private final Load load = new Load();

    /**
     * @param onError ends a request that cannot be admitted, with a message
     */
    Admission(
            Model model,
            Tokenizer tokenizer,
            Planner planner,
            Speculator speculator,
            RequestQueue queue,
            Roster roster,
            Tally tally,
            EngineSetup setup,
            BiConsumer<Generation, String> onError) {
        this.cache = model.cache();
        this.width = model.config().width();
        this.tokenizer = tokenizer;
        this.planner = planner;
        this.speculator = speculator;
        this.queue = queue;
        this.roster = roster;
        this.tally = tally;
        this.workspace = new Sampler.Workspace(
                tokenizer.vocabulary().size(), setup.kernels().choose().samplingKernels());
        this.logprobs = new LogProbabilities(tokenizer.vocabulary().size());
        this.hashLogits = setup.hashLogits();
        this.byPriority = setup.policy() == Policy.PRIORITY;
        this.admittedMax = setup.together() + setup.queueCapacity();
        this.onError = onError;
    }

    /** How much there is to do; the same object each time. */
    Load load(long now) {
        int again = roster.toRunAgain();
        // Who has run before has waited long enough.
        long oldest = again > 0 ? Long.MAX_VALUE : now - queue.oldestSubmittedNs(now);
        RunningSequences running = roster.running();
        return load.set(running.size(), running.paused(), again + queue.size(), oldest);
    }

    /** Admits as many requests as the planner wants and the KV cache has pages for. */
    void admit(long now) {
        if (queue.size() == 0 && roster.preempted().isEmpty()) {
            return;
        }
        int admissions = planner.admissions(load(now));
        while (admissions > 0 && admitNext()) {
            admissions--;
        }
    }

    /** Admits one request, if any can be; those that have run before come first. */
    private boolean admitNext() {
        int again = roster.firstToRunAgain();
        if (again >= 0) {
            if (!makeRoom(roster.preempted().get(again).sequence().length() + 1)) {
                return false;
            }
            // Making room may have put others in front.
            roster.begin(roster.removePreempted(roster.firstToRunAgain()), System.nanoTime());
            return true;
        }
        if (roster.size() >= admittedMax) {
            return false;
        }
        Generation next = queue.peek();
        if (next == null || !makeRoom(next.promptTokens().length + 1)) {
            return false;
        }
        if (queue.admit(next)) {
            begin(next);
        }
        return true;
    }

    /**
     * Whether there are KV pages for so many positions more, and one for each that runs; where only paused requests stand
     * in the way, theirs are taken.
     */
    private boolean makeRoom(int positions) {
        RunningSequences running = roster.running();
        while (running.size() > 0 && KvShape.pages(positions) + running.size() > cache.availablePages()) {
            if (running.runnable() || !running.preemptPaused()) {
                return false;
            }
            roster.moveOutPreempted();
        }
        return true;
    }

    private void begin(Generation generation) {
        long now = System.nanoTime();
        generation.clock().admitted(now);
        try {
            int cached = roster.begin(active(generation), now);
            tally.admitted(generation.promptTokens().length, cached);
        } catch (RuntimeException | Error e) {
            queue.endedRunning(generation.tenant());
            onError.accept(generation, Endings.message(e));
        }
    }

    private ActiveRequest active(Generation generation) {
        int[] prompt = generation.promptTokens();
        generation.tenant().serve(prompt.length);
        int lengthMax = prompt.length + generation.stream().tokensMax();
        Sequence sequence = new Sequence(
                prompt,
                lengthMax,
                new PageTable(cache, lengthMax),
                byPriority ? generation.priority() : 0,
                generation.id(),
                generation.tenant().salt(),
                speculator.guessesMax(),
                generation.request().promptWants());
        Guessing guessing = generation.stream().tokensMax() == 0 ? null : speculator.guessing(generation, lengthMax);
        return new ActiveRequest(generation, sequence, tokenizer, workspace, logprobs, width, guessing, hashLogits);
    }
}
