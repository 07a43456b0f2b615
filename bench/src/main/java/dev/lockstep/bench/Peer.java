package dev.lockstep.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Another engine that can run the same steps of the same file, to compare with. */
public interface Peer {
    /**
     * Runs every step some times.
     *
     * @param model a GGUF file
     * @param threads threads that compute
     * @return the median milliseconds of a step, finite and positive, for each of {@code steps}
     * @throws IOException if the peer fails; the message is one clause
     */
    Map<StepCase, Double> measure(Path model, int threads, List<StepCase> steps) throws IOException;
}
