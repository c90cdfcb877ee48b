package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.filter.Subject;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A point in its slot, visible to readers between two sequence numbers.
///
/// The vectors of a slot never change: a point with other vectors takes a new slot. The payload is replaced in
/// place. When a field is dropped, a copy without it takes the point's place.
final class StoredPoint implements Subject {
    private static final long ALIVE = Long.MAX_VALUE;

    private final PointId id;
    private final int slot;
    private final long born;
    private final Vectors vectors;

    /// Written by the collection's writer, read by any.
    private volatile long dead = ALIVE;

    private volatile Content content;

    /// What may change while the point stays in its slot.
    record Content(Map<String, @Nullable Object> payload, long version) {}

    /// What it has in which field: the vectors themselves, but for those that a [DenseField] has by slot.
    record Vectors(Set<String> dense, Map<String, Sparse> sparse, Map<String, Multivector> multi) {
        Vectors {
            sparse = Map.copyOf(sparse);
            multi = Map.copyOf(multi);
        }

        boolean has(String field) {
            return dense.contains(field) || sparse.containsKey(field) || multi.containsKey(field);
        }

        int count(String field) {
            Multivector several = multi.get(field);
            return several != null ? several.count() : has(field) ? 1 : 0;
        }

        long multiBytes() {
            long bytes = 0;
            for (Multivector each : multi.values()) {
                bytes += each.bytes();
            }
            return bytes;
        }

        int size() {
            return dense.size() + sparse.size() + multi.size();
        }
    }

    StoredPoint(PointId id, int slot, long born, Vectors vectors, Content content) {
        this.id = id;
        this.slot = slot;
        this.born = born;
        this.vectors = vectors;
        this.content = content;
    }

    @Override
    public PointId id() {
        return id;
    }

    @Override
    public Map<String, @Nullable Object> payload() {
        return content.payload();
    }

    @Override
    public boolean hasVector(String field) {
        return vectors.has(field);
    }

    int slot() {
        return slot;
    }

    long born() {
        return born;
    }

    Vectors vectors() {
        return vectors;
    }

    Content content() {
        return content;
    }

    void setContent(Content newer) {
        content = newer;
    }

    /// The same point with less vectors.
    StoredPoint with(Vectors fewer) {
        StoredPoint copy = new StoredPoint(id, slot, born, fewer, content);
        copy.dead = dead;
        return copy;
    }

    void die(long sequence) {
        dead = sequence;
    }

    /// Whether a reader who sees the first `sequence` changes sees this point.
    boolean isVisible(long sequence) {
        return born <= sequence && dead > sequence;
    }

    boolean isAlive() {
        return dead == ALIVE;
    }
}
