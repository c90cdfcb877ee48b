package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.gateway.backend.SimulatedReplica.Blueprint;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.LpuStepTime;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.registry.api.ModelArchitecture;

/// What the steps of a replica are computed from: the registry's shape of its model and compute's data of its devices,
/// as the step models have them.
final class ReplicaModel {
    /// Keys and values are kept in 16 bits whatever the weights are, as engines do by default.
    private static final double KV_BYTES = 2;

    private ReplicaModel() {}

    static Architecture architecture(ModelArchitecture shape) {
        return new Architecture(
                shape.layers(),
                shape.hidden(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.intermediate(),
                shape.vocabulary(),
                shape.context(),
                shape.tiedEmbeddings(),
                shape.dtype().bytes(),
                KV_BYTES);
    }

    static Device device(AcceleratorSpec accelerator) {
        return new Device(
                accelerator.id(),
                accelerator.memory().bytes(),
                accelerator.memory().bytesPerSecond(),
                accelerator.peaks().sixteenBit(),
                accelerator.link().bytesPerSecondOneWay());
    }

    /// How long its steps take.
    static StepModel time(Blueprint blueprint, Device device) {
        return LpuStepTime.isLpu(device.id())
                ? new LpuStepTime(blueprint.architecture(), blueprint.devices())
                : new StepTime(
                        blueprint.architecture(),
                        device,
                        blueprint.devices(),
                        new Link.Fitted(device),
                        blueprint.host());
    }
}
