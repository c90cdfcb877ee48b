package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Multi;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.filter.FieldIndex;
import dev.pagoda.vectors.filter.PayloadIndexes;
import dev.pagoda.vectors.filter.SlotSet;
import dev.pagoda.vectors.hnsw.Epochs;
import dev.pagoda.vectors.text.InvertedIndex;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The points of a collection in slots, with an index for each vector field.
///
/// One writer at a time (the collection's lock); any number of readers, which [#enter] first, then take a
/// sequence number and see the points visible at it, until they [#exit]. What the writer did before it
/// published that number is visible to them.
///
/// **Slots.** A point that dies stays in its slot and in the indexes until every reader that may see it has
/// left ([Epochs]). Then it leaves the indexes, and when they have let go of it too, its slot is given to a new
/// point. So a slot that a reader sees a point in holds that point until the reader exits. While a snapshot is
/// written no slot is given away.
final class Generation {
    /// The fields, replaced by the writer, read by any: one dense vector a point, sparse, several dense vectors
    /// a point.
    private volatile Map<String, DenseField> dense = Map.of();

    private volatile Map<String, SparseField> sparse = Map.of();
    private volatile Map<String, DenseConfig> multi = Map.of();
    private final ConcurrentSkipListMap<PointId, StoredPoint> ids = new ConcurrentSkipListMap<>();

    /// Grown and filled by the writer, read by any.
    private volatile @Nullable StoredPoint[] slots = new StoredPoint[16];

    private volatile int end;

    /// Living points; the skip list counts in linear time.
    private final AtomicInteger living = new AtomicInteger();

    /// Living points that have a vector, by field.
    private final Map<String, LongAdder> vectorCounts = new ConcurrentHashMap<>();

    private final Map<Set<String>, Set<String>> denseFieldSets = new HashMap<>();

    /// Bytes of the multivectors of the points in their slots.
    private final AtomicLong multiBytes = new AtomicLong();

    private final Epochs readers = new Epochs();

    /// Snapshots that are being written.
    private final AtomicInteger pins = new AtomicInteger();

    /// The writer's: points that died in a change that is not published yet.
    private final List<StoredPoint> buried = new ArrayList<>();

    /// The writer's: points that readers may still see, oldest first.
    private final ArrayDeque<Dying> dying = new ArrayDeque<>();

    /// The writer's: slots whose points have left the indexes, oldest first.
    private final ArrayDeque<Integer> freed = new ArrayDeque<>();

    /// The payload indexes, replaced by the writer, and the schema of each.
    private volatile PayloadIndexes indexes = PayloadIndexes.NONE;

    private Map<KeyPath, Object> schemas = Map.of();

    /// Replaced by the writer, read by any.
    private volatile Expiries expiries = Expiries.NONE;

    /// Slots with a point that the indexes hold, dead ones included, and slots in motion.
    private final SlotSet occupied = new SlotSet();

    private final Unsettled unsettled = new Unsettled();

    /// A dead point and the epoch in which its death was published.
    private record Dying(StoredPoint point, long epoch) {}

    /// A sparse field.
    record SparseField(InvertedIndex index) {}

    Generation(CollectionConfig config) {
        reshape(config);
        index(config.payloadSchema());
        expire(config);
    }

    /// Lets points expire as a configuration says.
    void expire(CollectionConfig config) {
        expiries = expiries.following(config, this);
    }

    Expiries expiries() {
        return expiries;
    }

    /// Gets the payload indexes of a schema. What is new is filled before readers see it.
    void index(Map<String, @Nullable Object> schema) {
        Map<KeyPath, Object> next = new LinkedHashMap<>();
        schema.forEach((key, kind) -> {
            if (kind != null) {
                next.put(KeyPath.parse(key), kind);
            }
        });
        if (next.equals(schemas)) {
            return;
        }
        Map<KeyPath, FieldIndex> fields = new LinkedHashMap<>();
        next.forEach((key, kind) -> fields.put(
                key,
                kind.equals(schemas.get(key))
                        ? indexes.field(key).orElseThrow()
                        : filled(PayloadSchema.index(key, kind))));
        schemas = Map.copyOf(next);
        indexes = new PayloadIndexes(fields);
    }

    private FieldIndex filled(FieldIndex index) {
        for (int slot = 0; slot < end; slot++) {
            StoredPoint point = slots[slot];
            // a dead one is in motion until its slot is free
            if (point != null && point.isAlive()) {
                index.add(slot, point.payload());
            }
        }
        return index;
    }

    PayloadIndexes indexes() {
        return indexes;
    }

    /// Slots that may have a point; right where [#unsettled] has none.
    SlotSet occupied() {
        return occupied;
    }

    Unsettled unsettled() {
        return unsettled;
    }

    /// Takes the points in motion out of a row of slots: what the indexes have told of the others is true.
    List<StoredPoint> takeUnsettled(long[] row) {
        List<StoredPoint> taken = new ArrayList<>();
        unsettled.forEach(slot -> {
            if (slot >>> 6 < row.length && ((row[slot >>> 6] >>> slot) & 1) != 0) {
                row[slot >>> 6] &= ~(1L << slot);
                StoredPoint point = at(slot);
                if (point != null) {
                    taken.add(point);
                }
            }
        });
        return taken;
    }

    /// Gets the fields of a configuration: what is new is empty, what is left out is gone from every point.
    ///
    /// @return whether a field came or went
    boolean reshape(CollectionConfig config) {
        Map<String, DenseField> nextDense = new LinkedHashMap<>();
        Map<String, DenseConfig> nextMulti = new LinkedHashMap<>();
        config.dense().forEach((name, field) -> {
            if (field.isMulti()) {
                nextMulti.put(name, field);
            } else {
                DenseField present = dense.get(name);
                nextDense.put(name, present == null ? new DenseField(name, config) : present);
            }
        });
        Map<String, SparseField> nextSparse = new LinkedHashMap<>();
        config.sparse().forEach((name, _) -> {
            SparseField present = sparse.get(name);
            nextSparse.put(name, present == null ? new SparseField(new InvertedIndex()) : present);
        });
        Set<String> before = new TreeSet<>(dense.keySet());
        before.addAll(sparse.keySet());
        before.addAll(multi.keySet());
        Set<String> after = new TreeSet<>(config.dense().keySet());
        after.addAll(config.sparse().keySet());
        Set<String> gone = new TreeSet<>(before);
        gone.removeAll(after);
        dense = Collections.unmodifiableMap(nextDense);
        sparse = Collections.unmodifiableMap(nextSparse);
        multi = Collections.unmodifiableMap(nextMulti);
        if (!gone.isEmpty()) {
            strip(gone);
            vectorCounts.keySet().removeAll(gone);
        }
        return !before.equals(after);
    }

    private void strip(Set<String> gone) {
        for (int slot = 0; slot < end; slot++) {
            StoredPoint point = slots[slot];
            if (point != null && gone.stream().anyMatch(point::hasVector)) {
                StoredPoint stripped = point.with(without(point.vectors(), gone));
                slots[slot] = stripped;
                multiBytes.addAndGet(
                        stripped.vectors().multiBytes() - point.vectors().multiBytes());
                // only a living point is found by its id
                ids.replace(point.id(), point, stripped);
            }
        }
        buried.replaceAll(this::inSlot);
        List<Dying> all = List.copyOf(dying);
        dying.clear();
        all.forEach(each -> dying.add(new Dying(inSlot(each.point()), each.epoch())));
    }

    private StoredPoint inSlot(StoredPoint point) {
        StoredPoint present = slots[point.slot()];
        return present == null ? point : present;
    }

    private StoredPoint.Vectors without(StoredPoint.Vectors vectors, Set<String> gone) {
        Set<String> denseLeft = new TreeSet<>(vectors.dense());
        denseLeft.removeAll(gone);
        Map<String, Sparse> sparseLeft = new HashMap<>(vectors.sparse());
        sparseLeft.keySet().removeAll(gone);
        Map<String, Multivector> multiLeft = new HashMap<>(vectors.multi());
        multiLeft.keySet().removeAll(gone);
        return new StoredPoint.Vectors(shared(denseLeft), sparseLeft, multiLeft);
    }

    /// A reader comes, before it takes its sequence number.
    ///
    /// @return what [#exit] needs
    long enter() {
        return readers.enter();
    }

    void exit(long entered) {
        readers.exit(entered);
    }

    /// Keeps every slot as it is; under the collection's lock.
    void pin() {
        pins.incrementAndGet();
    }

    void unpin() {
        pins.decrementAndGet();
    }

    /// Takes out of the indexes what no reader can see any more; under the lock, when changes have been
    /// published.
    void settle() {
        long now = readers.current();
        for (StoredPoint point : buried) {
            dying.add(new Dying(point, now));
        }
        buried.clear();
        unsettled.published(now);
        for (Dying oldest = dying.peek(); oldest != null && isForgotten(oldest.epoch()); oldest = dying.peek()) {
            release(oldest.point());
            dying.remove();
        }
        unsettled.published(readers.current());
        unsettled.settle(this::isForgotten);
        sparse.values().forEach(field -> field.index().sweep());
    }

    private boolean isForgotten(long since) {
        while (readers.current() < since + Epochs.GRACE) {
            if (!readers.advance()) {
                return false;
            }
        }
        return true;
    }

    private void release(StoredPoint point) {
        point.vectors().dense().forEach(name -> field(name).remove(point.slot()));
        point.vectors()
                .sparse()
                .forEach((name, vector) -> sparseField(name).index().remove(point.slot(), vector));
        multiBytes.addAndGet(-point.vectors().multiBytes());
        unsettled.mark(point.slot());
        indexes.remove(point.slot(), point.payload());
        expiries.remove(point.slot(), point.payload());
        occupied.remove(point.slot());
        slots[point.slot()] = null;
        freed.add(point.slot());
    }

    /// Leaves new vectors without links until it is called with `false`.
    void hold(boolean held) {
        dense.values().forEach(field -> field.hold(held));
    }

    /// Links some of the vectors that wait.
    ///
    /// @return whether more should be linked
    boolean link(int most) {
        boolean more = false;
        for (DenseField field : dense.values()) {
            more |= field.link(most);
        }
        return more;
    }

    Map<String, DenseField> dense() {
        return dense;
    }

    Map<String, SparseField> sparse() {
        return sparse;
    }

    /// Fields of multivectors, which are with the points.
    Map<String, DenseConfig> multi() {
        return multi;
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

    /// Slots without a living point.
    int spareSlots() {
        return end - living.get();
    }

    /// The point in a slot, null if it is free or its point is on the way.
    @Nullable
    StoredPoint at(int slot) {
        @Nullable StoredPoint[] all = slots;
        // an index tells of a slot before there is room for its point
        return slot < all.length ? all[slot] : null;
    }

    Map<String, VectorValue> vectors(StoredPoint point) {
        Map<String, VectorValue> vectors = new LinkedHashMap<>();
        Map<String, DenseField> fields = dense;
        for (String name : point.vectors().dense()) {
            DenseField field = fields.get(name);
            // a reader may hold a point whose field is dropped meanwhile
            if (field != null && field.has(point.slot())) {
                vectors.put(name, new Dense(field.row(point.slot())));
            }
        }
        point.vectors().multi().forEach((name, multivector) -> vectors.put(name, multivector.value()));
        vectors.putAll(point.vectors().sparse());
        return vectors;
    }

    /// Stores a whole point; in the same slot if only its payload is new.
    void put(long sequence, Point point) {
        StoredPoint present = ids.get(point.id());
        StoredPoint.Content content = new StoredPoint.Content(point.payload(), sequence);
        if (present != null && holds(present, point.vectors())) {
            setContent(present, content);
            return;
        }
        if (present != null) {
            // before a reader finds another slot by the id
            unsettled.hold(present.slot());
        }
        add(sequence, point.id(), point.vectors(), content);
        if (present != null) {
            bury(present, sequence);
        }
    }

    void setPayload(long sequence, PointId id, Map<String, @Nullable Object> payload) {
        StoredPoint present = ids.get(id);
        if (present != null) {
            setContent(present, new StoredPoint.Content(payload, sequence));
        }
    }

    /// Replaces what may change of a point in its slot.
    void setContent(StoredPoint point, StoredPoint.Content content) {
        unsettled.mark(point.slot());
        Map<String, @Nullable Object> before = point.payload();
        indexes.change(point.slot(), before, content.payload());
        point.setContent(content);
        expiries.change(point.slot(), before, content.payload());
    }

    void remove(long sequence, PointId id) {
        StoredPoint present = ids.get(id);
        if (present != null) {
            unsettled.hold(present.slot());
            ids.remove(id);
            bury(present, sequence);
        }
    }

    /// Takes over a point of another generation of the same collection; returns the copy.
    StoredPoint adopt(StoredPoint point, Generation from) {
        StoredPoint stale = ids.get(point.id());
        Map<String, VectorValue> vectors = from.vectors(point);
        vectors.keySet().removeIf(name -> !hasField(name));
        StoredPoint copy = add(point.born(), point.id(), vectors, point.content());
        if (stale != null) {
            unsettled.hold(stale.slot());
            bury(stale, 0);
        }
        return copy;
    }

    /// Fills a slot while a snapshot is read, but for its dense vectors; null frees it.
    void restore(int slot, @Nullable StoredPoint point) {
        reserve(slot);
        slots[slot] = point;
        end = slot + 1;
        if (point == null) {
            freed.add(slot);
        } else {
            ids.put(point.id(), point);
            living.incrementAndGet();
            countVectors(point, 1);
            occupied.add(slot);
            indexes.add(slot, point.payload());
            expiries.add(slot, point.payload());
            point.vectors()
                    .sparse()
                    .forEach((name, vector) -> sparseField(name).index().add(slot, vector));
        }
    }

    /// The one shared copy of a set of field names.
    Set<String> shared(Set<String> names) {
        return denseFieldSets.computeIfAbsent(names, given -> Collections.unmodifiableSet(new TreeSet<>(given)));
    }

    /// Living points that have a vector, by field.
    Map<String, Long> vectorCounts() {
        Map<String, Long> counts = new TreeMap<>();
        dense.keySet().forEach(name -> counts.put(name, 0L));
        sparse.keySet().forEach(name -> counts.put(name, 0L));
        multi.keySet().forEach(name -> counts.put(name, 0L));
        vectorCounts.forEach((name, count) -> counts.replace(name, count.sum()));
        return counts;
    }

    long bytes() {
        long bytes = end * 200L + multiBytes.get() + indexes.bytes();
        for (DenseField field : dense.values()) {
            bytes += field.bytes();
        }
        for (SparseField field : sparse.values()) {
            bytes += field.index().bytes();
        }
        return bytes;
    }

    private StoredPoint add(long sequence, PointId id, Map<String, VectorValue> vectors, StoredPoint.Content content) {
        int slot = freeSlot();
        Set<String> denseNames = new TreeSet<>();
        Map<String, Sparse> sparseVectors = new HashMap<>();
        Map<String, Multivector> multivectors = new HashMap<>();
        vectors.forEach((name, vector) -> {
            switch (vector) {
                case Dense(float[] values) -> {
                    field(name).put(slot, values);
                    denseNames.add(name);
                }
                case Sparse values -> sparseVectors.put(name, values);
                case Multi values ->
                    multivectors.put(name, Multivector.of(multiField(name).datatype(), values));
                case VectorValue.Text _ -> throw new IllegalStateException("text is no stored vector");
            }
        });
        StoredPoint.Vectors kept = new StoredPoint.Vectors(shared(denseNames), sparseVectors, multivectors);
        StoredPoint point = new StoredPoint(id, slot, sequence, kept, content);
        multiBytes.addAndGet(kept.multiBytes());
        unsettled.mark(slot);
        occupied.add(slot);
        indexes.add(slot, content.payload());
        expiries.add(slot, content.payload());
        reserve(slot);
        slots[slot] = point;
        sparseVectors.forEach((name, vector) -> sparseField(name).index().add(slot, vector));
        ids.put(id, point);
        end = Math.max(end, slot + 1);
        living.incrementAndGet();
        countVectors(point, 1);
        return point;
    }

    /// The slot that was freed first if it can be used again, else a new one.
    private int freeSlot() {
        Integer oldest = freed.peek();
        if (oldest == null || pins.get() > 0 || !isReusable(oldest)) {
            return end;
        }
        freed.remove();
        return oldest;
    }

    private boolean isReusable(int slot) {
        return dense.values().stream().allMatch(field -> field.isReusable(slot))
                && sparse.values().stream().allMatch(field -> field.index().isReusable(slot));
    }

    /// The slot of the point is held as unsettled already.
    private void bury(StoredPoint point, long sequence) {
        point.die(sequence);
        buried.add(point);
        living.decrementAndGet();
        countVectors(point, -1);
    }

    private void countVectors(StoredPoint point, int change) {
        point.vectors().dense().forEach(name -> countVector(name, change));
        point.vectors().sparse().keySet().forEach(name -> countVector(name, change));
        point.vectors().multi().keySet().forEach(name -> countVector(name, change));
    }

    private void countVector(String name, int change) {
        vectorCounts.computeIfAbsent(name, _ -> new LongAdder()).add(change);
    }

    private boolean holds(StoredPoint present, Map<String, VectorValue> vectors) {
        StoredPoint.Vectors kept = present.vectors();
        if (vectors.size() != kept.size()) {
            return false;
        }
        for (Map.Entry<String, VectorValue> entry : vectors.entrySet()) {
            String name = entry.getKey();
            boolean same = switch (entry.getValue()) {
                case Dense(float[] values) ->
                    kept.dense().contains(name) && field(name).holds(present.slot(), values);
                case Sparse values -> values.equals(kept.sparse().get(name));
                case Multi values -> {
                    Multivector multivector = kept.multi().get(name);
                    yield multivector != null && multivector.value().equals(values);
                }
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

    private boolean hasField(String name) {
        return dense.containsKey(name) || sparse.containsKey(name) || multi.containsKey(name);
    }

    private DenseConfig multiField(String name) {
        DenseConfig field = multi.get(name);
        if (field == null) {
            throw new IllegalStateException("no multivector field \"" + name + "\"");
        }
        return field;
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
