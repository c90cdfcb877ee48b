package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a user says of the engines of a study whatever their devices: the model, and what vLLM would be started with.
final class EngineOptions {
    @Option(names = "--model", paramLabel = "M", description = "Name at Hugging Face, with or without publisher.")
    private @Nullable String model;

    @Option(names = "--model-config", paramLabel = "F", description = "A model's config.json instead.")
    private @Nullable Path modelConfig;

    @Option(names = "--dp", paramLabel = "N", description = "Data-parallel ranks of an engine (default 1).")
    private @Nullable Integer data;

    @Option(names = "--pp", paramLabel = "N", description = "Stages of a pipeline over the layers (default 1).")
    private @Nullable Integer pipeline;

    @Option(names = "--expert-parallel", description = "Spread the experts over all ranks of an engine.")
    private @Nullable Boolean expertParallel;

    @Option(names = "--engine", paramLabel = "E", defaultValue = "vllm", description = "Whose host loop.")
    private String engine = "vllm";

    @Option(names = "--max-num-seqs", paramLabel = "N", description = "As vLLM's (default 256).")
    private @Nullable Integer maxSequences;

    @Option(names = "--max-num-batched-tokens", paramLabel = "N", description = "As vLLM's (default 8192).")
    private @Nullable Integer stepTokens;

    @Option(names = "--max-model-len", paramLabel = "N", description = "As vLLM's (default the model's).")
    private @Nullable Integer contextTokens;

    @Option(names = "--gpu-memory-utilization", paramLabel = "X", description = "As vLLM's (default 0.9).")
    private @Nullable Double memoryShare;

    @Option(names = "--dtype", paramLabel = "T", description = "Of the weights: bf16, fp8, int8, int4.")
    private @Nullable String dtype;

    @Option(names = "--kv-dtype", paramLabel = "T", description = "Of keys and values.")
    private @Nullable String kvDtype;

    @Option(names = "--no-prefix-caching", description = "Share no prefixes.")
    private boolean noPrefixCaching;

    @Option(names = "--speculative", paramLabel = "K:A", description = "K drafts a step, each right with chance A.")
    private @Nullable String speculative;

    ServingSetup.Wish wish(ServingSetup.Place place) {
        return new ServingSetup.Wish(
                Optional.ofNullable(model),
                Optional.ofNullable(modelConfig),
                whole("--dp", data),
                whole("--pp", pipeline),
                Optional.ofNullable(expertParallel),
                whole("--max-num-seqs", maxSequences),
                whole("--max-num-batched-tokens", stepTokens),
                whole("--max-model-len", contextTokens),
                memoryShare == null ? OptionalDouble.empty() : OptionalDouble.of(memoryShare),
                Optional.ofNullable(dtype),
                Optional.ofNullable(kvDtype),
                engine,
                !noPrefixCaching,
                Optional.ofNullable(speculative).map(each -> pair("--speculative", each)),
                place);
    }

    static OptionalInt whole(String option, @Nullable Integer value) {
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value < 1) {
            throw new StartRefused(option + " " + value + " is below 1");
        }
        return OptionalInt.of(value);
    }

    static double[] pair(String option, String text) {
        String[] parts = text.split(":", -1);
        try {
            if (parts.length == 2) {
                return new double[] {Double.parseDouble(parts[0]), Double.parseDouble(parts[1])};
            }
        } catch (NumberFormatException e) {
            throw new StartRefused(option + " " + text + " is not two numbers with a colon between", e);
        }
        throw new StartRefused(option + " " + text + " is not two numbers with a colon between");
    }
}
