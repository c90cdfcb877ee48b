package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.VectorValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the bodies of searches, of today's form and of the older one.
final class QueryBodies {
    private static final int DEFAULT_LIMIT = 10;
    private static final int RRF_K = 2;
    private static final Set<String> NOT_BUILT =
            Set.of("recommend", "discover", "context", "order_by", "sample", "formula", "relevance_feedback", "mmr");

    private QueryBodies() {}

    /// A search and what of its hits is answered.
    record Asked(Query query, Selection selection) {}

    static Asked query(JsonParser in) throws IOException {
        Parts parts = new Parts();
        Json.object(in, parts::readQuery);
        return parts.asked();
    }

    /// The older `points/search`, whose `vector` is required.
    static Asked search(JsonParser in) throws IOException {
        Parts parts = new Parts();
        Json.object(in, parts::readSearch);
        if (parts.goal == null) {
            throw Faults.format("missing field `vector`");
        }
        if (!parts.hasLimit) {
            throw Faults.format("missing field `limit`");
        }
        return parts.asked();
    }

    static List<Asked> batch(JsonParser in, Json.Reader<Asked> one) throws IOException {
        List<Asked> searches = new ArrayList<>();
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

    private static Goal goal(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case START_ARRAY -> new Goal.Nearest(VectorBodies.array(in));
            case START_OBJECT -> goalObject(in);
            case VALUE_NUMBER_INT, VALUE_STRING -> new Goal.NearestTo(Json.id(in));
            default -> throw Json.expected("a vector, a point id or an object for the query", in);
        };
    }

    private static Goal goalObject(JsonParser in) throws IOException {
        VectorBodies.Parts vector = new VectorBodies.Parts();
        List<Goal> goals = new ArrayList<>();
        Json.object(in, (field, each) -> {
            if (NOT_BUILT.contains(field) && !Json.isNull(each)) {
                throw Faults.unsupported("the query `" + field + "`");
            }
            switch (field) {
                case "nearest" -> goals.add(goal(each));
                case "fusion" -> goals.add(fusion(Json.text(each)));
                case "rrf" -> goals.add(reciprocalRank(each));
                default -> vector.read(field, each);
            }
        });
        VectorValue plain = vector.vector();
        if (plain != null) {
            goals.add(new Goal.Nearest(plain));
        }
        if (goals.size() != 1) {
            throw Faults.format("data did not match any variant of untagged enum QueryInterface");
        }
        return goals.getFirst();
    }

    private static Goal fusion(String name) {
        return switch (name) {
            case "rrf" -> new Goal.ReciprocalRank(RRF_K);
            case "dbsf" -> new Goal.DistributionBased();
            default -> throw Faults.format("unknown variant `" + name + "`, expected `rrf` or `dbsf`");
        };
    }

    private static Goal reciprocalRank(JsonParser in) throws IOException {
        int[] k = {RRF_K};
        Json.object(in, (field, each) -> {
            if (Json.isNull(each)) {
                return;
            }
            switch (field) {
                case "k" -> k[0] = Json.count(each, "query.rrf.k", 1);
                case "weights" -> throw Faults.unsupported("`weights` of rrf");
                default -> each.skipChildren();
            }
        });
        return new Goal.ReciprocalRank(k[0]);
    }

    private static final class Parts {
        private final List<Query> prefetch = new ArrayList<>();
        private @Nullable Goal goal;
        private @Nullable String using;
        private Filter filter = Filter.EVERYTHING;
        private int hnswEf;
        private boolean exact;
        private @Nullable Float threshold;
        private boolean hasLimit;
        private int limit = DEFAULT_LIMIT;
        private int offset;
        private Selection selection = Selection.of(false, false);

        Asked asked() {
            return new Asked(query(), selection);
        }

        private Query query() {
            Goal aim = goal == null ? new Goal.ById() : goal;
            boolean ranks = aim instanceof Goal.Nearest || aim instanceof Goal.NearestTo;
            if (using != null && !ranks && goal != null) {
                throw Faults.badRequest("`using` cannot be combined with a fusion");
            }
            boolean fuses = goal != null && !ranks;
            if (fuses && prefetch.isEmpty()) {
                throw Faults.badRequest("Fusion queries cannot be combined with no prefetch: at least one is needed");
            }
            return new Query(
                    prefetch,
                    aim,
                    using == null ? VectorValue.UNNAMED : using,
                    filter,
                    hnswEf,
                    exact,
                    threshold,
                    limit,
                    offset);
        }

        void readQuery(String field, JsonParser in) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            switch (field) {
                case "prefetch" -> readPrefetch(in);
                case "query" -> goal = goal(in);
                case "using" -> using = Json.text(in);
                default -> readCommon(field, in);
            }
        }

        void readSearch(String field, JsonParser in) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            if (!field.equals("vector")) {
                readCommon(field, in);
            } else if (in.currentToken() == JsonToken.START_ARRAY) {
                goal = new Goal.Nearest(VectorBodies.array(in));
            } else {
                Json.object(in, (part, each) -> {
                    switch (part) {
                        case "name" -> using = Json.text(each);
                        case "vector" -> goal = new Goal.Nearest(VectorBodies.one(each));
                        default -> each.skipChildren();
                    }
                });
            }
        }

        private void readCommon(String field, JsonParser in) throws IOException {
            switch (field) {
                case "filter" -> filter = Conditions.filter(Json.exactValue(in));
                case "params" -> Json.object(in, this::readParam);
                case "score_threshold" -> threshold = Json.number(in);
                case "limit", "top" -> {
                    limit = Json.count(in, "limit", 1);
                    hasLimit = true;
                }
                case "offset" -> offset = Json.count(in, "offset", 0);
                case "with_payload" -> selection = selection.withPayload(in);
                case "with_vector", "with_vectors" -> selection = selection.withVectors(in);
                case "lookup_from" -> throw Faults.unsupported("`lookup_from`");
                case "shard_key" -> throw Faults.badRequest("this server has no custom sharding");
                default -> in.skipChildren();
            }
        }

        private void readParam(String field, JsonParser in) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            switch (field) {
                case "hnsw_ef" -> hnswEf = Math.min(Json.count(in, "params.hnsw_ef", 1), 65_536);
                case "exact" -> exact = Json.flag(in);
                case "idf" -> throw Faults.unsupported("`params.idf`");
                // indexed_only, quantization and acorn change speed, never what is found: every point is indexed
                default -> in.skipChildren();
            }
        }

        private void readPrefetch(JsonParser in) throws IOException {
            if (in.currentToken() == JsonToken.START_ARRAY) {
                Json.array(in, each -> prefetch.add(prefetch(each)));
            } else {
                prefetch.add(prefetch(in));
            }
        }

        private static Query prefetch(JsonParser in) throws IOException {
            Parts parts = new Parts();
            Json.object(in, (field, each) -> {
                if (field.equals("offset")) {
                    each.skipChildren();
                } else {
                    parts.readQuery(field, each);
                }
            });
            return parts.query();
        }
    }

    /// The body of `points/scroll`.
    record Scroll(@Nullable PointId from, int limit, Filter filter, Selection selection) {
        static Scroll read(JsonParser in) throws IOException {
            @Nullable PointId[] from = {null};
            int[] limit = {DEFAULT_LIMIT};
            Filter[] filter = {Filter.EVERYTHING};
            Selection[] selection = {Selection.of(true, false)};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "offset" -> from[0] = Json.id(each);
                    case "limit" -> limit[0] = Json.count(each, "limit", 1);
                    case "filter" -> filter[0] = Conditions.filter(Json.exactValue(each));
                    case "with_payload" -> selection[0] = selection[0].withPayload(each);
                    case "with_vector", "with_vectors" -> selection[0] = selection[0].withVectors(each);
                    case "order_by" -> throw Faults.unsupported("`order_by`");
                    default -> each.skipChildren();
                }
            });
            if (limit[0] > Query.MAX_WINDOW) {
                throw Faults.validation("limit", limit[0], "must be from 1 to " + Query.MAX_WINDOW);
            }
            return new Scroll(from[0], limit[0], filter[0], selection[0]);
        }
    }

    /// The body of `POST points`.
    record Retrieve(List<PointId> ids, Selection selection) {
        static Retrieve read(JsonParser in) throws IOException {
            List<PointId> ids = new ArrayList<>();
            boolean[] given = {false};
            Selection[] selection = {Selection.of(true, false)};
            Json.object(in, (field, each) -> {
                switch (field) {
                    case "ids" -> {
                        given[0] = true;
                        ids.addAll(Json.ids(each));
                    }
                    case "with_payload" -> selection[0] = selection[0].withPayload(each);
                    case "with_vector", "with_vectors" -> selection[0] = selection[0].withVectors(each);
                    default -> each.skipChildren();
                }
            });
            if (!given[0]) {
                throw Faults.format("missing field `ids`");
            }
            return new Retrieve(ids, selection[0]);
        }
    }

    /// The filter of `points/count`.
    static Filter count(JsonParser in) throws IOException {
        Filter[] filter = {Filter.EVERYTHING};
        Json.object(in, (field, each) -> {
            if (field.equals("filter")) {
                filter[0] = Conditions.filter(Json.exactValue(each));
            } else {
                each.skipChildren();
            }
        });
        return filter[0];
    }
}
