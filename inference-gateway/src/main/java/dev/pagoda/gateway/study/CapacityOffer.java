package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.StepModel;
import java.util.function.IntFunction;

/// A kind of engine that a fleet may be made of.
///
/// @param name what to call it, such as `h100-sxm tp 2`
/// @param plan a plan with so many engines, always the same ones
/// @param bill with a known price
public record CapacityOffer(
        String name, IntFunction<ServingPlan> plan, StepModel time, PowerModel power, ServingReport.Bill bill) {
    public CapacityOffer {
        if (!(bill.usdPerHour() > 0)) {
            throw new IllegalArgumentException(
                    name + " costs " + bill.usdPerHour() + " USD an hour, expected more than 0");
        }
    }

    /// Of one engine.
    public double usdPerHour() {
        return bill.usdPerHour() * bill.devices();
    }
}
