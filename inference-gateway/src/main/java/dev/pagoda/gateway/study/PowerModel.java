package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.PowerFit;
import dev.pagoda.gateway.model.StepShape;

/// The power that the devices of one rank draw: idle power, and during steps beyond it what [PowerFit] makes of
/// the use of memory and arithmetic units.
///
/// @param devices of one rank
public record PowerModel(Architecture model, Device device, double maxWatts, int devices, PowerFit fit) {
    /// Of the limit, what boards draw while they wait with a model loaded; an estimate.
    public static final double IDLE_SHARE = .15;

    /// Fitted to the mean power of Llama-2-70B on 2, 4 and 8 A100 boards that Splitwise measured; taken for all
    /// devices.
    public static final PowerFit A100 = new PowerFit(IDLE_SHARE, .743, .6, 1.458, .019, .044);

    public PowerModel {
        if (!(maxWatts >= 0) || devices < 1) {
            throw new IllegalArgumentException("power of up to " + maxWatts + " W of " + devices + " is impossible");
        }
    }

    public static PowerModel of(Architecture model, Device device, double maxWatts, int devices) {
        return new PowerModel(model, device, maxWatts, devices, A100);
    }

    /// How much of their peaks devices that share a model use.
    record Uses(Architecture model, Device device, int devices) {
        /// @param contextTokens whose keys and values are read or written in that time, beside the weights
        double memory(double contextTokens, double seconds) {
            double bytes = active() * model.weightBytes() + model.kvBytesPerToken() * contextTokens;
            return Math.min(1, bytes / (devices * device.memoryBytesPerSecond() * seconds));
        }

        /// @param tokens that go through the model in that time
        double compute(double tokens, double seconds) {
            double flops = 2 * active() * model.parameters() * tokens;
            return Math.min(1, flops / (devices * device.flops() * seconds));
        }

        private double active() {
            return model.isMixture()
                    ? (double) model.experts().perToken() / model.experts().count()
                    : 1;
        }
    }

    /// Energy of one step beyond what the devices draw when idle.
    public double activeJoules(StepShape step, double micros) {
        if (micros <= 0) {
            return 0;
        }
        double seconds = micros / 1e6;
        var uses = new Uses(model, device, devices);
        double memory = uses.memory(step.decodeContext() + (double) step.prefillContext(), seconds);
        double share = fit.share(memory, uses.compute(step.tokens(), seconds));
        return devices * maxWatts * (share - fit.idle()) * seconds;
    }

    /// Energy that all devices draw when idle.
    public double idleJoules(double seconds) {
        return devices * maxWatts * fit.idle() * seconds;
    }
}
