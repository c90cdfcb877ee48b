package dev.pagoda.compute.sim;

/// A job that has arrived and is not done: what is left of it, what it has had, and where it runs. Policies
/// read it; only [JobStudy] changes it.
public final class JobState {
    static final int NOWHERE = -1;
    private static final double NANOS = 1e9;

    private final int index;
    private final JobSpec spec;
    private final long[] servedNanos;

    private double remaining;
    private int pool = NOWHERE;
    private double rate;
    /// Up to when `remaining` and `servedNanos` have been told; later than now while it restores its state.
    private long toldNanos;
    private long restoredNanos;
    private long firstStartNanos = -1;
    private int preemptions;
    private int run;
    private long endNanos;
    private int foreseenRun;
    private int[] devices = {};

    JobState(int index, JobSpec spec) {
        this.index = index;
        this.spec = spec;
        this.remaining = spec.work();
        this.servedNanos = new long[spec.rate().length];
    }

    /// Its place in the order of arrival.
    public int index() {
        return index;
    }

    public JobSpec spec() {
        return spec;
    }

    public boolean isRunning() {
        return pool != NOWHERE;
    }

    /// The pool it runs in, or -1.
    public int pool() {
        return pool;
    }

    /// Units of work left at a time that is not before the last change.
    public double remaining(long nowNanos) {
        if (pool == NOWHERE) {
            return remaining;
        }
        long from = Math.max(toldNanos, restoredNanos);
        return nowNanos <= from ? remaining : Math.max(0, remaining - rate * ((nowNanos - from) / NANOS));
    }

    /// Device-seconds it has had of all pools, with those in which it restored its state.
    public double attainedDeviceSeconds(long nowNanos) {
        long sum = pool == NOWHERE ? 0 : nowNanos - toldNanos;
        for (long each : servedNanos) {
            sum += each;
        }
        return sum / NANOS * spec.demandMilli() / JobSpec.WHOLE;
    }

    /// Part of its work that is done, 0 to 1.
    double doneShare(long nowNanos) {
        return 1 - remaining(nowNanos) / spec.work();
    }

    /// Seconds it has run in a pool.
    double servedSeconds(int inPool, long nowNanos) {
        return (servedNanos[inPool] + (pool == inPool ? nowNanos - toldNanos : 0)) / NANOS;
    }

    int preemptions() {
        return preemptions;
    }

    long firstStartNanos() {
        return firstStartNanos;
    }

    /// Counts its starts, so that the end foreseen by an earlier one is known to be void.
    int run() {
        return run;
    }

    /// The devices it holds, by their numbers in the pool.
    int[] devices() {
        return devices;
    }

    /// When it will be done if nothing changes; of no meaning unless it runs.
    long endNanos() {
        return endNanos;
    }

    /// Whether the end of this run is an event already; it is from now on.
    boolean foresee() {
        boolean isForeseen = foreseenRun == run;
        foreseenRun = run;
        return isForeseen;
    }

    void start(long nowNanos, int inPool, int[] onDevices, double atRate, long restoreNanos) {
        if (pool != NOWHERE) {
            throw new IllegalStateException("job " + spec.name() + " runs already");
        }
        pool = inPool;
        devices = onDevices;
        rate = atRate;
        toldNanos = nowNanos;
        restoredNanos = nowNanos + (firstStartNanos < 0 ? 0 : restoreNanos);
        if (firstStartNanos < 0) {
            firstStartNanos = nowNanos;
        }
        run++;
        double seconds = remaining / rate;
        if (!(seconds < 9e9)) {
            throw new IllegalStateException("job " + spec.name() + " would run for " + seconds + " s");
        }
        endNanos = Math.max(restoredNanos + (long) Math.ceil(seconds * NANOS), nowNanos + 1);
    }

    /// Takes it off its devices.
    void stop(long nowNanos, boolean isPreempted) {
        remaining = remaining(nowNanos);
        servedNanos[pool] += nowNanos - toldNanos;
        pool = NOWHERE;
        devices = new int[0];
        if (isPreempted) {
            preemptions++;
        }
    }
}
