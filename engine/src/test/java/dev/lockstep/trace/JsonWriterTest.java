package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonWriterTest {
    private final StringBuilder out = new StringBuilder();
    private final JsonWriter json = new JsonWriter(out);

    @Test
    void commasStandBetweenValuesAndNowhereElse() throws IOException {
        json.beginObject().name("a").beginArray().endArray();
        json.name("b").beginObject().endObject().name("c").beginArray();
        json.value(1).value("x").value((String) null).value(true).beginObject();
        json.name("d").value(-2.5).endObject().beginArray().value(false).endArray();
        json.thousandths(1_002).endArray().endObject();
        assertThat(out).hasToString("{\"a\":[],\"b\":{},\"c\":[1,\"x\",null,true,{\"d\":-2.5},[false],1.002]}");
    }

    @Test
    void linesMayEndBetweenValues() throws IOException {
        json.beginArray().newLine().value(1).newLine().value(2).endArray();
        assertThat(out).hasToString("[\n1,\n2]");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.000",
        "7, 0.007",
        "42, 0.042",
        "999, 0.999",
        "1000, 1.000",
        "123456, 123.456",
        "9223372036854775807, 9223372036854775.807"
    })
    void thousandthsAreExact(long number, String expected) throws IOException {
        json.thousandths(number);
        assertThat(out).hasToString(expected);
    }

    @Test
    void whatIsNoNumberIsNull() throws IOException {
        json.beginArray().value(Double.NaN).value(Double.POSITIVE_INFINITY).value(1e300);
        json.value(Double.MIN_VALUE).value(Long.MIN_VALUE).endArray();
        assertThat(out).hasToString("[null,null,1.0E300,4.9E-324,-9223372036854775808]");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyTextComesBackAsItWas(long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("\"\\/\b\f\n\r\t\0\u001f\u007f\u2028 grün 😀");
        for (int i = 0; i < 2_000; i++) {
            text.appendCodePoint(random.nextInt(
                    switch (i % 3) {
                        case 0 -> 128;
                        case 1 -> Character.MIN_SURROGATE;
                        default -> Character.MAX_CODE_POINT + 1;
                    }));
            // Half of a surrogate pair is no text.
            if (Character.isSurrogate(text.charAt(text.length() - 1))
                    && Character.charCount(text.codePointBefore(text.length())) == 1) {
                text.setLength(text.length() - 1);
            }
        }
        json.beginObject().name(text.toString()).value(text.toString()).endObject();
        byte[] utf8 = out.toString().getBytes(StandardCharsets.UTF_8);
        JsonNode read = JsonMapper.shared().readTree(utf8);
        assertThat(read.propertyNames()).as("seed %d", seed).containsExactly(text.toString());
        assertThat(read.get(text.toString()).asString()).as("seed %d", seed).isEqualTo(text.toString());
    }

    @Test
    void halfASurrogatePairIsReplaced() throws IOException {
        json.beginArray()
                .value("a\uD83D")
                .value("\uDE00b\uD83Dc\uD83D\uD83D\uDE00")
                .endArray();
        assertThat(out).hasToString("[\"a\uFFFD\",\"\uFFFDb\uFFFDc\uFFFD\uD83D\uDE00\"]");
    }
}
