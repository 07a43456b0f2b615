package dev.lockstep.train.report;

import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.optimise.OptimiserSettings;
import dev.lockstep.train.optimise.Schedule;
import dev.lockstep.train.prepared.PreparedCorpus;
import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.TrainingPlan;
import java.util.List;
import java.util.Locale;

/**
 * What a person must know of a trained model, in Markdown: what it learnt from, its shape, how it was trained, what it
 * can do, what its licence is, and how to make it again.
 *
 * @param name what the model is called
 * @param plan how it was trained
 * @param steps how many steps were run
 * @param history of the run
 * @param corpus what it learnt from
 * @param source the corpus in words, a noun phrase
 * @param licence one or more sentences about the texts' licence
 * @param heldOut the result with all of the held-out text
 * @param files names of the model's files and of the drawing of its losses, the drawing last
 * @param command what was typed, to be repeated
 */
public record ModelCard(
        String name,
        TrainingPlan plan,
        long steps,
        LossHistory history,
        PreparedCorpus corpus,
        String source,
        String licence,
        Evaluation heldOut,
        List<String> files,
        String command) {

    /** Copies the list. */
    public ModelCard {
        files = List.copyOf(files);
    }

    /** The card's text. */
    public String markdown() {
        return String.join(
                "\n\n",
                "# " + name,
                text(
                        "A language model of %.2f million weights, trained from nothing on %s by Lockstep.",
                        new ParameterLayout(plan.model()).elements() / 1e6, source),
                "Files: " + String.join(", ", files.subList(0, files.size() - 1)) + ".",
                "![Losses](" + files.getLast() + ")",
                "## Results",
                results(),
                "## Data",
                data(),
                "## Shape",
                shape(),
                "## Training",
                training(),
                "## Licence",
                licence,
                "## To make it again",
                "```sh\n" + command + "\n```",
                "The same texts, options and number of steps give the same weights, bit for bit, with any number of"
                        + " threads and any stops on the way.\n");
    }

    private String results() {
        boolean diffusion = plan.objective() instanceof MaskedDiffusion;
        return text("With %,d tokens of held-out text, in rows of at most %,d:\n\n", heldOut.tokens(), plan.rowTokens())
                + "| measure | value |\n|---|---|\n"
                + text("| bits a byte%s | %.4f |\n", diffusion ? ", a bound from above" : "", heldOut.bitsPerByte())
                + text("| loss, nats a token | %.4f |\n", heldOut.loss())
                + text(
                        "| %s accuracy | %.2f %% |",
                        diffusion ? "masked-token" : "next-token", 100 * heldOut.accuracy());
    }

    private String data() {
        return "The text is " + source + ", with fingerprint `" + corpus.fingerprint() + "` (SHA-256 of all paths and"
                + " texts), in " + text("%,d", corpus.vocabulary().size())
                + " tokens of a byte-level vocabulary learnt from the training part.\n\n"
                + "| part | documents | tokens | MB |\n|---|---|---|---|\n"
                + part("training", corpus.training()) + "\n" + part("held out", corpus.heldOut()) + "\n\n```\n"
                + String.join("\n", corpus.report()) + "\n```";
    }

    private static String part(String name, TokenStream text) {
        return text("| %s | %,d | %,d | %.2f |", name, text.documents(), text.length(), text.textBytes() / 1e6);
    }

    private String shape() {
        TransformerConfig m = plan.model();
        return text(
                "The Llama architecture: %d layers of width %d, %d heads of %d elements on %d key and value heads,"
                        + " feed-forward %d, a context of %d tokens, a vocabulary of %d%s; attention is %s.",
                m.layers(),
                m.width(),
                m.heads(),
                m.headSize(),
                m.kvHeads(),
                m.feedForward(),
                m.contextLength(),
                m.vocabulary(),
                m.tied() ? " whose embedding is the output matrix too" : "",
                m.mask().name().toLowerCase(Locale.ROOT));
    }

    private String training() {
        OptimiserSettings o = plan.optimiser();
        Schedule s = plan.schedule();
        return text(
                "Objective: %s. %,d steps of %d rows of %d tokens, %,d tokens in all (%.2f epochs), in %,.0f seconds of"
                        + " steps. Hidden matrices follow %s at a peak rate of %s, all else ADAMW at %s; weight decay %s,"
                        + " gradients clipped to %s, a rise over %d steps and a linear fall over the last %d. Seed %d.",
                plan.objective().getClass().getSimpleName(),
                steps,
                plan.stepRows(),
                plan.rowTokens(),
                steps * plan.stepTokens(),
                (double) steps * plan.stepTokens() / corpus.training().length(),
                history.seconds(),
                o.hidden(),
                o.hiddenRate(),
                o.rate(),
                o.weightDecay(),
                o.clip(),
                s.warmUp(),
                s.decay(),
                plan.seed());
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
