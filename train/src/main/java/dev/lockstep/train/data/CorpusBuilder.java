package dev.lockstep.train.data;

import dev.lockstep.train.Parallel;
import dev.lockstep.train.Progress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a {@link Corpus} of a source's files: drops what teaches nothing, what is there twice, and what would give away
 * the held-out text; then cuts off most licences.
 *
 * <p><b>Licences.</b> Held-out files are measured whole, so a model must know the licence by heart; but there it is in
 * every file, and as long as 250 tokens. It stays in one training file in {@value #LICENCE_ONE_IN}, chosen by a hash of
 * the path, which is still more than a thousand copies. That a file starts with it then comes as a surprise of
 * log₂ {@value #LICENCE_ONE_IN} = 3 bits, once a file.
 */
final class CorpusBuilder {
    /** How many training files there are to one that keeps its licence. */
    static final int LICENCE_ONE_IN = 8;

    /** How alike two files must be for one to be dropped: the estimated share of their shingles that both have. */
    static final double SIMILARITY_LIMIT = 0.6;

    private static final String LICENCE_PURPOSE = "licence";

    private final int threads;
    private final Progress progress;
    private final Map<DropReason, Tally> dropped = new EnumMap<>(DropReason.class);

    CorpusBuilder(int threads, Progress progress) {
        this.threads = threads;
        this.progress = progress;
    }

    Corpus build(CorpusSource.Files files) throws CorpusException {
        List<Body> heldOut = files.heldOut().stream().map(Body::of).toList();
        List<Body> kept = withoutTables(files.training());
        kept = withoutDuplicates(kept, heldOut);
        kept = withoutNearDuplicates(kept, heldOut);
        kept = withoutHeldOutPassages(kept, heldOut);
        if (kept.isEmpty()) {
            throw new CorpusException(
                    "nothing is left to learn from of " + files.training().size()
                            + " files: all are empty, tables, or repeat one another or the held-out text.");
        }
        return corpus(files, kept);
    }

    private Corpus corpus(CorpusSource.Files files, List<Body> kept) {
        Tally licences = Tally.NONE;
        List<Document> training = new ArrayList<>(kept.size());
        for (Body body : kept) {
            boolean whole = body.start() == 0
                    || StableHash.chooses(LICENCE_PURPOSE, body.document().path(), LICENCE_ONE_IN);
            training.add(whole ? body.document() : body.document().without(body.start()));
            licences = whole ? licences : licences.plus(body.start());
        }
        Tally read = Tally.of(files.training()).plus(Tally.of(files.heldOut()));
        CorpusReport report = new CorpusReport(
                read, files.unreadable(), Map.copyOf(dropped), licences, Tally.of(training), Tally.of(files.heldOut()));
        return new Corpus(training, files.heldOut(), report);
    }

    private List<Body> withoutTables(List<Document> documents) {
        DropReason[] reasons = new DropReason[documents.size()];
        Body[] bodies = new Body[documents.size()];
        Parallel.forEach(reasons.length, threads, "looking for tables", progress, i -> {
            bodies[i] = Body.of(documents.get(i));
            if (isBlank(bodies[i])) {
                reasons[i] = DropReason.EMPTY;
            } else if (documents.get(i).path().endsWith(".java") && TableRule.isTable(bodies[i].text())) {
                reasons[i] = DropReason.TABLE;
            }
        });
        return undropped(List.of(bodies), reasons);
    }

    private static boolean isBlank(Body body) {
        for (int at = body.start(); at < body.text().length; at++) {
            if (body.text()[at] > ' ' || body.text()[at] < 0) {
                return false;
            }
        }
        return true;
    }

    private List<Body> withoutDuplicates(List<Body> bodies, List<Body> heldOut) {
        Set<ByteBuffer> seen = new HashSet<>();
        heldOut.forEach(body -> seen.add(body.key()));
        DropReason[] reasons = new DropReason[bodies.size()];
        for (int i = 0; i < reasons.length; i++) {
            reasons[i] = seen.add(bodies.get(i).key()) ? null : DropReason.DUPLICATE;
        }
        return undropped(bodies, reasons);
    }

    private List<Body> withoutNearDuplicates(List<Body> bodies, List<Body> heldOut) {
        NearDuplicates seen = new NearDuplicates(SIMILARITY_LIMIT);
        heldOut.forEach(body -> seen.keep(MinHash.signature(body.text(), body.start())));
        int[][] signatures = new int[bodies.size()][];
        Parallel.forEach(
                signatures.length,
                threads,
                "looking for near-duplicates",
                progress,
                i -> signatures[i] =
                        MinHash.signature(bodies.get(i).text(), bodies.get(i).start()));
        DropReason[] reasons = new DropReason[bodies.size()];
        for (int i = 0; i < reasons.length; i++) {
            reasons[i] = seen.keep(signatures[i]) ? null : DropReason.NEAR_DUPLICATE;
        }
        return undropped(bodies, reasons);
    }

    private List<Body> withoutHeldOutPassages(List<Body> bodies, List<Body> heldOut) {
        boolean[] repeats = new HeldOutOverlap(heldOut).repeats(bodies, threads, progress);
        DropReason[] reasons = new DropReason[bodies.size()];
        for (int i = 0; i < reasons.length; i++) {
            reasons[i] = repeats[i] ? DropReason.HELD_OUT_PASSAGE : null;
        }
        return undropped(bodies, reasons);
    }

    /** The bodies without a reason to be dropped; counts the others. */
    private List<Body> undropped(List<Body> bodies, DropReason[] reasons) {
        List<Body> kept = new ArrayList<>(bodies.size());
        for (int i = 0; i < reasons.length; i++) {
            if (reasons[i] == null) {
                kept.add(bodies.get(i));
            } else {
                dropped.merge(reasons[i], new Tally(1, bodies.get(i).text().length), Tally::plus);
            }
        }
        return kept;
    }
}
