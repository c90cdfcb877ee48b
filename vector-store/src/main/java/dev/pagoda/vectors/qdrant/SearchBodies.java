package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.collection.Grouping;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the bodies of searches, of today's form and of the older ones.
final class SearchBodies {
    private static final int MAX_SAMPLE = 10_000;

    private SearchBodies() {}

    /// A search and what of its hits is answered.
    record Asked(Query query, Selection selection) {}

    /// A search whose hits are put into groups.
    ///
    /// @param lookups what is answered of the points that the groups are named after
    record AskedGroups(Query query, Grouping grouping, Selection selection, Selection lookups) {}

    /// Points chosen by chance and compared with each other.
    record AskedMatrix(Filter filter, String using, int sample, int limit) {}

    static Asked query(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("internal.");
        Json.object(in, parts::readQuery);
        return new Asked(parts.query(), parts.selection());
    }

    /// The older `points/search`, whose `vector` is required.
    static Asked search(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("search_request.");
        Json.object(in, parts::readSearch);
        return older(parts, parts.searched());
    }

    /// The older `points/recommend`.
    static Asked recommend(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("recommend_request.");
        Json.object(in, parts::readExamples);
        return older(parts, parts.recommended());
    }

    /// The older `points/discover`.
    static Asked discover(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("discover_request.");
        Json.object(in, parts::readExamples);
        return older(parts, parts.discovered());
    }

    private static Asked older(QueryParts parts, Query.Goal goal) {
        if (!parts.hasLimit()) {
            throw Faults.format("missing field `limit`");
        }
        return new Asked(parts.query(goal), parts.selection());
    }

    static AskedGroups queryGroups(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("search_group_request.");
        GroupParts groups = new GroupParts("search_group_request.group_request.");
        Json.object(in, (field, each) -> groups.read(field, each, parts::readQuery));
        return groups.asked(parts.query(), parts.selection());
    }

    static AskedGroups searchGroups(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("search_group_request.");
        GroupParts groups = new GroupParts("search_group_request.group_request.");
        Json.object(in, (field, each) -> groups.read(field, each, parts::readSearch));
        groups.requireSizes();
        return groups.asked(parts.query(parts.searched()), parts.selection());
    }

    static AskedGroups recommendGroups(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts("recommend_group_request.");
        GroupParts groups = new GroupParts("recommend_group_request.group_request.");
        Json.object(in, (field, each) -> groups.read(field, each, parts::readExamples));
        groups.requireSizes();
        return groups.asked(parts.query(parts.recommended()), parts.selection());
    }

    static AskedMatrix matrix(JsonParser in) throws IOException {
        Filter[] filter = {Filter.EVERYTHING};
        String[] using = {""};
        int[] sizes = {10, 3};
        Json.object(in, (field, each) -> {
            if (Json.isNull(each)) {
                return;
            }
            switch (field) {
                case "filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                case "using" -> using[0] = Json.text(each);
                case "sample" -> sizes[0] = Json.count(each, "search_request.sample", 2);
                case "limit" -> sizes[1] = Json.count(each, "search_request.limit", 1);
                case "shard_key" -> throw QueryParts.noShardKeys();
                default -> each.skipChildren();
            }
        });
        if (sizes[0] > MAX_SAMPLE) {
            throw Faults.validation("search_request.sample", sizes[0], "must be from 2 to " + MAX_SAMPLE);
        }
        return new AskedMatrix(filter[0], using[0], sizes[0], Math.min(sizes[1], sizes[0]));
    }

    static <T> List<T> batch(JsonParser in, Json.Reader<T> one) throws IOException {
        List<T> searches = new ArrayList<>();
        boolean[] given = {false};
        Json.object(in, (field, each) -> {
            if (field.equals("searches")) {
                given[0] = true;
                Json.array(each, search -> searches.add(one.read(search)));
            } else {
                each.skipChildren();
            }
        });
        if (!given[0]) {
            throw Faults.format("missing field `searches`");
        }
        return searches;
    }

    /// The fields that say how hits are put into groups.
    private static final class GroupParts {
        private static final int DEFAULT_SIZE = 3;
        private static final int DEFAULT_LIMIT = 10;

        private final String path;
        private @Nullable String key;
        private int size;
        private int limit;
        private @Nullable String from;
        private Selection lookups = Selection.of(true, false);

        GroupParts(String path) {
            this.path = path;
        }

        void read(String field, JsonParser in, Json.FieldReader rest) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            switch (field) {
                case "group_by" -> key = Json.text(in);
                case "group_size" -> size = Json.size(in, path + "group_size", 1, Query.MAX_WINDOW);
                case "limit" -> limit = Json.size(in, path + "limit", 1, Query.MAX_WINDOW);
                case "with_lookup" -> readLookup(in);
                case "offset" -> in.skipChildren();
                default -> rest.read(field, in);
            }
        }

        private void readLookup(JsonParser in) throws IOException {
            if (!in.currentToken().isStructStart()) {
                from = Json.text(in);
                return;
            }
            Json.object(in, (field, each) -> {
                switch (field) {
                    case "collection" -> from = Json.text(each);
                    case "with_payload" ->
                        lookups =
                                Json.isNull(each) ? Selection.of(false, lookups.vectors()) : lookups.withPayload(each);
                    case "with_vector", "with_vectors" -> lookups = lookups.withVectors(each);
                    default -> each.skipChildren();
                }
            });
            if (from == null) {
                throw Faults.format("missing field `collection` of with_lookup");
            }
        }

        void requireSizes() {
            if (size == 0 || limit == 0) {
                throw Faults.format("missing field `" + (limit == 0 ? "limit" : "group_size") + "`");
            }
        }

        AskedGroups asked(Query query, Selection selection) {
            String by = key;
            if (by == null) {
                throw Faults.format("missing field `group_by`");
            }
            int groupSize = size == 0 ? DEFAULT_SIZE : size;
            int groups = Math.min(limit == 0 ? DEFAULT_LIMIT : limit, Math.max(1, Query.MAX_WINDOW / groupSize));
            String other = from;
            Grouping grouping = new Grouping(
                    Conditions.path(by),
                    groupSize,
                    groups,
                    other == null ? null : new Grouping.Lookup(other, lookups.vectors()));
            return new AskedGroups(query, grouping, selection, lookups);
        }
    }
}
