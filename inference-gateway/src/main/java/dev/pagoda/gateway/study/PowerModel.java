package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.StepShape;

/// The power that the devices of one rank draw: idle power, and of the rest up to the limit a part that follows the
/// use of memory and a greater one that follows the use of the arithmetic units. An estimate.
///
/// @param idleWatts of one device
/// @param maxWatts  of one device
/// @param devices   of one rank
public record PowerModel(Architecture model, Device device, double idleWatts, double maxWatts, int devices) {
    private static final double MEMORY_PART = .35;
    private static final double FLOP_PART = .65;
    /// Of the limit, what boards draw while they wait with a model loaded; an estimate.
    private static final double IDLE_SHARE = .15;

    public PowerModel {
        if (!(idleWatts >= 0) || !(maxWatts >= idleWatts) || devices < 1) {
            throw new IllegalArgumentException(
                    "power from " + idleWatts + " to " + maxWatts + " W of " + devices + " devices is impossible");
        }
    }

    public static PowerModel of(Architecture model, Device device, double maxWatts, int devices) {
        return new PowerModel(model, device, IDLE_SHARE * maxWatts, maxWatts, devices);
    }

    /// Energy of one step beyond what the devices draw when idle.
    public double activeJoules(StepShape step, double micros) {
        double seconds = micros / 1e6;
        double share = active();
        double flops = 2 * share * model.parameters() * step.tokens();
        double bytes = share * model.weightBytes()
                + model.kvBytesPerToken() * (step.decodeContext() + (double) step.prefillContext());
        double flopUse = Math.min(1, flops / (devices * device.flops() * seconds));
        double memoryUse = Math.min(1, bytes / (devices * device.memoryBytesPerSecond() * seconds));
        return devices * (maxWatts - idleWatts) * (MEMORY_PART * memoryUse + FLOP_PART * flopUse) * seconds;
    }

    /// Energy that all devices draw when idle.
    public double idleJoules(double seconds) {
        return devices * idleWatts * seconds;
    }

    private double active() {
        return model.isMixture()
                ? (double) model.experts().perToken() / model.experts().count()
                : 1;
    }
}
