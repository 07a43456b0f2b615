package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TokenIteratorTest {
    /** The engine stops before its fourth token: three are at hand, the next is not, and the end is again. */
    @Test
    void tellsWhetherTheNextIsAtHand() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        EngineListener listener = new EngineListener() {
            @Override
            public void token(long request, int index, long sinceNs) {
                if (index == 3) {
                    held.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        };
        try (Engine engine = Engine.open(Models.stories(), Models.options().listener(listener))) {
            Generation generation =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(12).temperature(1));
            TokenIterator tokens = generation.iterator();
            List<Integer> ids = new ArrayList<>();
            try {
                held.await();
                for (int i = 0; i < 3; i++) {
                    assertThat(tokens.ready()).as("token %d", i).isTrue();
                    ids.add(tokens.next().id());
                }
                assertThat(tokens.ready()).as("token 3").isFalse();
            } finally {
                go.countDown();
            }
            Completion completion = generation.await();
            while (tokens.hasNext()) {
                assertThat(tokens.ready()).isTrue();
                Token token = tokens.next();
                if (token.id() >= 0) {
                    ids.add(token.id());
                }
                assertThat(tokens.ready()).as("all has come").isTrue();
            }
            assertThat(ids).isEqualTo(completion.tokens());
        }
    }
}
