package dev.pagoda.gateway;

import dev.pagoda.gateway.cache.CacheConfig;
import dev.pagoda.gateway.cassette.CassetteConfig;
import dev.pagoda.gateway.journal.JournalConfig;
import dev.pagoda.gateway.limit.LimitConfig;
import java.util.List;
import java.util.Objects;

/// What requests meet between their protocol and the engines.
///
/// @param limits what enterprises may take that have no limit of their own
/// @param cache  bounds of the answers that are given again
/// @param journal the request log
/// @param faults  whether every key may ask for failures by the header `x-pagoda-fault`; administrators always may
/// @param cassettes servers that answer from files
public record TrafficConfig(
        LimitConfig limits, CacheConfig cache, JournalConfig journal, boolean faults, List<CassetteConfig> cassettes) {
    public TrafficConfig {
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(journal, "journal");
        cassettes = List.copyOf(cassettes);
    }

    public static TrafficConfig defaults() {
        return new TrafficConfig(
                LimitConfig.defaults(), CacheConfig.defaults(), JournalConfig.defaults(), false, List.of());
    }
}
