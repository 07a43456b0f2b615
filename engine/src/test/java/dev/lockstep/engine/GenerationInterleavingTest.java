package dev.lockstep.engine;

import static dev.lockstep.engine.Interleavings.check;
import static dev.lockstep.engine.Interleavings.explore;
import static dev.lockstep.engine.Interleavings.together;

import dev.lockstep.plan.Policy;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A stream, its readers and those who pause and cancel it, under every order of their steps that the model checker comes to. */
@Tag(Interleavings.TAG)
class GenerationInterleavingTest {
    private static final int[] PROMPT = {1};
    private static final int A = TextAssemblerTest.FIRST_BYTE + 'a';
    private static final int B = TextAssemblerTest.FIRST_BYTE + 'b';

    /** Text is held back as long as more tokens may come: whoever gets it with a token knew that it was the last. */
    private static final Request HELD_BACK = Request.of("").stop("abc");

    /** Wakes a loop, as the engine does. */
    private static final class Waker implements Generation.Listener {
        final RequestQueue queue = new RequestQueue(1, Policy.FIRST_COME, TENANTS);

        @Override
        public void cancelled(Generation generation) {
            queue.signal();
        }

        @Override
        public void pauseChanged() {
            queue.signal();
        }
    }

    private static final Generation.Listener NOBODY = new Generation.Listener() {
        @Override
        public void cancelled(Generation generation) {}

        @Override
        public void pauseChanged() {}
    };

    private static final Tenants TENANTS = new Tenants(Map.of());

    private static Generation generation(Generation.Listener listener) {
        return new Generation(1, PROMPT, 2, HELD_BACK, TextAssemblerTest.TOKENIZER, listener);
    }

    @Test
    void everyReaderSeesEveryTokenAndTheLastTogetherWithTheEnd() {
        explore(() -> {
            Generation generation = generation(NOBODY);
            together(
                    () -> {
                        Iterator<Token> stream = generation.iterator();
                        expect(stream, A, "");
                        expect(stream, B, "ab");
                        check(!stream.hasNext(), "something comes after the last token");
                    },
                    () -> {
                        generation.stream().publish(A, false, null);
                        generation.stream().publishLast(B, false, null, FinishReason.LENGTH, 0);
                    });
        });
    }

    @Test
    void aTokenWakesAReaderBeforeTheNextOneComes() {
        explore(() -> {
            Generation generation = generation(NOBODY);
            Generation answer = generation(NOBODY);
            together(
                    () -> {
                        expect(generation.iterator(), A, "");
                        answer.stream().publish(A, false, null);
                    },
                    () -> {
                        generation.stream().publish(A, false, null);
                        expect(answer.iterator(), A, "");
                    });
        });
    }

    @Test
    void anEndWithoutATokenWakesEveryReader() {
        explore(() -> {
            Generation generation = generation(NOBODY);
            together(
                    () -> readAnEndWithoutAToken(generation),
                    () -> check(generation.await().finishReason() == FinishReason.CANCELLED, "another end"),
                    () -> {
                        generation.stream().publish(A, false, null);
                        generation.stream().publishEnd(FinishReason.CANCELLED, null, 0);
                    });
        });
    }

    @Test
    void theEndWakesEverybodyWhoWaits() {
        explore(() -> {
            Generation generation = generation(NOBODY);
            together(
                    () -> check(!generation.iterator().hasNext(), "a token from nowhere"),
                    () -> check(!generation.iterator().hasNext(), "a token from nowhere"),
                    () -> generation.stream().publishEnd(FinishReason.CANCELLED, null, 0));
        });
    }

    private static void readAnEndWithoutAToken(Generation generation) {
        Iterator<Token> stream = generation.iterator();
        Token first = stream.next();
        check(first.id() == A, "another first token: " + first);
        // Whether the end is there when the token is taken decides with which of the two the text comes.
        if (first.text().isEmpty()) {
            expect(stream, Token.REST, "a");
        }
        check(!stream.hasNext(), "something comes after the end");
    }

    private static void expect(Iterator<Token> stream, int id, String text) {
        Token token = stream.next();
        check(token.id() == id && token.text().equals(text), "unexpected " + token);
    }

    @Test
    void theLoopHearsOfTheEndOfTheLastPauseAndThenKnowsOfItsFailure() {
        explore(() -> {
            Waker waker = new Waker();
            Generation generation = generation(waker);
            CompletableFuture<Void> call = new CompletableFuture<>();
            generation.awaiting(call);
            together(
                    () -> {
                        for (int seen = waker.queue.signals(); generation.paused(); seen = waker.queue.signals()) {
                            waker.queue.awaitSignal(seen, Long.MAX_VALUE);
                        }
                        check(generation.failure() != null, "goes on without the failure");
                    },
                    () -> call.completeExceptionally(new IllegalStateException("no answer")));
        });
    }

    @Test
    void thingsAwaitedAreCountedWhoeverBeginsAndEndsThem() {
        explore(() -> {
            Generation generation = generation(NOBODY);
            CompletableFuture<Void> first = new CompletableFuture<>();
            CompletableFuture<Void> second = new CompletableFuture<>();
            generation.awaiting(first);
            together(() -> generation.awaiting(second), () -> first.complete(null));
            check(generation.paused(), "goes on while something is awaited");
            second.complete(null);
            check(!generation.paused(), "still waits though all is done");
        });
    }

    @Test
    void theLoopHearsOfACancellation() {
        explore(() -> {
            Waker waker = new Waker();
            Generation generation = generation(waker);
            together(
                    () -> {
                        for (int seen = waker.queue.signals();
                                !generation.cancelRequested();
                                seen = waker.queue.signals()) {
                            waker.queue.awaitSignal(seen, Long.MAX_VALUE);
                        }
                    },
                    generation::cancel);
        });
    }
}
