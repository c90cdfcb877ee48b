package dev.pagoda.gateway.model;

/// How long one step of an engine takes on some devices. Safe from any thread.
public sealed interface StepModel permits StepTime, MeasuredStepTime {
    /// Time on the devices alone, while the host's is not counted.
    double deviceMicros(StepShape step);

    /// The time that the engine's host loop adds.
    HostTime host();

    Confidence confidence();

    /// Layers of the model.
    int layers();

    default double micros(StepShape step) {
        return host().stepMicros(deviceMicros(step), layers(), step.sequences());
    }

    default long nanos(StepShape step) {
        return Math.round(micros(step) * 1e3);
    }
}
