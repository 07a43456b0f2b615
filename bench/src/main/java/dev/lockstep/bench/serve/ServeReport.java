package dev.lockstep.bench.serve;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What all schedules made of one workload.
 *
 * @param workload the requests
 * @param results one a schedule, in the order in which they ran
 * @param peer what a peer made of it, if one was asked
 */
public record ServeReport(Workload workload, List<LoadResult> results, Optional<PeerRun> peer) {
    /** Copies the list. */
    public ServeReport {
        results = List.copyOf(results);
    }

    /** The same with a peer's run beside it. */
    public ServeReport withPeer(PeerRun run) {
        return new ServeReport(workload, results, Optional.of(run));
    }

    /** The schedules' results and, after them, the peer's. */
    public List<LoadResult> all() {
        return Stream.concat(results.stream(), peer.stream().map(PeerRun::result))
                .toList();
    }

    /**
     * Whether schedules agree about the tokens.
     *
     * @param compared requests that were answered under at least two schedules
     * @param different those of them, by index, that did not get the same tokens under all
     */
    public record Agreement(int compared, List<Integer> different) {
        /** Copies the list. */
        public Agreement {
            different = List.copyOf(different);
        }

        /** Whether no request got different tokens. */
        public boolean equal() {
            return different.isEmpty();
        }
    }

    /** Compares every request's tokens between the schedules that answered it; a peer has arithmetic of its own. */
    public Agreement agreement() {
        Map<Integer, List<List<Integer>>> answers = new HashMap<>();
        for (LoadResult result : results) {
            for (ServedRequest request : result.served()) {
                answers.computeIfAbsent(request.plan().index(), _ -> new ArrayList<>())
                        .add(request.tokens());
            }
        }
        answers.values().removeIf(all -> all.size() < 2);
        List<Integer> different = answers.entrySet().stream()
                .filter(all -> all.getValue().stream().distinct().count() > 1)
                .map(Map.Entry::getKey)
                .sorted(Comparator.naturalOrder())
                .toList();
        return new Agreement(answers.size(), different);
    }
}
