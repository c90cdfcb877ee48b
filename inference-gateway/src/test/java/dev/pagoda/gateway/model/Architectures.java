package dev.pagoda.gateway.model;

/// Real shapes for tests, from the models' own `config.json`.
public final class Architectures {
    public static final Architecture QWEN_7B =
            new Architecture(28, 3584, 28, 4, 128, 18_944, 152_064, 32_768, false, 2, 2);
    public static final Architecture QWEN_72B =
            new Architecture(80, 8192, 64, 8, 128, 29_568, 152_064, 32_768, false, 2, 2);
    public static final Architecture LLAMA_8B =
            new Architecture(32, 4096, 32, 8, 128, 14_336, 128_256, 131_072, false, 2, 2);

    private Architectures() {}
}
