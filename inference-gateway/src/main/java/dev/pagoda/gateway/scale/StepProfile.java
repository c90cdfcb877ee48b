package dev.pagoda.gateway.scale;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.model.StepShape;

/// The profile of an engine, from the model of its step times: what a benchmark of one engine would show.
public final class StepProfile implements ServingProfile {
    private final StepModel time;
    private final EngineLimits limits;

    public StepProfile(StepModel time, EngineLimits limits) {
        this.time = time;
        this.limits = limits;
    }

    @Override
    public double ttftMillis(double promptTokens) {
        int left = Math.max(1, (int) Math.round(promptTokens));
        int past = 0;
        double micros = 0;
        while (left > 0) {
            int chunk = Math.min(left, limits.stepTokens());
            micros += time.micros(new StepShape(chunk, 1, 0, 0, (long) past + chunk, chunk * (past + chunk / 2.0)));
            past += chunk;
            left -= chunk;
        }
        return micros / 1e3;
    }

    @Override
    public double itlMillis(double sequences, double contextTokens) {
        int count = Math.clamp(Math.round(sequences), 1, limits.maxSequences());
        return time.micros(StepShape.decode(count, (int) Math.max(1, contextTokens))) / 1e3;
    }

    @Override
    public double decodeTokensPerSecond(double itlMillis, double contextTokens) {
        double room = (double) limits.kvBlocks() * KvCapacity.BLOCK_TOKENS / Math.max(1, contextTokens);
        int low = 1;
        int high = (int) Math.max(1, Math.min(limits.maxSequences(), room));
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (itlMillis(middle, contextTokens) <= itlMillis) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low * 1e3 / itlMillis(low, contextTokens);
    }
}
