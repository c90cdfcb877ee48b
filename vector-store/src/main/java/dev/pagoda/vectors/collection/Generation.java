package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.hnsw.FloatRows;
import dev.pagoda.vectors.hnsw.HnswGraph;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.Metric;
import dev.pagoda.vectors.text.InvertedIndex;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The points of a collection in slots, with an index for each vector field. A slot is used once; when too many are
/// dead, the collection makes a new generation of the living.
///
/// One writer at a time (the collection's lock); any number of readers, which take a sequence number first and then see
/// the points visible at it. What the writer did before it published that number is visible to them.
final class Generation {
    private static final long GRAPH_SEED = 0x9a60da;

    private final Map<String, DenseField> dense = new LinkedHashMap<>();
    private final Map<String, SparseField> sparse = new LinkedHashMap<>();
    private final ConcurrentSkipListMap<PointId, StoredPoint> ids = new ConcurrentSkipListMap<>();

    /// Grown and filled by the writer, read by any.
    private volatile @Nullable StoredPoint[] slots = new StoredPoint[16];

    private volatile int end;

    /// Living points; the skip list counts in linear time.
    private final AtomicInteger living = new AtomicInteger();

    private final Map<Set<String>, Set<String>> denseFieldSets = new HashMap<>();

    /// A dense field.
    ///
    /// @param graph null if the collection is configured without one
    record DenseField(
            DenseConfig config,
            Metric metric,
            FloatRows rows,
            @Nullable HnswGraph graph) {}

    /// A sparse field.
    record SparseField(boolean idf, InvertedIndex index) {}

    Generation(CollectionConfig config) {
        config.dense().forEach((name, field) -> {
            FloatRows rows = new FloatRows(field.size());
            Metric metric = metric(field);
            HnswGraph graph = config.hnsw().m() == 0 ? null : new HnswGraph(parameters(config), rows, metric);
            dense.put(name, new DenseField(field, metric, rows, graph));
        });
        config.sparse().forEach((name, field) -> sparse.put(name, new SparseField(field.idf(), new InvertedIndex())));
    }

    static HnswParameters parameters(CollectionConfig config) {
        return new HnswParameters(config.hnsw().m(), config.hnsw().efConstruction(), GRAPH_SEED);
    }

    private static Metric metric(DenseConfig field) {
        return switch (field.distance()) {
            case COSINE, DOT -> Metric.DOT;
            case EUCLID -> Metric.L2;
            case MANHATTAN -> Metric.MANHATTAN;
        };
    }

    Map<String, DenseField> dense() {
        return dense;
    }

    Map<String, SparseField> sparse() {
        return sparse;
    }

    ConcurrentSkipListMap<PointId, StoredPoint> ids() {
        return ids;
    }

    /// Slots in use are below this.
    int end() {
        return end;
    }

    int living() {
        return living.get();
    }

    int deadSlots() {
        return end - living.get();
    }

    /// The point in a slot, null if there was none when this generation was restored.
    @Nullable
    StoredPoint at(int slot) {
        return slots[slot];
    }

    Map<String, VectorValue> vectors(StoredPoint point) {
        Map<String, VectorValue> vectors = new LinkedHashMap<>();
        for (String name : point.denseFields()) {
            vectors.put(name, new Dense(field(name).rows().get(point.slot())));
        }
        vectors.putAll(point.sparse());
        return vectors;
    }

    /// Stores a whole point; in the same slot if only its payload is new.
    void put(long sequence, Point point) {
        StoredPoint present = ids.get(point.id());
        StoredPoint.Content content = new StoredPoint.Content(point.payload(), sequence);
        if (present != null && holds(present, point.vectors())) {
            present.setContent(content);
            return;
        }
        add(sequence, point.id(), point.vectors(), content);
        if (present != null) {
            bury(present, sequence);
        }
    }

    void setPayload(long sequence, PointId id, Map<String, @Nullable Object> payload) {
        StoredPoint present = ids.get(id);
        if (present != null) {
            present.setContent(new StoredPoint.Content(payload, sequence));
        }
    }

    void remove(long sequence, PointId id) {
        StoredPoint present = ids.remove(id);
        if (present != null) {
            bury(present, sequence);
        }
    }

    /// Takes over a point of another generation of the same collection; returns the copy.
    StoredPoint adopt(StoredPoint point, Generation from) {
        StoredPoint stale = ids.get(point.id());
        StoredPoint copy = add(point.born(), point.id(), from.vectors(point), point.content());
        if (stale != null) {
            bury(stale, 0);
        }
        return copy;
    }

    /// Fills a slot while a snapshot is read: the row of each field and the point, null for a dead one.
    void restore(int slot, Map<String, float[]> rows, @Nullable StoredPoint point) {
        rows.forEach((name, row) -> field(name).rows().set(slot, row));
        reserve(slot);
        slots[slot] = point;
        end = slot + 1;
        if (point != null) {
            ids.put(point.id(), point);
            living.incrementAndGet();
            point.sparse().forEach((name, vector) -> sparseField(name).index().add(slot, vector));
        }
    }

    void restoreGraph(String name, CollectionConfig config, HnswGraph.Image image) {
        DenseField field = field(name);
        HnswGraph graph = HnswGraph.restore(parameters(config), field.rows(), field.metric(), image);
        dense.put(name, new DenseField(field.config(), field.metric(), field.rows(), graph));
    }

    /// Links the living points of every graph that holds fewer.
    void linkUnlinked() {
        for (Map.Entry<String, DenseField> entry : dense.entrySet()) {
            HnswGraph graph = entry.getValue().graph();
            if (graph == null || graph.size() > 0) {
                continue;
            }
            for (int slot = 0; slot < end; slot++) {
                StoredPoint point = slots[slot];
                if (point != null && point.denseFields().contains(entry.getKey())) {
                    graph.insert(slot);
                }
            }
        }
    }

    /// The one shared copy of a set of field names.
    Set<String> shared(Set<String> names) {
        return denseFieldSets.computeIfAbsent(names, given -> Collections.unmodifiableSet(new TreeSet<>(given)));
    }

    long bytes() {
        long bytes = end * 200L;
        for (DenseField field : dense.values()) {
            HnswGraph graph = field.graph();
            bytes += field.rows().bytes() + (graph == null ? 0 : graph.bytes());
        }
        for (SparseField field : sparse.values()) {
            bytes += field.index().bytes();
        }
        return bytes;
    }

    private StoredPoint add(long sequence, PointId id, Map<String, VectorValue> vectors, StoredPoint.Content content) {
        int slot = end;
        Set<String> denseNames = new TreeSet<>();
        Map<String, Sparse> sparseVectors = new HashMap<>();
        vectors.forEach((name, vector) -> {
            switch (vector) {
                case Dense(float[] values) -> {
                    field(name).rows().set(slot, values);
                    denseNames.add(name);
                }
                case Sparse values -> sparseVectors.put(name, values);
                case VectorValue.Text _ -> throw new IllegalStateException("text is no stored vector");
            }
        });
        StoredPoint point = new StoredPoint(id, slot, sequence, shared(denseNames), Map.copyOf(sparseVectors), content);
        reserve(slot);
        slots[slot] = point;
        for (String name : denseNames) {
            HnswGraph graph = field(name).graph();
            if (graph != null) {
                graph.insert(slot);
            }
        }
        sparseVectors.forEach((name, vector) -> sparseField(name).index().add(slot, vector));
        ids.put(id, point);
        end = slot + 1;
        living.incrementAndGet();
        return point;
    }

    private void bury(StoredPoint point, long sequence) {
        point.die(sequence);
        point.sparse().forEach((name, vector) -> sparseField(name).index().remove(vector));
        living.decrementAndGet();
    }

    private boolean holds(StoredPoint present, Map<String, VectorValue> vectors) {
        if (vectors.size() != present.denseFields().size() + present.sparse().size()) {
            return false;
        }
        for (Map.Entry<String, VectorValue> entry : vectors.entrySet()) {
            String name = entry.getKey();
            boolean same = switch (entry.getValue()) {
                case Dense(float[] values) ->
                    present.denseFields().contains(name) && field(name).rows().holds(present.slot(), values);
                case Sparse values -> values.equals(present.sparse().get(name));
                case VectorValue.Text _ -> false;
            };
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private void reserve(int slot) {
        if (slot >= slots.length) {
            slots = Arrays.copyOf(slots, Math.max(slot + 1, slots.length + (slots.length >> 1)));
        }
    }

    private DenseField field(String name) {
        DenseField field = dense.get(name);
        if (field == null) {
            throw new IllegalStateException("no dense field \"" + name + "\"");
        }
        return field;
    }

    private SparseField sparseField(String name) {
        SparseField field = sparse.get(name);
        if (field == null) {
            throw new IllegalStateException("no sparse field \"" + name + "\"");
        }
        return field;
    }
}
