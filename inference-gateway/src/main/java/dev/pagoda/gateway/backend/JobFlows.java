package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.limit.Flow;
import java.util.function.ToIntFunction;

/// How chats stand among those who wait for a deployment: by tenant, service tier, priority and what they may cost.
final class JobFlows {
    /// What an answer without a bound is taken to cost.
    private static final int OPEN_ANSWER_TOKENS = 256;
    /// A service tier counts more than any priority a client is likely to name.
    private static final int TIER_RANK = 1_000_000;

    private final ToIntFunction<String> weights;

    /// @param weights of tenants, each at least 1
    JobFlows(ToIntFunction<String> weights) {
        this.weights = weights;
    }

    Flow of(ChatSession session, int promptTokens) {
        ChatRequest request = session.request();
        String tenant = session.call().tenant();
        int tier = switch (request.hints().serviceTier()) {
            case "priority" -> -TIER_RANK;
            case "flex" -> TIER_RANK;
            default -> 0;
        };
        int priority = Math.clamp((long) request.hints().priority() + tier, Integer.MIN_VALUE, Integer.MAX_VALUE);
        long completion = (long) request.n() * request.limits().maxTokens().orElse(OPEN_ANSWER_TOKENS);
        return new Flow(tenant, weights.applyAsInt(tenant), priority, Math.max(1, promptTokens + completion));
    }
}
