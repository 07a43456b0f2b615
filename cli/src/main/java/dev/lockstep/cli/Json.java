package dev.lockstep.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** JSON on an output stream, one value a line. */
final class Json {
    private static final JsonFactory FACTORY =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    private Json() {}

    /** A generator; closing it leaves the stream open. */
    static JsonGenerator to(PrintStream out) {
        return FACTORY.createGenerator(ObjectWriteContext.empty(), (OutputStream) out);
    }

    static void writeArray(JsonGenerator json, String name, List<Integer> values) {
        json.writeArrayPropertyStart(name);
        for (int value : values) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }

    /** A time in milliseconds with three decimals: microseconds are more than enough. */
    static void writeMs(JsonGenerator json, String name, double ms) {
        json.writeNumberProperty(name, Math.round(ms * 1_000) / 1_000.0);
    }
}
