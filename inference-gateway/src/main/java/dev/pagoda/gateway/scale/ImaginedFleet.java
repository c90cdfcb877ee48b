package dev.pagoda.gateway.scale;

/// What a rule would have cost on the traffic so far: a fleet of replicas in thought, whose work flows like a fluid. A
/// replica is ready some time after it was asked for, does a second of work in a second, and what it has not done yet
/// waits. Not thread-safe.
final class ImaginedFleet {
    private final int startSeconds;
    /// Replicas by the second at which they become ready, a ring.
    private final int[] starting;

    private int ready;
    private int present;
    private int second;
    private double backlogSeconds;
    private double late;
    private double held;

    /// @param replicas    that are ready at the beginning
    /// @param heldSeconds of replicas that it cost already
    ImaginedFleet(int startSeconds, int replicas, double heldSeconds) {
        this.startSeconds = startSeconds;
        this.held = heldSeconds;
        this.starting = new int[startSeconds + 1];
        this.ready = replicas;
        this.present = replicas;
    }

    /// One more second with so many arrivals, which bring so much work, and a wish for so many replicas at its end.
    ///
    /// @param slackSeconds for which an arrival may wait
    /// @param memory       share of what was before that counts on
    void pass(int arrivals, double workSeconds, double slackSeconds, int wanted, double memory) {
        int at = second % starting.length;
        ready += starting[at];
        starting[at] = 0;
        // who comes with no more than there are replicas shares with nobody
        double shared = arrivals <= ready ? 0 : workSeconds * (1 - (double) ready / arrivals);
        double wait = ready == 0 ? Double.POSITIVE_INFINITY : (backlogSeconds + shared / 2) / ready;
        late = memory * late + (wait > slackSeconds ? arrivals : 0);
        held = memory * held + present;
        backlogSeconds = Math.max(0, backlogSeconds + workSeconds - ready);
        scaleTo(wanted);
        second++;
    }

    private void scaleTo(int wanted) {
        if (wanted > present) {
            starting[(second + startSeconds) % starting.length] += wanted - present;
            present = wanted;
            return;
        }
        for (int later = startSeconds; later > 0 && present > wanted; later--) {
            int at = (second + later) % starting.length;
            int given = Math.min(starting[at], present - wanted);
            starting[at] -= given;
            present -= given;
        }
        ready -= Math.max(0, present - wanted);
        present = Math.min(present, wanted);
    }

    /// Seconds for which it held replicas.
    double held() {
        return held;
    }

    /// Arrivals that it made late.
    double late() {
        return late;
    }

    /// In seconds of a replica.
    ///
    /// @param worthSeconds of one arrival in time
    double cost(double worthSeconds) {
        return held + worthSeconds * late;
    }
}
