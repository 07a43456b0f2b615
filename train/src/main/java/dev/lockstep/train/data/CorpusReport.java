package dev.lockstep.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of the files of a source. Everything read is training, held out or dropped.
 *
 * @param read readable files
 * @param unreadable files left out by the source (see {@link CorpusSource.Files})
 * @param dropped by reason, whole files with their licences
 * @param licences licence headers cut off from files that are kept
 * @param training what is left to learn from
 * @param heldOut what is measured with
 */
public record CorpusReport(
        Tally read, Tally unreadable, Map<DropReason, Tally> dropped, Tally licences, Tally training, Tally heldOut) {

    /** One line for each figure, for people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(line("read", read));
        lines.add(line("unreadable", unreadable));
        for (DropReason reason : DropReason.values()) {
            lines.add(line("dropped: " + reason, dropped.getOrDefault(reason, Tally.NONE)));
        }
        lines.add(line("licences cut off", licences));
        lines.add(line("training", training));
        lines.add(line("held out", heldOut));
        return lines;
    }

    private static String line(String what, Tally tally) {
        return String.format(Locale.ROOT, "%-28s %6d files %9.2f MB", what, tally.files(), tally.bytes() / 1e6);
    }
}
