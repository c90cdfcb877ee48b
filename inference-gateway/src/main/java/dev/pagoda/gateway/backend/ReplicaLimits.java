package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.SimulatedReplica.Blueprint;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.LpuStepTime;

/// What a replica can have in hand, by its model and the memory of its devices.
final class ReplicaLimits {
    private ReplicaLimits() {}

    /// @throws IllegalArgumentException if the model does not fit the devices
    static EngineLimits of(Blueprint blueprint, Device device) {
        return LpuStepTime.isLpu(device.id()) ? ofLpu(blueprint) : ofGpu(blueprint, device);
    }

    private static EngineLimits ofGpu(Blueprint blueprint, Device device) {
        int blocks = KvCapacity.blocks(blueprint.architecture(), device, blueprint.devices(), blueprint.stepTokens());
        if (blocks == 0) {
            throw new IllegalArgumentException(blueprint.model() + " leaves no memory for keys and values on "
                    + blueprint.devices() + " x " + device.id());
        }
        return new EngineLimits(
                blueprint.stepTokens(),
                blueprint.maxSequences(),
                blueprint.waitingTurns(),
                blueprint.architecture().contextTokens(),
                blocks);
    }

    private static EngineLimits ofLpu(Blueprint blueprint) {
        Architecture model = blueprint.architecture();
        return new EngineLimits(
                LpuStepTime.places(model),
                LpuStepTime.places(model),
                blueprint.waitingTurns(),
                model.contextTokens(),
                LpuStepTime.kvBlocks(model, model.contextTokens()));
    }
}
