package dev.pagoda.compute.sim;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The policies that jobs can be studied under, by the names a user writes.
public enum JobPolicies {
    FIFO(false),
    FIFO_HET(false),
    SRTF(false),
    LAS(false),
    GITTINS(false),
    MAX_MIN(true),
    MAX_MIN_AGNOSTIC(true),
    MAKESPAN(true),
    FINISH_TIME_FAIRNESS(true),
    PAGODA(false);

    /// What some policies need to know.
    ///
    /// @param seed         of what is drawn
    /// @param thresholds   of the queues of attained service, in device-seconds, ascending; owned by the
    ///                     settings
    /// @param serviceTimes of past jobs in device-seconds, ascending; owned by the settings
    public record Settings(long seed, double[] thresholds, Optional<double[]> serviceTimes) {
        /// The queues of Tiresias's simulator: `queue_limit` and `num_queue` of jobs.py.
        public static double[] tiresias() {
            return new double[] {3250, 7200};
        }

        public Settings {
            for (int i = 0; i < thresholds.length; i++) {
                if (!(thresholds[i] > (i == 0 ? 0 : thresholds[i - 1]))) {
                    throw new IllegalArgumentException(
                            "thresholds " + Arrays.toString(thresholds) + " are not positive and ascending");
                }
            }
        }
    }

    private final boolean sharesTime;

    JobPolicies(boolean sharesTime) {
        this.sharesTime = sharesTime;
    }

    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static String ids() {
        return Arrays.stream(values()).map(JobPolicies::id).collect(Collectors.joining(", "));
    }

    public static Optional<JobPolicies> named(String id) {
        return Arrays.stream(values()).filter(each -> each.id().equals(id)).findFirst();
    }

    /// Whether it hands out time in turns, and so needs rounds.
    public boolean sharesTime() {
        return sharesTime;
    }

    /// A policy for one run.
    ///
    /// @throws IllegalArgumentException if the settings lack what it needs
    public JobPolicy create(Settings settings) {
        long seed = settings.seed();
        return switch (this) {
            case FIFO -> new FifoPolicy();
            case FIFO_HET -> new FastestFirstPolicy(FastestFirstPolicy.Order.ARRIVAL);
            case SRTF -> new FastestFirstPolicy(FastestFirstPolicy.Order.SHORTEST_REMAINING);
            case LAS -> new AttainedServicePolicy(settings.thresholds(), Optional.empty());
            case GITTINS -> {
                if (settings.thresholds().length == 0) {
                    throw new IllegalArgumentException("gittins needs a threshold, whose first is its quantum");
                }
                double[] times = settings.serviceTimes()
                        .orElseThrow(() -> new IllegalArgumentException("gittins needs service times of past jobs"));
                yield new AttainedServicePolicy(
                        settings.thresholds(), Optional.of(new GittinsIndex(times, settings.thresholds()[0])));
            }
            case PAGODA -> new PagodaPolicy();
            case MAX_MIN -> new SharesPolicy(new MaxMinShares(), true, seed);
            case MAX_MIN_AGNOSTIC -> new SharesPolicy(new AgnosticShares(), false, seed);
            case MAKESPAN -> new SharesPolicy(new MakespanShares(), true, seed);
            case FINISH_TIME_FAIRNESS -> new SharesPolicy(new FinishTimeShares(), true, seed);
        };
    }
}
