package dev.pagoda.compute.trace;

import java.util.List;

/// A job as a trace tells of it.
///
/// @param type           what it computes, by which its rates are known
/// @param arrivalSeconds after the beginning of the trace
/// @param devices        that it needs at once, all of one model
/// @param deviceMilli    what it needs of each of them, 1000 for all
/// @param models         of devices it accepts; empty for any
public record TraceJob(
        String name, String type, double arrivalSeconds, int devices, int deviceMilli, Work work, List<String> models) {
    /// Devices one job may ask for.
    public static final int MAX_DEVICES = 100_000;

    /// A hundred years: far beyond every trace, and small enough to count in nanoseconds.
    public static final double MAX_SECONDS = 100 * 365.25 * 86_400;

    public static final int WHOLE = 1000;

    public TraceJob {
        if (!(arrivalSeconds >= 0 && arrivalSeconds <= MAX_SECONDS)) {
            throw new IllegalArgumentException("arrival " + arrivalSeconds + " is not within 0.." + MAX_SECONDS + " s");
        }
        if (devices < 1 || devices > MAX_DEVICES) {
            throw new IllegalArgumentException(devices + " devices are not within 1.." + MAX_DEVICES);
        }
        if (deviceMilli < 1 || deviceMilli > WHOLE || (devices > 1 && deviceMilli < WHOLE)) {
            throw new IllegalArgumentException(
                    deviceMilli + "/1000 of " + devices + " devices: a share is of one device and within 1..1000");
        }
        models = List.copyOf(models);
    }

    /// How much there is to do.
    public sealed interface Work {
        /// Training steps, whose rate depends on the device.
        record Steps(double steps) implements Work {
            public Steps {
                if (!(steps > 0 && steps <= 1e18)) {
                    throw new IllegalArgumentException(steps + " steps are not within 0..1e18");
                }
            }
        }

        /// Seconds on devices of reference speed.
        record Seconds(double seconds) implements Work {
            public Seconds {
                if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
                    throw new IllegalArgumentException(seconds + " s are not within 0.." + MAX_SECONDS);
                }
            }
        }
    }
}
