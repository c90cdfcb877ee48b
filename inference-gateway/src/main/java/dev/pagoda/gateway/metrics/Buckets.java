package dev.pagoda.gateway.metrics;

import java.util.Arrays;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

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

    /// A transfer of keys and values by NIXL; its posting has one more.
    static final double[] TRANSFER = {.005, .01, .025, .05, .075, .1, .2, .3, .5, .75, 1, 5};

    static final double[] TRANSFER_POST = {.001, .005, .01, .025, .05, .075, .1, .2, .3, .5, .75, 1, 5};
    static final double[] TRANSFER_BYTES = powers(11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33);
    static final double[] TRANSFER_DESCRIPTORS = {
        10, 20, 30, 50, 75, 100, 200, 400, 1000, 2000, 4000, 10_000, 20_000, 50_000
    };

    /// How long blocks of a KV cache stay.
    static final double[] RESIDENCE = {
        .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800
    };

    /// Of a prompt's token; given up by vLLM.
    static final double[] PER_PREFILL_TOKEN = {.001, .002, .005, .01, .02, .05, .1, .2, .5, 1};

    static final double[] PREEMPTIONS = {1, 2, 3, 4, 5, 10, 20};

    private final double[] bounds;
    private final LongAdder[] counts;
    private final DoubleAdder sum;

    /// Made by the first page; any thread may make it again, always the same.
    private volatile String @Nullable [] lines;

    private static double[] powers(int... exponents) {
        double[] powers = new double[exponents.length];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = Math.scalb(1.0, exponents[i]);
        }
        return powers;
    }

    /// @param bounds ascending, shared, never written to
    Buckets(double[] bounds) {
        this.bounds = bounds;
        this.sum = new DoubleAdder();
        this.counts = new LongAdder[bounds.length + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    /// The same figures, to be written under another name.
    Buckets(Buckets same) {
        bounds = same.bounds;
        counts = same.counts;
        sum = same.sum;
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

    /// Writes the lines of one histogram, always the same one.
    void write(StringBuilder page, String name, String labels) {
        String[] starts = lines;
        if (starts == null || !starts[starts.length - 1].startsWith(name)) {
            starts = starts(name, labels);
            lines = starts;
        }
        long cumulated = 0;
        for (int i = 0; i < counts.length; i++) {
            cumulated += counts[i].sum();
            page.append(starts[i]).append(cumulated).append('\n');
        }
        page.append(starts[counts.length]);
        Figures.append(page, sum.sum());
        page.append('\n').append(starts[counts.length + 1]).append(cumulated).append('\n');
    }

    /// What stands before the figure in each line: most of a page, and always the same.
    private String[] starts(String name, String labels) {
        String[] starts = new String[counts.length + 2];
        String inner = labels.isEmpty() ? "" : labels + ",";
        for (int i = 0; i < counts.length; i++) {
            String bound = i < bounds.length ? String.valueOf(bounds[i]) : "+Inf";
            starts[i] = name + "_bucket{" + inner + "le=\"" + bound + "\"} ";
        }
        String outer = labels.isEmpty() ? " " : "{" + labels + "} ";
        starts[counts.length] = name + "_sum" + outer;
        starts[counts.length + 1] = name + "_count" + outer;
        return starts;
    }
}
