package dev.pagoda.deploy.simulate;

import dev.pagoda.gateway.study.EngineConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a user says of the devices of an engine, and of all that depends on which they are.
final class DeviceOptions {
    @Option(names = "--device", paramLabel = "D", description = "For example h100-sxm.")
    private @Nullable String device;

    @Option(names = "--tp", paramLabel = "N", description = "Tensor parallelism (default 1).")
    private @Nullable Integer tensor;

    @Option(names = "--engine-config", paramLabel = "F", description = "What vLLM was started with, as JSON.")
    private @Nullable Path engineConfig;

    @Option(names = "--kv-blocks", paramLabel = "N", description = "Blocks of 16 tokens (default what fits).")
    private @Nullable Integer kvBlocks;

    @Option(names = "--link", paramLabel = "US:GB", description = "All-reduce: microseconds and GB/s one way.")
    private @Nullable String link;

    @Option(names = "--profiles", paramLabel = "DIR", description = "Operator tables instead of coefficients.")
    private @Nullable Path profiles;

    ServingSetup.Place place() {
        return new ServingSetup.Place(
                Optional.ofNullable(device),
                EngineOptions.whole("--tp", tensor),
                EngineOptions.whole("--kv-blocks", kvBlocks),
                Optional.ofNullable(link).map(each -> EngineOptions.pair("--link", each)),
                Optional.ofNullable(profiles),
                engineConfig == null ? EngineConfig.NONE : EngineConfig.read(engineConfig));
    }
}
