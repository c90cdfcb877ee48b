package dev.pagoda.registry;

/// The configuration of the model registry.
///
/// @param seedModels whether the models that Pagoda brings along are registered when the store does not know
///     them
/// @param maxModels  models that may be registered, 1 to 100,000; all of them are kept in memory
public record RegistryConfig(boolean seedModels, int maxModels) {
    private static final int MOST_MODELS = 100_000;

    public RegistryConfig {
        if (maxModels < 1 || maxModels > MOST_MODELS) {
            throw new IllegalArgumentException("maxModels " + maxModels + " is outside 1.." + MOST_MODELS);
        }
    }

    public static RegistryConfig defaults() {
        return new RegistryConfig(true, 10_000);
    }
}
