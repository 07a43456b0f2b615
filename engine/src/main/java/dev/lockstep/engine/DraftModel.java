package dev.lockstep.engine;

import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Model;
import dev.lockstep.model.Step;
import dev.lockstep.text.Vocabulary;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A smaller model with the same tokens that guesses for all requests of a step together: first it reads what has been added
 * to each, then it goes on token by token, a row for each request that still wants a guess.
 *
 * <p>It samples with the request's own sampler and so with the same noise at the same position as the model that checks
 * (Daliri et al. 2024, "Coupling without Communication and Drafter-Invariant Speculative Decoding"): where the two models agree
 * about what is likely, they choose the same token, at any temperature. Belongs to the engine's loop; allocates nothing.
 */
final class DraftModel implements AutoCloseable {
    /**
     * Most tokens that are read in one turn: a very long prompt is read over several, without holding others up for long. While
     * it is read nobody guesses for that request.
     */
    static final int CHUNK = 256;

    /** Most tokens a request that are usually read in a turn: a cycle's guesses and one more. */
    private static final int USUAL_ROWS = 17;

    /** Weight of the newest pass in the mean of what a guess takes. */
    private static final double NEWEST = 0.1;

    private static final long CALIBRATION_NS = 50_000_000;

    private final Model model;
    private final Vocabulary vocabulary;
    private final Step step;
    private final MemorySegment[] logits;
    /** Which logits are a request's; −1 for one that is not ready to guess. */
    private final int[] logitsOf;

    private double guessNs = Double.NaN;

    DraftModel(Model model, Vocabulary vocabulary, int requestsMax) {
        this.model = model;
        this.vocabulary = vocabulary;
        this.step = new Step(model.limits().rowsMax(), model.limits().logitsMax());
        this.logits = IntStream.range(0, model.limits().logitsMax())
                .mapToObj(model::logits)
                .toArray(MemorySegment[]::new);
        this.logitsOf = new int[requestsMax];
    }

    Model model() {
        return model;
    }

    /** What a guess takes, in nanoseconds; NaN before the first. */
    double guessNs() {
        return guessNs;
    }

    /** Guesses for each request as many tokens as it {@link ActiveRequest#wanted wants}, and tells it how many there are. */
    void guess(List<ActiveRequest> requests) {
        long begin = System.nanoTime();
        int passes = 1;
        boolean ready = false;
        try {
            ready = read(requests);
            // Reading a prompt is done once; what comes with every cycle is to read the few tokens that were kept.
            if (step.rows() > USUAL_ROWS * requests.size()) {
                begin = System.nanoTime();
                passes = 0;
            }
            if (ready) {
                for (int place = 0; choose(requests, place) && runNext(requests, place); place++) {
                    passes++;
                }
            }
        } finally {
            // Whatever happens: a sampler that went on remembering guesses would choose other tokens.
            for (int i = 0; i < requests.size(); i++) {
                requests.get(i).forgetGuesses();
            }
        }
        if (ready && passes > 0) {
            passed((double) (System.nanoTime() - begin) / passes);
        }
    }

    /** Hears what a pass took; one that took much longer than usual, since a thread lost its core, counts as twice as long. */
    private void passed(double ns) {
        guessNs = Double.isNaN(guessNs) ? ns : guessNs + NEWEST * (Math.min(ns, 2 * guessNs) - guessNs);
    }

    /** Measures a pass, so that it is known from the first token on what a guess costs. Takes a page for as long as it runs. */
    void calibrate() {
        PageTable pages = new PageTable(model.cache(), 1);
        if (!pages.reserve(1)) {
            return;
        }
        long least = Long.MAX_VALUE;
        long calibration = System.nanoTime();
        do {
            step.clear();
            step.add(pages, 0, 0, true);
            long begin = System.nanoTime();
            model.forward(step);
            least = Math.min(least, System.nanoTime() - begin);
        } while (System.nanoTime() - calibration < CALIBRATION_NS);
        passed(least);
        pages.release();
    }

    /** Reads what was added to each request; false if nobody is ready to guess then. */
    private boolean read(List<ActiveRequest> requests) {
        step.clear();
        boolean ready = false;
        for (int i = 0; i < requests.size(); i++) {
            logitsOf[i] = -1;
            ActiveRequest request = requests.get(i);
            int length = request.sequence().length();
            DraftState state = request.draft();
            state.follow(request.sequence().tokens(), length);
            int from = state.computed();
            int rows = Math.min(Math.min(CHUNK, length - from), step.rowsMax() - step.rows());
            if (rows < 1 || step.logitsLeft() < 1 || !state.reserve(from + rows)) {
                continue;
            }
            for (int position = from; position < from + rows; position++) {
                int token = request.sequence().tokens()[position];
                logitsOf[i] = step.add(state.pages(), position, token, position == length - 1);
                state.computed(token);
            }
            ready |= logitsOf[i] >= 0;
        }
        if (step.rows() > 0) {
            model.forward(step);
        }
        return ready;
    }

    /** Has each request that is ready and wants another guess choose it; false if nobody did. */
    private boolean choose(List<ActiveRequest> requests, int place) {
        boolean any = false;
        for (int i = 0; i < requests.size(); i++) {
            if (logitsOf[i] >= 0 && place < requests.get(i).wanted()) {
                requests.get(i).guess(logits[logitsOf[i]], place);
                any = true;
            }
        }
        return any;
    }

    /** Runs the guesses of those who want another one; false if nobody does. */
    private boolean runNext(List<ActiveRequest> requests, int place) {
        step.clear();
        for (int i = 0; i < requests.size(); i++) {
            ActiveRequest request = requests.get(i);
            boolean ready = logitsOf[i] >= 0;
            logitsOf[i] = -1;
            if (!ready || place + 1 >= request.wanted()) {
                continue;
            }
            int guess = request.sequence().guesses()[place];
            int position = request.sequence().length() + place;
            if (!vocabulary.isEndOfGeneration(guess) && request.draft().reserve(position + 1)) {
                logitsOf[i] = step.add(request.draft().pages(), position, guess, true);
                request.draft().computed(guess);
            }
        }
        if (step.rows() == 0) {
            return false;
        }
        model.forward(step);
        return true;
    }

    @Override
    public void close() {
        model.close();
    }
}
