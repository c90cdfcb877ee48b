package dev.pagoda.gateway.backend;

import dev.pagoda.governance.api.ServiceTier;
import io.vertx.core.MultiMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What changes no answer, but where, when and for whom a request is worked on. Texts are empty when nothing was said.
///
/// @param priority    lower is sooner, as vLLM has it; 0 when nothing was said
/// @param sessionKey  requests of one session like to stay with one replica
/// @param serviceTier as the client named it, such as `flex` or `priority`
/// @param cacheKey    the client's name for its common prefix (OpenAI's `prompt_cache_key`)
/// @param metadata    the client's own notes
/// @param adapter     the LoRA adapter to be used
/// @param user        the client's name for its end user
/// @param headers     the request's headers that begin with [#HEADER_PREFIX], and [#TRACE_HEADER], by lower-case name
public record Hints(
        int priority,
        String sessionKey,
        String serviceTier,
        String cacheKey,
        Map<String, String> metadata,
        String adapter,
        String user,
        Map<String, String> headers) {
    /// Headers by which a client speaks to the gateway itself.
    public static final String HEADER_PREFIX = "x-pagoda-";

    /// Which trace a request belongs to (W3C Trace Context).
    public static final String TRACE_HEADER = "traceparent";

    private static final int MAX_HEADERS = 32;
    private static final int MAX_HEADER_CHARS = 1_024;
    private static final Hints NONE = new Hints(0, "", "", "", Map.of(), "", "", Map.of());

    public Hints {
        Objects.requireNonNull(sessionKey, "sessionKey");
        Objects.requireNonNull(serviceTier, "serviceTier");
        Objects.requireNonNull(cacheKey, "cacheKey");
        Objects.requireNonNull(adapter, "adapter");
        Objects.requireNonNull(user, "user");
        metadata = Map.copyOf(metadata);
        headers = Map.copyOf(headers);
    }

    public static Hints none() {
        return NONE;
    }

    /// The tier that it is worked on and booked at.
    public ServiceTier tier() {
        return ServiceTier.of(serviceTier);
    }

    public Hints withHeaders(Map<String, String> others) {
        return new Hints(priority, sessionKey, serviceTier, cacheKey, metadata, adapter, user, others);
    }

    /// The headers of a request that a protocol hands on, at most 32 of at most 1,024 characters.
    public static Map<String, String> headersOf(MultiMap request) {
        Map<String, String> found = Map.of();
        for (Map.Entry<String, String> header : request) {
            String name = header.getKey();
            boolean isOurs = name.regionMatches(true, 0, HEADER_PREFIX, 0, HEADER_PREFIX.length())
                    || name.equalsIgnoreCase(TRACE_HEADER);
            if (isOurs && found.size() < MAX_HEADERS && header.getValue().length() <= MAX_HEADER_CHARS) {
                found = found.isEmpty() ? new HashMap<>() : found;
                found.put(name.toLowerCase(Locale.ROOT), header.getValue());
            }
        }
        return found;
    }
}
