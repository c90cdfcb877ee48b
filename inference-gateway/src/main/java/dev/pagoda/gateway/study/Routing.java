package dev.pagoda.gateway.study;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Which engine takes a request.
public enum Routing {
    /// In turn.
    ROUND_ROBIN,
    /// Fewest requests in hand.
    LEAST_REQUESTS,
    /// Smallest share of KV blocks held, then fewest requests.
    LEAST_KV,
    /// The best by three marks from 0 to 1: the share of the prompt that an engine has in its cache, three times;
    /// how short its queue is against those of the others, and how empty its KV cache, each twice. The marks and
    /// weights are those of llm-d's scheduler (Gateway API Inference Extension, 2025).
    PREFIX_AWARE,
    /// The engine that has most of the prompt in its cache, if that is more than half, unless it has far more in
    /// hand than another: then the one with the least. The bounds are those of SGLang's router (June 2025):
    /// `--balance-abs-threshold` 32, `--balance-rel-threshold` 1.0001, `--cache-threshold` 0.5.
    CACHE_AWARE;

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
}
