package dev.pagoda.gateway.metrics;

import java.util.Arrays;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/// A histogram with fixed bounds. Safe from any thread.
final class Buckets {
    /// Bounds of vLLM in seconds (`vllm/v1/metrics/loggers.py` of version 0.19).
    static final double[] TIME_TO_FIRST_TOKEN = {
        .001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560
    };

    static final double[] INTER_TOKEN = {
        .01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
    };
    static final double[] LATENCY = {
        .3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };

    /// Tokens of one engine step.
    static final double[] STEP_TOKENS = {1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384};

    /// Answers asked for at once.
    static final double[] CHOICES = {1, 2, 5, 10, 20};

    static final double[] PREEMPTIONS = {1, 2, 3, 4, 5, 10, 20};

    private final double[] bounds;
    private final LongAdder[] counts;
    private final DoubleAdder sum = new DoubleAdder();

    /// @param bounds ascending, shared, never written to
    Buckets(double[] bounds) {
        this.bounds = bounds;
        this.counts = new LongAdder[bounds.length + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    /// 1, 2, 5, 10, ... as far as a context reaches.
    static double[] tokens(int contextTokens) {
        double[] bounds = new double[30];
        int count = 0;
        for (long power = 1; power <= contextTokens; power *= 10) {
            for (int factor : new int[] {1, 2, 5}) {
                if (factor * power <= contextTokens) {
                    bounds[count++] = factor * power;
                }
            }
        }
        return Arrays.copyOf(bounds, count);
    }

    void observe(double value) {
        int at = 0;
        while (at < bounds.length && value > bounds[at]) {
            at++;
        }
        counts[at].increment();
        sum.add(value);
    }

    /// Writes the lines of one histogram.
    void write(StringBuilder page, String name, String labels) {
        long cumulated = 0;
        for (int i = 0; i < counts.length; i++) {
            cumulated += counts[i].sum();
            page.append(name).append("_bucket{").append(labels).append(",le=\"");
            if (i < bounds.length) {
                page.append(bounds[i]);
            } else {
                page.append("+Inf");
            }
            page.append("\"} ").append(cumulated).append('\n');
        }
        page.append(name)
                .append("_sum{")
                .append(labels)
                .append("} ")
                .append(sum.sum())
                .append('\n');
        page.append(name)
                .append("_count{")
                .append(labels)
                .append("} ")
                .append(cumulated)
                .append('\n');
    }
}
