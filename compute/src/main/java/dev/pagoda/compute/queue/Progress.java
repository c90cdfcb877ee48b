package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.queue.SchedulerSnapshot.ProgressRecord;

/// How far one run of a job is, and how far its last checkpoint.
///
/// Work goes in cycles: an interval of steps at a constant rate, then a checkpoint during which work stands
/// still and at whose end all steps before it are safe. So the state at any later time is arithmetic, not a
/// series of events. Times are microseconds, rates steps a second.
final class Progress {
    private static final double MICROS = 1e6;
    private static final long FOR_EVER = Long.MAX_VALUE / 4;

    /// What counts as done although rounding left a rest, as a part of all steps.
    private static final double ROUNDING = 1e-12;

    private final double totalSteps;
    private final long intervalMicros;
    private final long costMicros;
    private final long restartMicros;
    private final boolean keeps;
    private double steps;
    private double savedSteps;
    private long savedAtMicros;
    private long atMicros;
    private long resumesAtMicros;
    private long phaseMicros;
    private double rate;

    /// @param totalSteps positive infinity for work without an end
    Progress(double totalSteps, CheckpointSpec checkpoint) {
        this.totalSteps = totalSteps;
        this.keeps = checkpoint.isKept();
        this.intervalMicros = keeps ? micros(checkpoint.intervalSeconds()) : FOR_EVER;
        this.costMicros = keeps ? micros(checkpoint.costSeconds()) : 0;
        this.restartMicros = micros(checkpoint.restartSeconds());
    }

    Progress copy() {
        var copy = new Progress(totalSteps, intervalMicros, costMicros, restartMicros, keeps);
        copy.restore(state());
        return copy;
    }

    private Progress(double totalSteps, long intervalMicros, long costMicros, long restartMicros, boolean keeps) {
        this.totalSteps = totalSteps;
        this.intervalMicros = intervalMicros;
        this.costMicros = costMicros;
        this.restartMicros = restartMicros;
        this.keeps = keeps;
    }

    /// Everything that changes.
    ProgressRecord state() {
        return new ProgressRecord(steps, savedSteps, savedAtMicros, atMicros, resumesAtMicros, phaseMicros, rate);
    }

    void restore(ProgressRecord state) {
        steps = state.steps();
        savedSteps = state.savedSteps();
        savedAtMicros = state.savedAtMicros();
        atMicros = state.atMicros();
        resumesAtMicros = state.resumesAtMicros();
        phaseMicros = state.phaseMicros();
        rate = state.rate();
    }

    static long micros(double seconds) {
        return Math.round(seconds * MICROS);
    }

    double steps() {
        return steps;
    }

    double savedSteps() {
        return savedSteps;
    }

    double totalSteps() {
        return totalSteps;
    }

    double rate() {
        return rate;
    }

    /// Goes on from the last checkpoint; the first time without having to load one.
    void start(long nowMicros, double stepsPerSecond) {
        start(nowMicros, stepsPerSecond, 0);
    }

    /// The same, standing still until its programs run.
    void start(long nowMicros, double stepsPerSecond, long startMicros) {
        boolean loads = savedSteps > 0;
        steps = savedSteps;
        phaseMicros = 0;
        atMicros = nowMicros;
        savedAtMicros = nowMicros;
        resumesAtMicros = nowMicros + startMicros + (loads ? restartMicros : 0);
        rate = stepsPerSecond;
    }

    /// Falls back to the last checkpoint.
    void stop(long nowMicros) {
        advance(nowMicros);
        steps = savedSteps;
        rate = 0;
    }

    /// Saves everything and goes on at another rate, standing still for one checkpoint and one restart.
    void relocate(long nowMicros, double stepsPerSecond) {
        relocate(nowMicros, stepsPerSecond, 0);
    }

    /// The same, and until its programs run at the new place.
    void relocate(long nowMicros, double stepsPerSecond, long startMicros) {
        advance(nowMicros);
        savedSteps = steps;
        savedAtMicros = nowMicros;
        phaseMicros = 0;
        resumesAtMicros = Math.max(resumesAtMicros, nowMicros) + costMicros + startMicros + restartMicros;
        rate = stepsPerSecond;
    }

    /// Goes on at another rate without standing still.
    void changeRate(long nowMicros, double stepsPerSecond) {
        advance(nowMicros);
        rate = stepsPerSecond;
    }

    void advance(long nowMicros) {
        if (nowMicros <= atMicros) {
            return;
        }
        long from = Math.max(atMicros, Math.min(nowMicros, resumesAtMicros));
        atMicros = nowMicros;
        long elapsed = nowMicros - from;
        if (elapsed == 0) {
            return;
        }
        long cycle = intervalMicros + costMicros;
        long end = phaseMicros + elapsed;
        long cycles = end / cycle;
        long phase = end % cycle;
        long worked = cycles * intervalMicros + Math.min(phase, intervalMicros) - Math.min(phaseMicros, intervalMicros);
        if (cycles > 0) {
            long untilSaved = cycles * intervalMicros - Math.min(phaseMicros, intervalMicros);
            savedSteps = Math.min(totalSteps, steps + rate * (untilSaved / MICROS));
            savedAtMicros = nowMicros - phase;
        }
        steps = Math.min(totalSteps, steps + rate * (worked / MICROS));
        phaseMicros = phase;
    }

    /// When all steps are done at the present rate; `Long.MAX_VALUE` when never.
    long endMicros() {
        double left = totalSteps - steps;
        if (isDone()) {
            return atMicros;
        }
        double work = Math.ceil(left / rate * MICROS);
        if (!(work < FOR_EVER)) {
            return Long.MAX_VALUE;
        }
        long micros = Math.max(1, (long) work);
        long start = Math.max(atMicros, resumesAtMicros);
        long here = Math.max(0, intervalMicros - phaseMicros);
        if (micros <= here) {
            return start + micros;
        }
        long rest = micros - here;
        long cycles = (rest + intervalMicros - 1) / intervalMicros - 1;
        long untilNextCycle = intervalMicros + costMicros - phaseMicros;
        long wait = cycles * costMicros;
        return wait < 0 || wait > FOR_EVER ? Long.MAX_VALUE : start + untilNextCycle + wait + rest;
    }

    boolean isDone() {
        return totalSteps < Double.POSITIVE_INFINITY && totalSteps - steps <= totalSteps * ROUNDING;
    }

    /// The time of work that a stop now would lose.
    long unsavedMicros(long nowMicros) {
        var then = copy();
        then.advance(nowMicros);
        return Math.max(0, nowMicros - Math.max(then.savedAtMicros, Math.min(nowMicros, then.resumesAtMicros)));
    }
}
