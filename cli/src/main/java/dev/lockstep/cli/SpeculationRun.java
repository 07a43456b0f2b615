package dev.lockstep.cli;

import dev.lockstep.bench.speculation.CrowdExperiment;
import dev.lockstep.bench.speculation.ReplayExperiment;
import dev.lockstep.bench.speculation.ReplayFigures;
import dev.lockstep.bench.speculation.Script;
import dev.lockstep.bench.speculation.SpeculationExperiment;
import dev.lockstep.bench.speculation.SpeculationPrompts;
import dev.lockstep.bench.speculation.SpeculationReport;
import dev.lockstep.bench.speculation.StepCosts;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.engine.Request;
import dev.lockstep.format.GgufFile;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What {@code lockstep lab speculation} does once its flags are read: engines are opened, and experiments run on them. */
final class SpeculationRun {
    /** Characters of a prompt that is cut from a text; some 100 tokens. */
    private static final int PROMPT_CHARACTERS = 400;

    /** Tokens of a hard prompt, which nobody can foresee anything from. */
    private static final int HARD_PROMPT_TOKENS = 32;

    private static final float HARD_TEMPERATURE = 1.5f;

    private final LabSpeculationCommand flags;
    private final Path path;
    private final SpeculationExperiment.Listener listener;

    /**
     * @param path the model's file
     * @param listener hears what is being done
     */
    SpeculationRun(LabSpeculationCommand flags, Path path, SpeculationExperiment.Listener listener) {
        this.flags = flags;
        this.path = path;
        this.listener = listener;
    }

    /** Does what the flags ask for, one after the other. */
    SpeculationResults results() throws IOException {
        Tokenizer tokenizer;
        int threads;
        try (GgufFile file = GgufFile.open(path)) {
            threads = MemoryForecast.of(file, flags.machine.options()).threads();
            tokenizer = Tokenizer.of(file.metadata());
        }
        StepCosts costs = null;
        List<ReplayFigures> replays = null;
        if (flags.costTable != null || flags.replay != null) {
            Script script = new Script(tokenizer.vocabulary().size());
            try (Engine engine = flags.machine.open(path, scripted(script), flags.console, flags.common)) {
                ReplayExperiment experiment = new ReplayExperiment(engine, script, prompts(engine), listener);
                costs = experiment.steps(rows(), flags.rounds);
                replays = flags.replay == null ? null : replays(experiment, costs);
            }
        }
        List<CrowdExperiment.Figures> crowds = flags.clients == null ? null : crowds();
        boolean alone = flags.costTable == null && flags.replay == null && flags.clients == null;
        SpeculationReport report = alone ? report() : null;
        String draft = flags.speculation
                .draft()
                .map(file -> file.getFileName().toString())
                .orElse(null);
        PeerSpeculation other = report == null || flags.peer == null ? null : peer(threads, report);
        StepCosts shown = flags.costTable == null ? null : costs;
        return new SpeculationResults(tokenizer, threads, draft, report, shown, replays, crowds, other);
    }

    private SpeculationReport report() throws IOException {
        EngineOptions options = options().traceCapacity(traceCapacity());
        if (!flags.speculation.asked().on()) {
            throw new UsageException("--draft none leaves nothing to compare: name somebody who guesses");
        }
        if (flags.peer != null && flags.speculation.draft().isEmpty()) {
            throw new UsageException("--peer compares draft models: name one with --draft");
        }
        try (Engine engine = flags.machine.open(path, options, flags.console, flags.common)) {
            return new SpeculationExperiment(prompts(engine), flags.speculation.asked(), flags.rounds, listener)
                    .run(engine);
        }
    }

    private List<CrowdExperiment.Figures> crowds() throws IOException {
        int most = flags.clients.values().stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElse(1);
        EngineOptions options = options().schedule(Schedule.CONTINUOUS).running(most);
        try (Engine engine = flags.machine.open(path, options, flags.console, flags.common)) {
            CrowdExperiment experiment = new CrowdExperiment(engine, flags.speculation.asked(), flags.rounds, listener);
            List<CrowdExperiment.Figures> crowds = new ArrayList<>();
            List<Request> easy = prompts(engine);
            List<Request> hard = SpeculationPrompts.random(
                    engine, most, HARD_PROMPT_TOKENS, flags.tokens, HARD_TEMPERATURE, flags.seed);
            for (int count : flags.clients.values()) {
                crowds.add(experiment.run(count, "easy", easy));
                crowds.add(experiment.run(count, "hard", hard));
            }
            return crowds;
        }
    }

    private List<ReplayFigures> replays(ReplayExperiment experiment, StepCosts costs) {
        int guesses = flags.speculation.tokens == null ? 0 : flags.speculation.tokens;
        return flags.replay.values().stream()
                .map(alpha -> experiment.run(alpha, guesses, costs, flags.rounds, flags.seed))
                .toList();
    }

    /** Rows to measure: those asked for, or, for predictions, all that there may be. */
    private List<Integer> rows() {
        if (flags.costTable != null) {
            return flags.costTable.values();
        }
        int guesses = flags.speculation.tokens == null ? Speculation.GUESSES_MAX : flags.speculation.tokens;
        return IntStream.rangeClosed(1, 1 + guesses).boxed().toList();
    }

    /** What the peer makes of the same; null, and a message, if it is not there or fails. */
    private PeerSpeculation peer(int threads, SpeculationReport report) {
        Optional<List<String>> program = LlamaCpp.command(LlamaCpp.Role.SPECULATE, this::goingOnWithoutPeer);
        if (program.isEmpty()) {
            return null;
        }
        listener.doing(flags.peer);
        var question = new PeerSpeculation.Question(
                report.plain().getFirst().stream()
                        .map(request -> request.completion().promptTokens())
                        .toList(),
                flags.tokens,
                flags.temperature,
                flags.seed,
                flags.rounds,
                flags.speculation.tokens == null ? List.of(0, 2, 4, 8) : List.of(0, flags.speculation.tokens));
        try {
            return PeerSpeculation.run(
                    program.get(), path, flags.speculation.draft().orElseThrow(), threads, question);
        } catch (IOException e) {
            goingOnWithoutPeer(e.getMessage());
            return null;
        }
    }

    private void goingOnWithoutPeer(String why) {
        flags.console.message("going on without " + flags.peer + ": " + why);
    }

    private EngineOptions options() throws IOException {
        EngineOptions options = flags.machine.options();
        flags.context.applyTo(options);
        flags.speculation.applyTo(options, path);
        return options;
    }

    /** Options of an engine whose guesses are a script's. */
    private EngineOptions scripted(Script script) {
        EngineOptions options = flags.machine.options();
        flags.context.applyTo(options);
        return options.speculation(new Speculation(Speculation.Source.NGRAM, Speculation.GUESSES_MAX))
                .proposers(script::proposer)
                .traceCapacity(traceCapacity());
    }

    private int traceCapacity() {
        return SpeculationExperiment.traceCapacity(EngineOptions.CONTEXT_LENGTH_DEFAULT_MAX, flags.tokens);
    }

    private List<Request> prompts(Engine engine) throws IOException {
        List<String> texts = SpeculationPrompts.shipped();
        if (flags.text != null) {
            try {
                texts = SpeculationPrompts.pieces(Files.readString(flags.text), flags.requests, PROMPT_CHARACTERS);
            } catch (CharacterCodingException e) {
                throw new IOException(flags.text + " is not text in UTF-8", e);
            }
        }
        if (flags.edit) {
            texts = SpeculationPrompts.edits(texts);
        }
        return SpeculationPrompts.requests(engine, texts, flags.requests, flags.tokens, flags.temperature, flags.seed);
    }
}
