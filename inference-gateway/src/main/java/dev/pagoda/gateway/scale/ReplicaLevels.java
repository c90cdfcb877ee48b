package dev.pagoda.gateway.scale;

/// Fleets in thought that always have the same replicas, one fleet for each of some numbers of replicas: what each
/// would have made late. Work flows like a fluid: a replica does a second of it in a second, and what is not done yet
/// waits. Not thread-safe.
final class ReplicaLevels {
    static final int COUNT = 64;
    /// Up to here every number is a level; above, each is a tenth higher than the one before.
    private static final int SINGLE = 12;

    private static final double GROWTH = 1.1;
    private static final int[] REPLICAS = replicas();

    private final double[] backlogSeconds = new double[COUNT];
    private final double[] late = new double[COUNT];

    private static int[] replicas() {
        int[] replicas = new int[COUNT];
        for (int level = 1; level < COUNT; level++) {
            replicas[level] = level <= SINGLE ? level : (int) Math.ceil(replicas[level - 1] * GROWTH);
        }
        return replicas;
    }

    /// Replicas of a level, none at level 0.
    static int replicas(int level) {
        return REPLICAS[level];
    }

    /// The highest level of no more than so many replicas.
    static int of(int replicas) {
        int level = 0;
        while (level + 1 < COUNT && REPLICAS[level + 1] <= replicas) {
            level++;
        }
        return level;
    }

    /// One more second.
    ///
    /// @param workSeconds  of a replica that the arrivals bring
    /// @param slackSeconds for which one may wait behind others
    void pass(int arrivals, double workSeconds, double slackSeconds) {
        late[0] = arrivals;
        for (int level = 1; level < COUNT; level++) {
            int replicas = REPLICAS[level];
            // who comes with no more than there are replicas shares with nobody
            double shared = arrivals <= replicas ? 0 : workSeconds * (1 - (double) replicas / arrivals);
            double wait = (backlogSeconds[level] + shared / 2) / replicas;
            late[level] = wait > slackSeconds ? arrivals : 0;
            backlogSeconds[level] = Math.max(0, backlogSeconds[level] + workSeconds - replicas);
        }
    }

    /// Arrivals of the last second that a level made late.
    double late(int level) {
        return late[level];
    }
}
