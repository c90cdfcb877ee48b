package dev.pagoda.vectors.collection;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// What was answered how often and how fast, by protocol, endpoint and status, for Qdrant's own figures.
///
/// Safe from any thread. Endpoints and states come from closed sets; collections are told apart up to a number.
public final class Requests {
    /// Upper bounds of the buckets in microseconds, those of Qdrant.
    private static final long[] BOUNDS_MICROS = {
        1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000
    };

    private static final int MAX_PER_COLLECTION = 100_000;

    private final Map<Key, Timings> all = new ConcurrentHashMap<>();
    private final Map<Key, Timings> perCollection = new ConcurrentHashMap<>();

    /// How a client spoke.
    public enum Protocol {
        REST,
        GRPC
    }

    /// What is counted together.
    ///
    /// @param collection empty where collections are not told apart
    /// @param endpoint   `PUT /collections/{collection_name}/points`, or `/qdrant.Points/Upsert`
    /// @param status     of the protocol
    public record Key(String tenant, String collection, Protocol protocol, String endpoint, int status) {}

    /// The figures of a key.
    ///
    /// @param bounds upper bounds of the buckets in microseconds
    /// @param counts answers up to each bound, cumulative
    public record Figures(
            Key key,
            long count,
            long totalMicros,
            long minMicros,
            long maxMicros,
            Instant last,
            List<Long> bounds,
            List<Long> counts) {
        public Figures {
            bounds = List.copyOf(bounds);
            counts = List.copyOf(counts);
        }

        public double averageMicros() {
            return count == 0 ? 0 : (double) totalMicros / count;
        }
    }

    /// Counts an answer.
    ///
    /// @param collection the one that was meant, empty if there is none of that name
    public void answered(String tenant, String collection, Protocol protocol, String endpoint, int status, long nanos) {
        long micros = nanos / 1_000;
        Key key = new Key(tenant, "", protocol, endpoint, status);
        Timings known = all.get(key);
        (known == null ? all.computeIfAbsent(key, _ -> new Timings()) : known).add(micros);
        if (!collection.isEmpty()) {
            Key own = new Key(tenant, collection, protocol, endpoint, status);
            Timings timings = perCollection.get(own);
            if (timings == null && perCollection.size() < MAX_PER_COLLECTION) {
                timings = perCollection.computeIfAbsent(own, _ -> new Timings());
            }
            if (timings != null) {
                timings.add(micros);
            }
        }
    }

    /// Lets go of the figures of a collection that is gone.
    public void forget(String tenant, String collection) {
        perCollection
                .keySet()
                .removeIf(key -> key.tenant().equals(tenant) && key.collection().equals(collection));
    }

    /// Figures of whole tenants, or of their collections, by endpoint and status.
    public List<Figures> figures(boolean byCollection, Predicate<Key> wanted) {
        List<Figures> figures = new ArrayList<>();
        (byCollection ? perCollection : all).forEach((key, timings) -> {
            if (wanted.test(key)) {
                figures.add(timings.figures(key));
            }
        });
        figures.sort(Comparator.comparing((Figures each) -> each.key().tenant())
                .thenComparing(each -> each.key().collection())
                .thenComparing(each -> each.key().endpoint())
                .thenComparingInt(each -> each.key().status()));
        return figures;
    }

    /// Guarded by itself.
    private static final class Timings {
        private final long[] buckets = new long[BOUNDS_MICROS.length];
        private long count;
        private long total;
        private long min = Long.MAX_VALUE;
        private long max;
        private Instant last = Instant.EPOCH;

        synchronized void add(long micros) {
            count++;
            total += micros;
            min = Math.min(min, micros);
            max = Math.max(max, micros);
            last = Instant.now();
            for (int i = 0; i < buckets.length; i++) {
                if (micros <= BOUNDS_MICROS[i]) {
                    buckets[i]++;
                }
            }
        }

        synchronized Figures figures(Key key) {
            List<Long> bounds = new ArrayList<>();
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < buckets.length; i++) {
                bounds.add(BOUNDS_MICROS[i]);
                counts.add(buckets[i]);
            }
            return new Figures(key, count, total, count == 0 ? 0 : min, max, last, bounds, counts);
        }
    }
}
