package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class QuotedTest {
    @Test
    void printableTextStaysAsItIs() {
        assertThat(Quoted.name("blk.0.attn_q.weight")).isEqualTo("\"blk.0.attn_q.weight\"");
        assertThat(Quoted.name("ĠΩ語🙂")).isEqualTo("\"ĠΩ語🙂\"");
    }

    @Test
    void whatWouldSteerATerminalIsEscaped() {
        assertThat(Quoted.name("a\u001b[31m\r\n\tb\u007f\u009b"))
                .isEqualTo("\"a\\u001B[31m\\u000D\\u000A\\u0009b\\u007F\\u009B\"");
        assertThat(Quoted.name("\u202egpj\u2028\u2029\u200b\ufeff"))
                .isEqualTo("\"\\u202Egpj\\u2028\\u2029\\u200B\\uFEFF\"");
        assertThat(Quoted.name("\ud800x\udc00")).isEqualTo("\"\\uD800x\\uDC00\"");
        assertThat(Quoted.name(Character.toString(0xE0041))).isEqualTo("\"\\u{E0041}\"");
    }

    @Test
    void longTextIsCutBetweenCharacters() {
        assertThat(Quoted.cut("abcd", 4)).isEqualTo("abcd");
        assertThat(Quoted.cut("abcde", 4)).isEqualTo("abc…");
        assertThat(Quoted.cut("ab🙂🙂", 4)).isEqualTo("ab…");
        assertThat(Quoted.cut("a\nbc", 4)).isEqualTo("a…");
        assertThat(Quoted.cut("", 1)).isEmpty();
        assertThat(Quoted.cut("xy", 1)).isEqualTo("…");
        assertThat(Quoted.name("n".repeat(1000)))
                .hasSize(Quoted.NAME_LENGTH_MAX + 2)
                .endsWith("n…\"");
        assertThatThrownBy(() -> Quoted.cut("x", 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anExceptionsMessageIsPrintableAndShort() {
        assertThat(new UnusableModelException("m.gguf: \u001b[2J" + "x".repeat(1000)))
                .message()
                .startsWith("m.gguf: \\u001B[2Jxxx")
                .hasSize(UnusableModelException.MESSAGE_LENGTH_MAX);
    }
}
