package dev.pagoda.gateway.scale;

/// Says how many replicas a deployment should have. It is told about once a second, and decides as often as its rule
/// has it; between, it repeats itself. Bounds are the caller's. Time comes with the readings. Not thread-safe.
public sealed interface Autoscaler
        permits FixedScaler, KnativeScaler, PressureScaler, SlaPlanner, ScheduleScaler, ForecastScaler {
    int wanted(Reading reading);
}
