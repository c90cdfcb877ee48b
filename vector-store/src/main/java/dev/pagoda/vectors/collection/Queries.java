package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Everything that ranks points, also where a query looks into a second collection of its tenant.
///
/// All methods refuse what does not fit the collections. Safe from any thread.
public final class Queries {
    private final Catalogue catalogue;
    private final RecallMeter recall;

    public Queries(Catalogue catalogue, RecallMeter recall) {
        this.catalogue = catalogue;
        this.recall = recall;
    }

    /// The best points of a query.
    public List<Hit> run(String tenant, String collection, Query query, boolean withVectors) {
        return catalogue.get(tenant, collection).query(query, withVectors, recall, others(tenant));
    }

    /// The best points of a query and how they were found.
    public ExplainedHits explain(String tenant, String collection, Query query, boolean withVectors) {
        return catalogue.get(tenant, collection).explain(query, withVectors, others(tenant));
    }

    /// The best points of a query in groups; its limit and offset do not count.
    public List<PointGroup> groups(
            String tenant, String collection, Query query, Grouping grouping, boolean withVectors) {
        Grouping.Lookup lookup = grouping.lookup();
        Optional<Collection> named =
                lookup == null ? Optional.empty() : Optional.of(other(tenant, lookup.collection()));
        Collection asked = catalogue.get(tenant, collection);
        asked.strict().groups(query, grouping, asked::storedVectors);
        List<PointGroup> groups = asked.ask(
                others(tenant),
                (search, reading) -> new Groups(search, grouping)
                        .of(query).stream()
                                .map(group ->
                                        new PointGroup(group.id(), Hits.of(reading, group.points(), withVectors), null))
                                .toList());
        return named.map(from -> withLookups(groups, from, lookup != null && lookup.withVectors()))
                .orElse(groups);
    }

    /// How near some points that match are to each other.
    ///
    /// @param size  points chosen
    /// @param limit others told for each
    public Matrix matrix(String tenant, String collection, String field, Filter filter, int size, int limit) {
        Collection asked = catalogue.get(tenant, collection);
        VectorCheck.requireField(asked.config(), field);
        asked.strict().read(filter, (long) size * limit);
        return asked.ask(others(tenant), (search, reading) -> {
            List<StoredPoint> sample = new ArrayList<>(search.sample(field, filter, null, size));
            sample.sort(Comparator.comparing(StoredPoint::id));
            return sample.size() < 2 ? new Matrix(List.of(), List.of()) : matrix(search, reading, field, sample, limit);
        });
    }

    private static Matrix matrix(Search search, Reading reading, String field, List<StoredPoint> sample, int limit) {
        Map<StoredPoint, Integer> columns = new HashMap<>();
        for (StoredPoint point : sample) {
            columns.put(point, columns.size());
        }
        Set<StoredPoint> pool = new LinkedHashSet<>(sample);
        List<Matrix.Cell> cells = new ArrayList<>();
        for (int row = 0; row < sample.size(); row++) {
            StoredPoint point = sample.get(row);
            var vector = reading.generation().vectors(point).get(field);
            if (vector == null) {
                throw new IllegalStateException("a sampled point has no vector");
            }
            int left = limit;
            for (Ranked near : search.nearest(field, vector, pool, limit + 1)) {
                if (near.point() != point && left > 0) {
                    cells.add(new Matrix.Cell(row, columns.getOrDefault(near.point(), 0), near.score()));
                    left--;
                }
            }
        }
        return new Matrix(sample.stream().map(StoredPoint::id).toList(), cells);
    }

    private static List<PointGroup> withLookups(List<PointGroup> groups, Collection from, boolean withVectors) {
        Map<Object, PointId> ids = new HashMap<>();
        for (PointGroup group : groups) {
            pointId(group.id()).ifPresent(id -> ids.put(group.id(), id));
        }
        Map<PointId, Hit> found = new HashMap<>();
        from.retrieve(List.copyOf(ids.values()), withVectors).forEach(hit -> found.put(hit.id(), hit));
        return groups.stream()
                .map(group -> new PointGroup(group.id(), group.hits(), found.get(ids.get(group.id()))))
                .toList();
    }

    private static Optional<PointId> pointId(Object group) {
        if (group instanceof Long number) {
            return number < 0 ? Optional.empty() : Optional.of(PointId.of(number));
        }
        try {
            return Optional.of(PointId.ofUuid(String.valueOf(group)));
        } catch (IllegalArgumentException noId) {
            return Optional.empty();
        }
    }

    private Function<String, VectorSource> others(String tenant) {
        return name -> other(tenant, name).vectors();
    }

    private Collection other(String tenant, String name) {
        return catalogue.find(tenant, name).orElseThrow(() -> Refusals.otherCollectionNotFound(name));
    }
}
