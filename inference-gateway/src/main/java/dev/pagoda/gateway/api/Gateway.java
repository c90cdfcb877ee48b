package dev.pagoda.gateway.api;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Port;

/// Ports of the inference gateway. Every answered question is recorded as usage of the call's principal.
public final class Gateway {
    /// A whole answer at once, for those who do not stream. Refused with `NOT_FOUND` for a model that is not served
    /// to the tenant, `EXHAUSTED` when too many wait, `INVALID` when the prompt exceeds the model's context.
    public static final Port<ChatQuestion, ChatAnswer> CHAT =
            Port.of("gateway.chat", ChatQuestion.class, ChatAnswer.class);

    /// The vectors of a batch of texts.
    public static final Port<EmbedTexts, EmbeddedTexts> EMBED =
            Port.of("gateway.embed", EmbedTexts.class, EmbeddedTexts.class);

    /// What the gateway is doing now. A tenant sees the totals of all, and only its own latest requests.
    public static final Port<StatusQuery, GatewayStatus> STATUS =
            Port.of("gateway.status", StatusQuery.class, GatewayStatus.class);

    private Gateway() {}
}
