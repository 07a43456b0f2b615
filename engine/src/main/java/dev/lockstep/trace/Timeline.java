package dev.lockstep.trace;

import java.io.IOException;

/**
 * Entries of the Trace Event Format ("Trace Event Format", Chromium project, "JSON Object Format"): an array of objects, one
 * an entry, each on a line of its own.
 *
 * <pre>
 * {"ph":"B","pid":2,"tid":7,"ts":12.345,"name":"queued","args":{"prompt_tokens":5}}
 *   ph    B, E: a slice begins, ends · X: a slice with its duration · i: an instant · C: a counter · M: a name
 *   pid   the group of tracks; tid: the track, absent for counters and names of groups
 *   ts    microseconds since the first event, with three decimals; dur: the same, of X
 *   args  whatever there is to say; of C: the counter's values
 * </pre>
 *
 * <p>Each method but {@link #arg} and {@link #close} opens an entry; arguments follow, then {@link #close}.
 */
final class Timeline {
    /** No track: the entry is its group's. */
    static final long GROUP = -1;

    private final JsonWriter json;
    private final long originNs;

    /**
     * Entries in an array that is open.
     *
     * @param originNs the time that is shown as 0
     */
    Timeline(JsonWriter json, long originNs) {
        this.json = json;
        this.originNs = originNs;
    }

    /** Names a track, or a group, and says where it stands among the others. */
    void name(int group, long track, String name) throws IOException {
        String subject = track == GROUP ? "process" : "thread";
        open("M", group, track).name("name").value(subject + "_name");
        args().arg("name", name).close();
        open("M", group, track).name("name").value(subject + "_sort_index");
        args().arg("sort_index", track == GROUP ? group : track).close();
    }

    /** A slice begins. Slices of a track end in the reverse order of their beginnings. */
    Timeline begin(int group, long track, long ns, String name) throws IOException {
        return open("B", group, track, ns, name);
    }

    /** The slice that began last in a track ends. */
    Timeline end(int group, long track, long ns, String name) throws IOException {
        return open("E", group, track, ns, name);
    }

    /** A slice that began and has ended. */
    Timeline slice(int group, long track, long beginNs, long endNs, String name) throws IOException {
        open("X", group, track).name("ts").thousandths(beginNs - originNs);
        json.name("dur").thousandths(endNs - beginNs).name("name").value(name);
        return args();
    }

    /** Something without a duration. */
    Timeline instant(int group, long track, long ns, String name) throws IOException {
        open("i", group, track).name("ts").thousandths(ns - originNs);
        json.name("s").value("t").name("name").value(name);
        return args();
    }

    /** Counters have these values, the arguments, from here on. */
    Timeline counter(int group, long ns, String name) throws IOException {
        return open("C", group, GROUP, ns, name);
    }

    /** An argument, unless it is null. */
    Timeline arg(String name, String value) throws IOException {
        if (value != null) {
            json.name(name).value(value);
        }
        return this;
    }

    Timeline arg(String name, long value) throws IOException {
        json.name(name).value(value);
        return this;
    }

    /** An argument, unless it is infinite or no number. */
    Timeline arg(String name, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.name(name).value(value);
        }
        return this;
    }

    Timeline arg(String name, boolean value) throws IOException {
        json.name(name).value(value);
        return this;
    }

    /** Ends the entry. */
    void close() throws IOException {
        json.endObject().endObject();
    }

    private Timeline open(String phase, int group, long track, long ns, String name) throws IOException {
        open(phase, group, track)
                .name("ts")
                .thousandths(ns - originNs)
                .name("name")
                .value(name);
        return args();
    }

    private JsonWriter open(String phase, int group, long track) throws IOException {
        json.newLine().beginObject().name("ph").value(phase).name("pid").value(group);
        return track == GROUP ? json : json.name("tid").value(track);
    }

    private Timeline args() throws IOException {
        json.name("args").beginObject();
        return this;
    }
}
