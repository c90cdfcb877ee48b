package dev.pagoda.gateway.model;

import java.util.List;

/// How long one step of an engine takes on some devices. Safe from any thread.
public sealed interface StepModel permits StepTime, MeasuredStepTime, LpuStepTime {
    /// Time on the devices alone, while the host's is not counted.
    double deviceMicros(StepShape step);

    /// The time that the engine's host loop adds.
    HostTime host();

    Confidence confidence();

    /// Layers of the model.
    int layers();

    Parallelism parallel();

    /// Time of all layers on the devices, in a step that all data-parallel ranks make together; of those that
    /// take part.
    double layersMicros(List<StepShape> ranks);

    /// Time of what comes before and after the layers.
    double endsMicros(StepShape step);

    /// Time to hand what a stage of a pipeline computed to the next.
    double handOverMicros(int tokens);

    /// How long each stage of a pipeline takes for a step; the last includes the vocabulary head and the
    /// sampler, the others the hand-over.
    default long[] stageNanos(List<StepShape> ranks) {
        int stages = parallel().pipeline();
        int tokens = 0;
        int sequences = 0;
        double ends = 0;
        for (StepShape each : ranks) {
            tokens = Math.max(tokens, each.tokens());
            sequences = Math.max(sequences, each.sequences());
            ends = Math.max(ends, endsMicros(each));
        }
        double layer = layersMicros(ranks) / layers();
        long[] nanos = new long[stages];
        for (int i = 0; i < stages; i++) {
            int count = layers() * (i + 1) / stages - layers() * i / stages;
            boolean isLast = i == stages - 1;
            double device = layer * count + (isLast ? ends : handOverMicros(tokens));
            nanos[i] = Math.max(1, Math.round(1e3 * host().stepMicros(device, count, isLast ? sequences : 0)));
        }
        return nanos;
    }

    default double micros(StepShape step) {
        return host().stepMicros(deviceMicros(step), layers(), step.sequences());
    }

    default long nanos(StepShape step) {
        return Math.round(micros(step) * 1e3);
    }
}
