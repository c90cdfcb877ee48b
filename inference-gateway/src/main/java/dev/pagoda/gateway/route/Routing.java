package dev.pagoda.gateway.route;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The routing policies by name.
public enum Routing {
    /// [RoundRobin].
    ROUND_ROBIN,
    /// [LeastRequests].
    LEAST_REQUESTS,
    /// [LeastKv].
    LEAST_KV,
    /// [PrefixScorer], llm-d's rule.
    PREFIX_AWARE,
    /// [CacheAware], SGLang's rule.
    CACHE_AWARE,
    /// [SessionAffinity].
    SESSION_AFFINITY,
    /// [SloAware], our own rule.
    SLO_AWARE;

    /// The policy of this name, as users write it.
    ///
    /// @throws IllegalArgumentException if there is none, with those there are
    public static Routing named(String name) {
        for (Routing each : values()) {
            if (each.label().equals(name.toLowerCase(Locale.ROOT))) {
                return each;
            }
        }
        throw new IllegalArgumentException("policy " + name + " is none of " + labels());
    }

    public static List<String> labels() {
        return Arrays.stream(values()).map(Routing::label).toList();
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// A router that has sent nothing yet.
    public RoutingPolicy router(RoutingOptions options) {
        return switch (this) {
            case ROUND_ROBIN -> new RoundRobin();
            case LEAST_REQUESTS -> new LeastRequests();
            case LEAST_KV -> new LeastKv();
            case PREFIX_AWARE -> new PrefixScorer(options);
            case CACHE_AWARE -> new CacheAware(options);
            case SESSION_AFFINITY -> new SessionAffinity();
            case SLO_AWARE -> new SloAware(options);
        };
    }
}
