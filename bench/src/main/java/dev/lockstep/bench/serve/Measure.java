package dev.lockstep.bench.serve;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What is measured of each request, in milliseconds. */
public enum Measure {
    /** Time in the queue. */
    QUEUE {
        @Override
        public DoubleStream valuesMs(ServedRequest request) {
            return DoubleStream.of(request.queueNs() / 1e6);
        }
    },
    /** Time to first token. */
    TTFT {
        @Override
        public DoubleStream valuesMs(ServedRequest request) {
            return DoubleStream.of(request.ttftNs() / 1e6);
        }
    },
    /** Time per output token after the first, one mean a request; none with one token. */
    TPOT {
        @Override
        public DoubleStream valuesMs(ServedRequest request) {
            return request.tokenNs().length < 2 ? DoubleStream.empty() : DoubleStream.of(request.tpotNs() / 1e6);
        }
    },
    /** Inter-token latency: every gap between two tokens of a request. */
    ITL {
        @Override
        public DoubleStream valuesMs(ServedRequest request) {
            long[] times = request.tokenNs();
            return IntStream.range(1, times.length).mapToDouble(i -> (times[i] - times[i - 1]) / 1e6);
        }
    },
    /** From arrival to end. */
    TOTAL {
        @Override
        public DoubleStream valuesMs(ServedRequest request) {
            return DoubleStream.of(request.totalNs() / 1e6);
        }
    };

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The values that a request has of it. */
    public abstract DoubleStream valuesMs(ServedRequest request);

    /** The name as users write it. */
    public String label() {
        return label;
    }

    /**
     * The measure with this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Measure named(String name) {
        return Arrays.stream(values())
                .filter(measure -> measure.label.equals(name.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no measure '" + name + "'; there are: "
                        + Arrays.stream(values()).map(Measure::label).collect(Collectors.joining(", "))));
    }
}
