package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.simulate.ServingSetup.Wish;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.LpuStepTime;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.study.PowerModel;

/// The engines of a study on deterministic pipelines of chips.
final class LpuSetup {
    private static final int MAX_WAITING = 50_000_000;

    private LpuSetup() {}

    static ServingSetup of(Wish wish, String modelName, Architecture model, Device device, AcceleratorSpec spec) {
        if (wish.drafts().isPresent()
                || wish.data().orElse(1) > 1
                || wish.pipeline().orElse(1) > 1) {
            throw new StartRefused("--speculative, --dp and --pp do not go with " + device.id()
                    + ", which is a pipeline of its own over all layers");
        }
        int chips = wish.place().tensor().orElse(LpuStepTime.chips(model));
        int context = wish.contextTokens().orElse(model.contextTokens());
        if (context > model.contextTokens()) {
            throw new StartRefused(
                    "a context of " + context + " tokens is longer than the model's, " + model.contextTokens());
        }
        int places = LpuStepTime.places(model);
        int sequences = Math.min(places, wish.maxSequences().orElse(places));
        StepModel time = pipeline(model, chips);
        return new ServingSetup(
                modelName,
                model,
                device,
                spec,
                time.parallel(),
                new EngineLimits(places, sequences, MAX_WAITING, context, LpuStepTime.kvBlocks(model, context)),
                EngineRules.LPU,
                time,
                PowerModel.of(model, device, spec.tdpWatts(), chips));
    }

    private static StepModel pipeline(Architecture model, int chips) {
        try {
            return new LpuStepTime(model, chips);
        } catch (IllegalArgumentException tooFew) {
            throw new StartRefused(tooFew.getMessage() + "; --tp " + LpuStepTime.chips(model) + " would do", tooFew);
        }
    }
}
