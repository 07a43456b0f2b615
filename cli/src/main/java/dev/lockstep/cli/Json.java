package dev.lockstep.cli;

import dev.lockstep.bench.serve.Spread;
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

    /** A number with six decimals; null if it is infinite or none. */
    static void writeNumber(JsonGenerator json, String name, double value) {
        if (Double.isFinite(value)) {
            json.writeNumberProperty(name, rounded(value));
        } else {
            json.writeNullProperty(name);
        }
    }

    /** The value with six decimals. */
    static double rounded(double value) {
        return Math.round(value * 1e6) / 1e6;
    }

    /** All figures of a spread, as one object. */
    static void writeSpread(JsonGenerator json, String name, Spread spread) {
        json.writeObjectPropertyStart(name);
        json.writeNumberProperty("count", spread.count());
        writeNumber(json, "mean", spread.mean());
        writeNumber(json, "p50", spread.p50());
        writeNumber(json, "p95", spread.p95());
        writeNumber(json, "p99", spread.p99());
        writeNumber(json, "max", spread.max());
        json.writeEndObject();
    }
}
