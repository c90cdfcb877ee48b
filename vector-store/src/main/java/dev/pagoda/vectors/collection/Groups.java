package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.filter.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Puts the best points of a query into groups, the group of the best point first.
///
/// The query is asked for more and more points until the first groups are full or there are no more.
final class Groups {
    private static final int GROWTH = 4;

    /// Points asked for at first at least.
    private static final int FIRST = 100;

    private final Search search;
    private final Grouping grouping;

    /// The best points of a group, best first.
    record Group(Object id, List<Ranked> points) {}

    Groups(Search search, Grouping grouping) {
        this.search = search;
        this.grouping = grouping;
    }

    List<Group> of(Query query) {
        Filter grouped = Filter.none(new Condition.IsEmpty(grouping.key()));
        Query resolved = search.resolve(query);
        resolved = resolved.withFilter(resolved.filter().and(grouped));
        int window = Math.max(FIRST, grouping.size() * grouping.limit());
        while (true) {
            List<Ranked> ranked = search.rank(resolved, window);
            List<Group> groups = first(ranked);
            boolean isFull = groups.size() == grouping.limit()
                    && groups.stream().allMatch(group -> group.points().size() == grouping.size());
            if (isFull || ranked.size() < window || window == Query.MAX_WINDOW) {
                return groups;
            }
            window = (int) Math.min(Query.MAX_WINDOW, (long) window * GROWTH);
        }
    }

    private List<Group> first(List<Ranked> ranked) {
        Map<Object, List<Ranked>> groups = new LinkedHashMap<>();
        for (Ranked each : ranked) {
            for (Object id : ids(each.point())) {
                List<Ranked> points = groups.get(id);
                if (points == null && groups.size() < grouping.limit()) {
                    points = new ArrayList<>();
                    groups.put(id, points);
                }
                if (points != null
                        && points.size() < grouping.size()
                        && points.stream().noneMatch(other -> other.point() == each.point())) {
                    points.add(each);
                }
            }
        }
        return groups.entrySet().stream()
                .map(entry -> new Group(entry.getKey(), entry.getValue()))
                .toList();
    }

    private Set<Object> ids(StoredPoint point) {
        Set<Object> ids = new LinkedHashSet<>();
        Values.atElements(point.payload(), grouping.key(), value -> {
            if (value instanceof String || value instanceof Long) {
                ids.add(value);
            }
        });
        return ids;
    }
}
