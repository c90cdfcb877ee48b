package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.filter.PointFilter;
import dev.pagoda.vectors.filter.Subject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Works out what changes come to: the final state of every point they touch, as operations for the log.
///
/// Lives under the collection's lock. The changes see each other through the drafts; nothing is written here,
/// so that a refusal half-way leaves no trace.
final class Resolution {
    /// The moment at which all that was ever applied is visible.
    private static final long EVERY_CHANGE = Long.MAX_VALUE - 1;

    private final Generation generation;
    private final Overdue overdue;
    private final Map<PointId, Draft> drafts = new LinkedHashMap<>();

    /// @param overdue the points that are there no more
    Resolution(Generation generation, Overdue overdue) {
        this.generation = generation;
        this.overdue = overdue;
    }

    /// A point as it will be.
    ///
    /// @param vectors null while they are those of the stored point
    /// @param payload null if the point is gone
    private record Draft(
            PointId id,
            @Nullable Map<String, VectorValue> vectors,
            @Nullable Map<String, @Nullable Object> payload,
            @Nullable StoredPoint stored) {
        boolean exists() {
            return payload != null;
        }
    }

    void apply(Change change) {
        switch (change) {
            case Change.Upsert(List<Point> points, Change.Mode mode, Filter updateFilter) -> {
                PointFilter filter = generation.indexes().filter(updateFilter);
                for (Point point : points) {
                    Draft present = draft(point.id());
                    boolean exists = present.exists();
                    boolean wanted = switch (mode) {
                        case UPSERT -> true;
                        case INSERT_ONLY -> !exists;
                        case UPDATE_ONLY -> exists;
                    };
                    if (wanted && (!exists || filter.matches(subject(present)))) {
                        drafts.put(
                                point.id(), new Draft(point.id(), point.vectors(), point.payload(), present.stored()));
                    }
                }
            }
            case Change.Delete(Selector selector) -> {
                for (Draft present : select(selector, false)) {
                    drafts.put(present.id(), new Draft(present.id(), null, null, present.stored()));
                }
            }
            case Change.SetPayload(var patch, Selector selector, KeyPath key) ->
                editPayloads(
                        selector,
                        true,
                        payload -> key == null
                                ? PayloadEdits.merge(payload, patch)
                                : PayloadEdits.mergeAt(payload, key, patch));
            case Change.OverwritePayload(var whole, Selector selector, KeyPath key) ->
                editPayloads(
                        selector, true, payload -> key == null ? whole : PayloadEdits.replaceAt(payload, key, whole));
            case Change.DeletePayload(List<KeyPath> keys, Selector selector) ->
                editPayloads(selector, true, payload -> {
                    Map<String, @Nullable Object> left = payload;
                    for (KeyPath key : keys) {
                        left = PayloadEdits.removeAt(left, key);
                    }
                    return left;
                });
            case Change.ClearPayload(Selector selector) -> editPayloads(selector, false, _ -> Map.of());
            case Change.UpdateVectors(var points, Filter updateFilter) -> {
                PointFilter filter = generation.indexes().filter(updateFilter);
                for (Change.PointVectors point : points) {
                    Draft present = requireExisting(draft(point.id()));
                    if (filter.matches(subject(present))) {
                        Map<String, VectorValue> vectors = new LinkedHashMap<>(vectors(present));
                        vectors.putAll(point.vectors());
                        drafts.put(point.id(), new Draft(point.id(), vectors, present.payload(), present.stored()));
                    }
                }
            }
            case Change.DeleteVectors(List<String> names, Selector selector) -> {
                for (Draft present : select(selector, false)) {
                    Map<String, VectorValue> vectors = new LinkedHashMap<>(vectors(present));
                    names.forEach(vectors::remove);
                    drafts.put(present.id(), new Draft(present.id(), vectors, present.payload(), present.stored()));
                }
            }
        }
    }

    List<Operation> operations() {
        List<Point> puts = new ArrayList<>();
        List<PointId> payloadIds = new ArrayList<>();
        List<Map<String, @Nullable Object>> payloads = new ArrayList<>();
        List<PointId> removed = new ArrayList<>();
        for (Draft draft : drafts.values()) {
            Map<String, @Nullable Object> payload = draft.payload();
            Map<String, VectorValue> vectors = draft.vectors();
            if (payload == null) {
                if (draft.stored() != null) {
                    removed.add(draft.id());
                }
            } else if (vectors != null) {
                puts.add(new Point(draft.id(), vectors, payload));
            } else {
                payloadIds.add(draft.id());
                payloads.add(payload);
            }
        }
        List<Operation> operations = new ArrayList<>();
        if (!puts.isEmpty()) {
            operations.add(new Operation.Put(puts));
        }
        if (!payloadIds.isEmpty()) {
            operations.add(new Operation.SetPayloads(payloadIds, payloads));
        }
        if (!removed.isEmpty()) {
            operations.add(new Operation.Remove(removed));
        }
        return operations;
    }

    private void editPayloads(Selector selector, boolean mustExist, UnaryOperator<Map<String, @Nullable Object>> edit) {
        for (Draft present : select(selector, mustExist)) {
            Map<String, @Nullable Object> payload = present.payload();
            if (payload != null) {
                drafts.put(
                        present.id(),
                        new Draft(present.id(), present.vectors(), edit.apply(payload), present.stored()));
            }
        }
    }

    private List<Draft> select(Selector selector, boolean mustExist) {
        List<Draft> selected = new ArrayList<>();
        switch (selector) {
            case Selector.Ids(List<PointId> ids) -> {
                for (PointId id : ids) {
                    Draft draft = draft(id);
                    if (mustExist) {
                        requireExisting(draft);
                    }
                    if (draft.exists()) {
                        selected.add(draft);
                    }
                }
            }
            case Selector.Matching(Filter given) -> {
                PointFilter filter = generation.indexes().filter(given);
                for (Draft draft : drafts.values()) {
                    if (draft.exists() && filter.matches(subject(draft))) {
                        selected.add(draft);
                    }
                }
                new Matching(generation, EVERY_CHANGE, overdue, generation.end(), given).forEach(slot -> {
                    StoredPoint point = generation.at(slot);
                    if (point != null && !drafts.containsKey(point.id())) {
                        selected.add(draft(point.id()));
                    }
                });
            }
        }
        return selected;
    }

    private Draft draft(PointId id) {
        Draft draft = drafts.get(id);
        if (draft != null) {
            return draft;
        }
        StoredPoint stored = generation.ids().get(id);
        return new Draft(id, null, stored == null || overdue.has(stored) ? null : stored.payload(), stored);
    }

    private static Draft requireExisting(Draft draft) {
        if (!draft.exists()) {
            throw Refusals.pointNotFound("No point with id " + draft.id() + " found");
        }
        return draft;
    }

    private Map<String, VectorValue> vectors(Draft draft) {
        Map<String, VectorValue> vectors = draft.vectors();
        StoredPoint stored = draft.stored();
        if (vectors != null) {
            return vectors;
        }
        return stored == null ? Map.of() : generation.vectors(stored);
    }

    private Subject subject(Draft draft) {
        Map<String, @Nullable Object> payload = draft.payload() == null ? Map.of() : draft.payload();
        Map<String, VectorValue> vectors = draft.vectors();
        StoredPoint stored = draft.stored();
        return new Subject() {
            @Override
            public PointId id() {
                return draft.id();
            }

            @Override
            public Map<String, @Nullable Object> payload() {
                return payload;
            }

            @Override
            public boolean hasVector(String field) {
                return vectors != null ? vectors.containsKey(field) : stored != null && stored.hasVector(field);
            }
        };
    }
}
