package dev.lockstep.cli;

import dev.lockstep.bench.speculation.CrowdExperiment;
import dev.lockstep.bench.speculation.ReplayFigures;
import dev.lockstep.bench.speculation.SpeculationReport;
import dev.lockstep.bench.speculation.StepCosts;
import dev.lockstep.text.Tokenizer;
import java.util.List;

/**
 * What {@code lockstep lab speculation} measured; null for what was not asked for.
 *
 * @param draft the name of the model that guesses, or null
 * @param tokenizer the model's
 * @param threads workers of a step
 */
record SpeculationResults(
        Tokenizer tokenizer,
        int threads,
        String draft,
        SpeculationReport report,
        StepCosts costs,
        List<ReplayFigures> replays,
        List<CrowdExperiment.Figures> crowds,
        PeerSpeculation peer) {}
