package dev.lockstep.cli;

import dev.lockstep.train.evaluate.Agreement;
import dev.lockstep.train.evaluate.EvaluationMachine;
import dev.lockstep.train.evaluate.Figures;
import dev.lockstep.train.evaluate.HeldOut;
import dev.lockstep.train.run.Evaluation;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/**
 * The figures of {@code lockstep eval}, for people or programs.
 *
 * @param byPosition whether agreement is told for each drafted token
 */
record EvalOutput(Path model, HeldOut text, EvaluationMachine machine, Figures figures, boolean byPosition) {
    void print(PrintStream out) {
        Evaluation e = figures.evaluation();
        line(out, "model     %s", model.getFileName());
        line(
                out,
                "text      %s; %,d files, %,d bytes",
                text.name(),
                text.documents().size(),
                text.bytes());
        line(
                out,
                "rows      %,d of %,d, %,d tokens each, of which %s measured: %,d tokens, which stand for %,.0f bytes",
                figures.rows(),
                figures.rowsAll(),
                figures.rowTokens(),
                figures.stride() == figures.rowTokens()
                        ? "all are"
                        : String.format(Locale.ROOT, "the last %,d are", figures.stride()),
                e.tokens(),
                e.bytes());
        line(out, "method    %s", method());
        out.println();
        line(out, "bits per byte   %s%.4f", figures.causal() ? "" : "at most ", e.bitsPerByte());
        line(out, "nats per token  %s%.4f", figures.causal() ? "" : "at most ", e.loss());
        line(out, "accuracy        %.4f of %,d tokens predicted", e.accuracy(), e.predicted());
        figures.agreement().ifPresent(agreement -> print(out, agreement));
    }

    private String method() {
        String kernels = machine.tier().tier() + " kernels";
        if (figures.causal()) {
            return "next token, by the pass that generation uses, with the file's weights, " + machine.kvType()
                    + " keys and values, " + kernels;
        }
        return "upper bound: masked diffusion with a linear schedule, each row masked " + figures.samples()
                + (figures.samples() == 1 ? " time" : " times") + ", levels spread evenly from 0.001 to 1, seed "
                + figures.seed() + "; weights decoded to floats, " + kernels;
    }

    private void print(PrintStream out, Agreement a) {
        out.println();
        line(out, "The draft's greedy choice is the model's at %.4f of %,d positions.", a.overall(), a.positions());
        if (!byPosition) {
            return;
        }
        line(
                out,
                "Gone on from every %dth position as in speculation, it gains %.3f tokens of %d:",
                a.every(),
                a.accepted(),
                a.reached().length);
        out.println();
        Table table = new Table("drafted token", "all before right", "right", "agreement");
        for (int i = 0; i < a.reached().length; i++) {
            table.row(
                    Integer.toString(i + 1),
                    String.format(Locale.ROOT, "%,d", a.reached()[i]),
                    String.format(Locale.ROOT, "%,d", a.right()[i]),
                    a.reached()[i] == 0 ? "-" : String.format(Locale.ROOT, "%.4f", a.rate(i)));
        }
        table.print(out);
    }

    private static void line(PrintStream out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    void printJson(PrintStream out) {
        Evaluation e = figures.evaluation();
        try (JsonGenerator line = Json.to(out)) {
            line.writeStartObject();
            line.writeStringProperty("model", model.getFileName().toString());
            line.writeStringProperty("text", text.name());
            line.writeNumberProperty("documents", text.documents().size());
            line.writeNumberProperty("text_bytes", text.bytes());
            line.writeStringProperty("method", figures.causal() ? "next-token" : "diffusion-bound");
            line.writeNumberProperty("row_tokens", figures.rowTokens());
            line.writeNumberProperty("stride", figures.stride());
            line.writeNumberProperty("rows", figures.rows());
            line.writeNumberProperty("rows_all", figures.rowsAll());
            line.writeNumberProperty("tokens", e.tokens());
            line.writeNumberProperty("bytes", e.bytes());
            line.writeNumberProperty("bits_per_byte", e.bitsPerByte());
            line.writeNumberProperty("nats_per_token", e.loss());
            line.writeNumberProperty("predicted", e.predicted());
            line.writeNumberProperty("accuracy", e.accuracy());
            line.writeNumberProperty("samples", figures.samples());
            line.writeNumberProperty("seed", figures.seed());
            if (figures.agreement().isPresent()) {
                write(line, figures.agreement().get());
            } else {
                line.writeNullProperty("agreement");
            }
            line.writeEndObject();
        }
        out.println();
    }

    private void write(JsonGenerator line, Agreement a) {
        line.writeObjectPropertyStart("agreement");
        line.writeNumberProperty("positions", a.positions());
        line.writeNumberProperty("overall", a.overall());
        line.writeNumberProperty("every", a.every());
        line.writeNumberProperty("accepted", a.accepted());
        line.writeArrayPropertyStart("drafted");
        for (int i = 0; i < a.reached().length && byPosition; i++) {
            line.writeStartObject();
            line.writeNumberProperty("reached", a.reached()[i]);
            line.writeNumberProperty("right", a.right()[i]);
            if (a.reached()[i] == 0) {
                line.writeNullProperty("rate");
            } else {
                line.writeNumberProperty("rate", a.rate(i));
            }
            line.writeEndObject();
        }
        line.writeEndArray();
        line.writeEndObject();
    }
}
