package dev.pagoda.gateway.engine;

/// How an engine schedules, by vLLM's names.
///
/// @param prefixCaching     whether equal prefixes share blocks (`enable_prefix_caching`)
/// @param asyncScheduling   whether the next step is planned while one runs (`async_scheduling`): it hides the host's
///                          time, and a new request waits for one step more
/// @param reserveWholePrompt whether a request joins only when all of its prompt finds blocks, and not just the first
///                          chunk (`scheduler_reserve_full_isl`)
/// @param adapterSlots      most LoRA adapters in one step (`max_loras`)
/// @param drafts            tokens that a draft model proposes a step (`num_speculative_tokens`); 0 for none
/// @param acceptance        chance that a proposed token is right, given that those before it are
public record EngineRules(
        boolean prefixCaching,
        boolean asyncScheduling,
        boolean reserveWholePrompt,
        int adapterSlots,
        int drafts,
        double acceptance) {
    /// vLLM's defaults since 0.14.
    public static final EngineRules VLLM = new EngineRules(true, true, true, Integer.MAX_VALUE, 0, 0);

    /// Steps that do not overlap with planning, as vLLM before 0.14.
    public static final EngineRules SYNCHRONOUS = new EngineRules(true, false, true, Integer.MAX_VALUE, 0, 0);

    /// A deterministic pipeline: a compiler has planned every step, and nothing is kept for others.
    public static final EngineRules LPU = new EngineRules(false, false, true, Integer.MAX_VALUE, 0, 0);

    public EngineRules {
        if (adapterSlots < 1) {
            throw new IllegalArgumentException("adapterSlots " + adapterSlots + " is below 1");
        }
        if (drafts < 0 || !(acceptance >= 0 && acceptance <= 1)) {
            throw new IllegalArgumentException(
                    "drafts " + drafts + " is below 0 or acceptance " + acceptance + " is outside 0 to 1");
        }
        if (drafts > 0 && asyncScheduling) {
            throw new IllegalArgumentException(
                    "drafts " + drafts + " with asyncScheduling: how many are right is not known a step ahead");
        }
    }

    public EngineRules withPrefixCaching(boolean wanted) {
        return new EngineRules(wanted, asyncScheduling, reserveWholePrompt, adapterSlots, drafts, acceptance);
    }

    public EngineRules withAsyncScheduling(boolean wanted) {
        return new EngineRules(prefixCaching, wanted, reserveWholePrompt, adapterSlots, drafts, acceptance);
    }

    public EngineRules withDrafts(int tokens, double accepted) {
        return new EngineRules(
                prefixCaching, tokens == 0 && asyncScheduling, reserveWholePrompt, adapterSlots, tokens, accepted);
    }

    public EngineRules withAdapterSlots(int slots) {
        return new EngineRules(prefixCaching, asyncScheduling, reserveWholePrompt, slots, drafts, acceptance);
    }
}
