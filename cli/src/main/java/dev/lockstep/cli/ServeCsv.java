package dev.lockstep.cli;

import dev.lockstep.bench.serve.LoadResult;
import dev.lockstep.bench.serve.ServeReport;
import dev.lockstep.bench.serve.ServedRequest;
import dev.lockstep.bench.serve.ServiceLevel;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A load test's requests as comma-separated values (RFC 4180, with line feeds): a heading, then one line a request. A
 * peer's are under its name.
 */
final class ServeCsv implements AutoCloseable {
    private static final String HEADING = "schedule,request,prompt_tokens,output_tokens,arrival_ms,late_ms,queue_ms,"
            + "ttft_ms,tpot_ms,total_ms,well_served";

    private final BufferedWriter file;

    /** Opens the file, so that one that cannot be written fails before anything runs. */
    ServeCsv(Path path) throws IOException {
        try {
            file = Files.newBufferedWriter(path);
        } catch (IOException e) {
            throw new IOException("cannot write " + path + ": " + e.getClass().getSimpleName(), e);
        }
    }

    void write(ServeReport report, ServiceLevel level) throws IOException {
        file.write(HEADING + "\n");
        for (LoadResult result : report.all()) {
            for (ServedRequest request : result.served()) {
                file.write(String.join(",", cells(result.schedule(), request, level)) + "\n");
            }
        }
    }

    private static String[] cells(String schedule, ServedRequest request, ServiceLevel level) {
        return new String[] {
            schedule,
            Integer.toString(request.plan().index() + 1),
            Integer.toString(request.plan().prompt().length),
            Integer.toString(request.tokens().size()),
            ms(request.arrivalNs()),
            ms(request.lateNs()),
            ms(request.queueNs()),
            ms(request.ttftNs()),
            request.tokens().size() < 2 ? "" : ms(request.tpotNs()),
            ms(request.totalNs()),
            Boolean.toString(level.met(request))
        };
    }

    private static String ms(double ns) {
        return String.format(Locale.ROOT, "%.3f", ns / 1e6);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
