package dev.pagoda.compute.sim;

/// A job of a study.
///
/// @param devices    that it needs at once, all of one pool
/// @param milli      what it needs of each, 1000 for all
/// @param work       in units of its own
/// @param rate       units a second in each pool, 0 where it cannot run; owned by the job
/// @param spreadRate the same on more nodes than it needs; owned by the job
public record JobSpec(
        String name, long arrivalNanos, int devices, int milli, double work, double[] rate, double[] spreadRate) {
    public static final int WHOLE = 1000;

    public JobSpec {
        if (arrivalNanos < 0 || devices < 1 || milli < 1 || milli > WHOLE || (devices > 1 && milli < WHOLE)) {
            throw new IllegalArgumentException("job " + name + ": arrival " + arrivalNanos + " ns, " + devices
                    + " devices, " + milli + "/1000 of each");
        }
        if (!(work > 0 && work < Double.POSITIVE_INFINITY) || rate.length != spreadRate.length) {
            throw new IllegalArgumentException("job " + name + ": work " + work + ", rates of " + rate.length + " and "
                    + spreadRate.length + " pools");
        }
        for (int i = 0; i < rate.length; i++) {
            if (!(rate[i] >= 0 && spreadRate[i] >= 0) || Double.isInfinite(rate[i] + spreadRate[i])) {
                throw new IllegalArgumentException(
                        "job " + name + ": rates " + rate[i] + " and " + spreadRate[i] + " are not rates");
            }
        }
    }

    /// What it takes of a pool, in thousandths of a device.
    int demandMilli() {
        return devices * milli;
    }

    /// The pool that runs it fastest, the first of equals; -1 if none does.
    int fastestPool() {
        int best = -1;
        for (int i = 0; i < rate.length; i++) {
            if (rate[i] > 0 && (best < 0 || rate[i] > rate[best])) {
                best = i;
            }
        }
        return best;
    }
}
