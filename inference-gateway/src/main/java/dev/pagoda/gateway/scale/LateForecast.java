package dev.pagoda.gateway.scale;

import java.util.Arrays;

/// How many requests fleets of each size will make late, at times ahead: what followed when the load was as it is now.
///
/// **Past.** [ReplicaLevels] tells for every second what each size would have made late. Moments are alike when the
/// work that came within the last quarter of a minute, minute and five minutes is; the past is weighted by that, and
/// by its age.
///
/// **Before there is a past.** As long ahead as one looks back: the near future is taken to bring the load of the last
/// seconds, the far one that of the last minutes, and Erlang's C formula (for arrivals in small batches) says what
/// each size then makes late. This counts as much as a hundred seconds of a past that is wholly alike, so that a
/// load never seen before is judged by it alone.
///
/// A reading a second. Not thread-safe.
final class LateForecast {
    /// Time between two moments that are kept.
    static final int STEP_SECONDS = 5;

    /// Steps ahead at which the spans begin and end for which there is a forecast each.
    private static final int[] EDGES = {0, 3, 6, 12, 24, 48, 96, 192};

    static final int SPANS = EDGES.length - 1;
    /// Steps that the spans cover.
    static final int STEPS = EDGES[SPANS];

    /// Moments that are compared with, two hours of them.
    private static final int PAST = 1_440;

    private static final double HALF_LIFE_STEPS = 3_600.0 / STEP_SECONDS;
    private static final double[] WINDOW_SECONDS = {15, 60, 300};
    /// A load so many times another is one standard deviation from it.
    private static final double BANDWIDTH = Math.log(1.5);
    /// Requests added to those of a window before windows are compared: few differ by chance.
    private static final double ADDED_REQUESTS = 4;

    private static final double LEAST_WEIGHT = 1e-3;
    private static final double PRIOR_WEIGHT = 20;
    private static final double BATCH = 3;
    private static final double LEAST_SECONDS = 1e-3;

    /// Of moments in a ring: what each level made late until then, and how the load was.
    private final double[][] late = new double[PAST + 1][];

    private final double[][] likeness = new double[PAST + 1][];
    private final double[] total = new double[ReplicaLevels.COUNT];
    private final double[] loads = new double[WINDOW_SECONDS.length];
    private int second;
    private int now;

    /// @param load in replicas kept busy, at which the windows begin
    void begin(double load) {
        Arrays.fill(loads, load);
        late[0] = total.clone();
    }

    /// One more second.
    ///
    /// @param workSeconds    of a replica that arrived
    /// @param requestSeconds of a replica that a request usually takes
    /// @return whether a moment is over, so that there is another forecast
    boolean pass(ReplicaLevels levels, double workSeconds, double requestSeconds) {
        for (int level = 0; level < total.length; level++) {
            total[level] += levels.late(level);
        }
        for (int i = 0; i < loads.length; i++) {
            loads[i] += (workSeconds - loads[i]) / WINDOW_SECONDS[i];
        }
        second++;
        if (second % STEP_SECONDS != 0) {
            return false;
        }
        now++;
        double[] like = new double[loads.length];
        for (int i = 0; i < loads.length; i++) {
            double added = ADDED_REQUESTS * Math.max(LEAST_SECONDS, requestSeconds) / WINDOW_SECONDS[i];
            like[i] = Math.log(loads[i] + added);
        }
        late[now % late.length] = total.clone();
        likeness[now % late.length] = like;
        return true;
    }

    /// The span in which a step ahead lies.
    static int span(int step) {
        int span = 0;
        while (step >= EDGES[span + 1]) {
            span++;
        }
        return span;
    }

    /// Late requests a second, by span and level.
    ///
    /// @param requestSeconds of a replica that a request usually takes
    /// @param slackSeconds   for which one may wait behind others
    double[][] expected(double requestSeconds, double slackSeconds) {
        double[][] expected = new double[SPANS][ReplicaLevels.COUNT];
        double[] weights = new double[SPANS];
        for (int past = Math.max(1, now - PAST); past < now; past++) {
            double weight = weight(past);
            if (weight < LEAST_WEIGHT) {
                continue;
            }
            for (int span = 0; span < SPANS && past + EDGES[span + 1] <= now; span++) {
                add(expected[span], weight, past + EDGES[span], past + EDGES[span + 1]);
                weights[span] += weight;
            }
        }
        for (int span = 0; span < SPANS; span++) {
            double[] unseen = unseen(ahead(span), requestSeconds, slackSeconds);
            for (int level = 0; level < ReplicaLevels.COUNT; level++) {
                expected[span][level] =
                        (expected[span][level] + PRIOR_WEIGHT * unseen[level]) / (weights[span] + PRIOR_WEIGHT);
            }
            level(expected[span]);
        }
        return expected;
    }

    /// Lowers what lies above the straight line between two other levels. Where some replicas more save nothing and
    /// yet more save a lot, each of them all then saves its share of that.
    static void level(double[] late) {
        int[] corners = new int[late.length];
        int count = 0;
        for (int level = 0; level < late.length; level++) {
            while (count > 1
                    && slope(late, corners[count - 2], level) <= slope(late, corners[count - 2], corners[count - 1])) {
                count--;
            }
            corners[count++] = level;
        }
        for (int i = 1; i < count; i++) {
            double slope = slope(late, corners[i - 1], corners[i]);
            for (int level = corners[i - 1] + 1; level < corners[i]; level++) {
                int more = ReplicaLevels.replicas(level) - ReplicaLevels.replicas(corners[i - 1]);
                late[level] = late[corners[i - 1]] + more * slope;
            }
        }
    }

    private static double slope(double[] late, int from, int to) {
        return (late[to] - late[from]) / (ReplicaLevels.replicas(to) - ReplicaLevels.replicas(from));
    }

    private double weight(int past) {
        double[] then = likeness[past % late.length];
        double[] here = likeness[now % late.length];
        double distance = 0;
        for (int i = 0; i < here.length; i++) {
            double each = (then[i] - here[i]) / BANDWIDTH;
            distance += each * each;
        }
        return Math.exp(-distance / 2) * Math.pow(.5, (now - past) / HALF_LIFE_STEPS);
    }

    private void add(double[] sum, double weight, int from, int to) {
        double[] before = late[from % late.length];
        double[] after = late[to % late.length];
        double share = weight / ((to - from) * STEP_SECONDS);
        // no larger fleet makes late what a smaller one does not
        for (int level = 0; level < sum.length && after[level] > 0; level++) {
            sum[level] += share * (after[level] - before[level]);
        }
    }

    private double ahead(int span) {
        return switch (span) {
            case 0 -> loads[0];
            case 1 -> (loads[0] + loads[1]) / 2;
            case 2, 3 -> loads[1];
            case 4 -> (loads[1] + loads[2]) / 2;
            default -> loads[2];
        };
    }

    /// Late requests a second by level, at a load of which nothing else is known.
    static double[] unseen(double load, double requestSeconds, double slackSeconds) {
        double[] unseen = new double[ReplicaLevels.COUNT];
        double rate = requestSeconds > 0 ? load / requestSeconds : 0;
        double batchSeconds = BATCH * Math.max(LEAST_SECONDS, requestSeconds);
        double blocked = 1;
        int replicas = 0;
        for (int level = 0; level < unseen.length; level++) {
            for (; replicas < ReplicaLevels.replicas(level); replicas++) {
                // Erlang's B formula from one replica to the next
                blocked = load * blocked / (replicas + 1 + load * blocked);
            }
            if (replicas <= load) {
                unseen[level] = rate;
            } else {
                double waits = replicas * blocked / (replicas - load * (1 - blocked));
                unseen[level] = rate * waits * Math.exp(-(replicas - load) * slackSeconds / batchSeconds);
            }
        }
        return unseen;
    }
}
