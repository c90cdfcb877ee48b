package dev.pagoda.gateway.metrics;

/// What an engine's metrics tell of its configuration.
///
/// @param contextTokens most tokens of a request (`max_model_len`), at least 1
/// @param kvBlocks      `num_gpu_blocks`
/// @param memoryShare   `gpu_memory_utilization`
public record EngineFacts(
        int contextTokens, int blockTokens, int kvBlocks, double memoryShare, String cacheType, boolean prefixCaching) {
    /// Where nothing is known: the context of most models of 2026.
    static final EngineFacts UNKNOWN = new EngineFacts(131_072, 16, 0, .9, "auto", true);

    public EngineFacts {
        if (contextTokens < 1 || blockTokens < 1 || kvBlocks < 0) {
            throw new IllegalArgumentException("a context of " + contextTokens + " tokens and " + kvBlocks
                    + " blocks of " + blockTokens + " are impossible");
        }
    }

    /// The labels of `vllm:cache_config_info`.
    String labels() {
        return "block_size=\"" + blockTokens + "\",cache_dtype=\"" + cacheType + "\",enable_prefix_caching=\""
                + (prefixCaching ? "True" : "False") + "\",gpu_memory_utilization=\"" + memoryShare
                + "\",num_cpu_blocks=\"None\",num_gpu_blocks=\"" + kvBlocks
                + "\",num_gpu_blocks_override=\"None\",sliding_window=\"None\",is_attention_free=\"False\""
                + ",prefix_caching_hash_algo=\"sha256\",kv_cache_memory_bytes=\"None\",kv_offloading_size=\"None\"";
    }
}
