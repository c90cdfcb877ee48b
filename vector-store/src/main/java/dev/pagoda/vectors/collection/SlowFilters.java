package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Filter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Payload keys without an index that slow queries have filtered by: what an operator can make faster.
///
/// Safe from any thread.
public final class SlowFilters {
    /// Qdrant's own threshold.
    static final long SLOW_NANOS = 1_200_000_000L;

    private static final int MAX_KEYS = 100;

    /// Guarded by itself.
    private final Map<String, Finding> findings = new LinkedHashMap<>();

    /// A key that slowed a query down.
    ///
    /// @param kinds indexes that would help
    public record Finding(String key, List<String> kinds, Instant found) {
        public Finding {
            kinds = List.copyOf(kinds);
        }
    }

    /// Takes note of a query that has taken a time, if it was a long one.
    void answered(Filter filter, CollectionConfig config, long nanos) {
        if (nanos < SLOW_NANOS) {
            return;
        }
        for (IndexNeeds.Lack lack : IndexNeeds.lacking(filter, config.payloadSchema())) {
            synchronized (findings) {
                if (findings.size() < MAX_KEYS || findings.containsKey(lack.key())) {
                    findings.put(lack.key(), new Finding(lack.key(), lack.kinds(), Instant.now()));
                }
            }
        }
    }

    /// What was found about keys that have no index even now.
    public List<Finding> open(CollectionConfig config) {
        synchronized (findings) {
            findings.keySet().removeAll(config.payloadSchema().keySet());
            return List.copyOf(findings.values());
        }
    }

    public void clear() {
        synchronized (findings) {
            findings.clear();
        }
    }
}
