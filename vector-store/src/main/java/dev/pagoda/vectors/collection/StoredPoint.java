package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.filter.Subject;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A point in its slot, visible to readers between two sequence numbers.
///
/// The vectors of a slot never change: a point with other vectors takes a new slot. The payload is replaced in place.
final class StoredPoint implements Subject {
    private static final long ALIVE = Long.MAX_VALUE;

    private final PointId id;
    private final int slot;
    private final long born;
    private final Set<String> denseFields;
    private final Map<String, Sparse> sparse;

    /// Written by the collection's writer, read by any.
    private volatile long dead = ALIVE;

    private volatile Content content;

    /// What may change while the point stays in its slot.
    record Content(Map<String, @Nullable Object> payload, long version) {}

    StoredPoint(PointId id, int slot, long born, Set<String> denseFields, Map<String, Sparse> sparse, Content content) {
        this.id = id;
        this.slot = slot;
        this.born = born;
        this.denseFields = denseFields;
        this.sparse = sparse;
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
        return denseFields.contains(field) || sparse.containsKey(field);
    }

    int slot() {
        return slot;
    }

    long born() {
        return born;
    }

    Set<String> denseFields() {
        return denseFields;
    }

    Map<String, Sparse> sparse() {
        return sparse;
    }

    Content content() {
        return content;
    }

    void setContent(Content newer) {
        content = newer;
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
