package dev.lockstep.bench.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StreamTextTest {
    private static final String ONE = "data: {\"choices\":[{\"text\":\"in\",\"finish_reason\":null}]}\n\n";
    private static final String TWO = "data: {\"choices\":[{\"text\":\"t \\u00e9\\n\\n\",\"finish_reason\":null}]}\n\n";
    private static final String END = "data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}\n\n";
    private static final String USAGE = "data: {\"choices\":[],\"usage\":{\"completion_tokens\":2}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private static StreamText of(String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return StreamText.of(bytes, bytes.length);
    }

    @Test
    void aWholeStreamHasItsTextItsReasonAndItsMark() throws IOException {
        assertThat(of(ONE + TWO + END + USAGE + DONE)).isEqualTo(new StreamText("int é\n\n", "length", 2, null, true));
    }

    @Test
    void ofAPieceOnlyWholeEventsCount() throws IOException {
        String body = ONE + TWO;
        assertThat(of(body.substring(0, body.length() - 1))).isEqualTo(new StreamText("in", null, -1, null, false));
        assertThat(of("")).isEqualTo(new StreamText("", null, -1, null, false));
    }

    @Test
    void anErrorInTheStreamIsTold() throws IOException {
        assertThat(of(ONE + "data: {\"error\":{\"message\":\"the end\"}}\n\n" + DONE)
                        .error())
                .isEqualTo("the end");
    }

    @Test
    void whatIsNoEventIsRefused() {
        assertThatThrownBy(() -> of("event: x\n\n")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> of("data: {\n\n")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> of(DONE + ONE)).isInstanceOf(IOException.class).hasMessageContaining("after the end");
    }
}
