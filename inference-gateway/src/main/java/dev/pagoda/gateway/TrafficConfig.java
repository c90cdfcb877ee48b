package dev.pagoda.gateway;

import dev.pagoda.gateway.limit.LimitConfig;
import java.util.Objects;

/// What requests meet between their protocol and the engines.
///
/// @param limits what enterprises may take that have no limit of their own
public record TrafficConfig(LimitConfig limits) {
    public TrafficConfig {
        Objects.requireNonNull(limits, "limits");
    }

    public static TrafficConfig defaults() {
        return new TrafficConfig(LimitConfig.defaults());
    }
}
