package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.Query.Lookup;
import dev.pagoda.vectors.api.Query.Pair;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.collection.Refusals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The fields of one search while they are read.
final class QueryParts {
    private static final int DEFAULT_LIMIT = 10;

    /// As Qdrant's message says it.
    private static final String UNMERGED =
            "A query is needed to merge the prefetches. Can't have prefetches without defining a query.";

    private static final String UNSCORED =
            "A query is needed to use the score_threshold. Can't have score_threshold without defining a query.";

    private final String path;
    private final List<Query> prefetch = new ArrayList<>();
    private final ParamsParts params;
    private @Nullable Goal goal;
    private @Nullable String using;
    private Filter filter = Filter.EVERYTHING;
    private @Nullable Float threshold;
    private @Nullable Lookup lookup;
    private boolean hasLimit;
    private int limit = DEFAULT_LIMIT;
    private int offset;
    private Selection selection = Selection.of(false, false);
    private final List<Example> positive = new ArrayList<>();
    private final List<Example> negative = new ArrayList<>();
    private Goal.Strategy strategy = Goal.Strategy.AVERAGE_VECTOR;
    private @Nullable Example target;
    private final List<Pair> context = new ArrayList<>();

    /// @param path where these fields are in the body, as messages name it, with a dot at its end
    QueryParts(String path) {
        this.path = path;
        this.params = new ParamsParts(path + "params.");
    }

    boolean hasLimit() {
        return hasLimit;
    }

    Selection selection() {
        return selection;
    }

    /// The search of today's form.
    Query query() {
        Goal aim = goal;
        if (aim == null) {
            if (!prefetch.isEmpty()) {
                throw Faults.badRequest(UNMERGED);
            }
            if (threshold != null) {
                throw Faults.badRequest(UNSCORED);
            }
            return query(new Goal.ById());
        }
        switch (aim) {
            case Goal.Ordered _ -> {
                if (threshold != null) {
                    throw Faults.badRequest("Can't use score_threshold with an order_by query.");
                }
            }
            case Goal.ReciprocalRank _, Goal.DistributionBased _ -> {
                if (prefetch.isEmpty()) {
                    if (using != null && !using.isEmpty()) {
                        throw Refusals.fusionWithField();
                    }
                    throw Faults.badRequest("cannot apply Fusion without prefetches");
                }
            }
            case Goal.Formula _ -> {
                if (prefetch.isEmpty()) {
                    throw Faults.badRequest("cannot apply Formula without prefetches");
                }
            }
            case Goal.Nearest _,
                    Goal.NearestTo _,
                    Goal.Diverse _,
                    Goal.Recommend _,
                    Goal.Discover _,
                    Goal.Context _,
                    Goal.Feedback _,
                    Goal.Sample _,
                    Goal.ById _ -> {}
        }
        return query(aim);
    }

    Query query(Goal aim) {
        if (offset >= Query.MAX_WINDOW) {
            throw Faults.validation(path + "offset", offset, "must be from 0 to " + (Query.MAX_WINDOW - 1));
        }
        try {
            return new Query(
                    prefetch,
                    aim,
                    using == null ? VectorValue.UNNAMED : using,
                    filter,
                    params.params(),
                    threshold,
                    lookup,
                    Math.min(limit, Query.MAX_WINDOW - offset),
                    offset);
        } catch (IllegalArgumentException refused) {
            throw Refusals.invalidInput(String.valueOf(refused.getMessage()));
        }
    }

    /// The goal of the older `search`.
    Goal searched() {
        Goal aim = goal;
        if (aim == null) {
            throw Faults.format("missing field `vector`");
        }
        return aim;
    }

    /// The goal of the older `recommend`.
    Goal recommended() {
        if (positive.isEmpty() && (negative.isEmpty() || strategy == Goal.Strategy.AVERAGE_VECTOR)) {
            throw Faults.badRequest("At least one positive vector ID required");
        }
        return new Goal.Recommend(positive, negative, strategy);
    }

    /// The goal of the older `discover`.
    Goal discovered() {
        Example aim = target;
        if (aim == null && context.isEmpty()) {
            throw Faults.badRequest("target and/or context must be specified");
        }
        return aim == null ? new Goal.Context(context) : new Goal.Discover(aim, context);
    }

    void readQuery(String field, JsonParser in) throws IOException {
        if (Json.isNull(in)) {
            return;
        }
        switch (field) {
            case "prefetch" -> readPrefetches(in);
            case "query" -> goal = Goals.read(in, path + "query");
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
            goal = new Goal.Nearest(VectorBodies.asked(in));
        } else {
            Json.object(in, (part, each) -> {
                switch (part) {
                    case "name" -> using = Json.text(each);
                    case "vector" -> goal = new Goal.Nearest(VectorBodies.asked(each));
                    default -> each.skipChildren();
                }
            });
        }
    }

    void readExamples(String field, JsonParser in) throws IOException {
        if (Json.isNull(in)) {
            return;
        }
        switch (field) {
            case "positive" -> positive.addAll(Examples.list(in));
            case "negative" -> negative.addAll(Examples.list(in));
            case "strategy" -> strategy = Examples.strategy(Json.text(in));
            case "target" -> target = Examples.one(in);
            case "context" -> context.addAll(Examples.pairs(in));
            case "using" -> using = Json.text(in);
            default -> readCommon(field, in);
        }
    }

    private void readCommon(String field, JsonParser in) throws IOException {
        switch (field) {
            case "filter" -> filter = Conditions.filter(Json.exactValue(in));
            case "params" -> Json.object(in, params::read);
            case "score_threshold" -> threshold = Json.number(in);
            case "limit", "top" -> {
                limit = Json.size(in, path + "limit", 1, Query.MAX_WINDOW);
                hasLimit = true;
            }
            case "offset" -> offset = Json.size(in, path + "offset", 0, Query.MAX_WINDOW);
            case "with_payload" -> selection = selection.withPayload(in);
            case "with_vector", "with_vectors" -> selection = selection.withVectors(in);
            case "lookup_from" -> lookup = lookup(in);
            case "shard_key" -> throw noShardKeys();
            default -> in.skipChildren();
        }
    }

    static Refused noShardKeys() {
        return Faults.badRequest("this server has no custom sharding");
    }

    private static Lookup lookup(JsonParser in) throws IOException {
        @Nullable String[] parts = {null, null};
        Json.object(in, (field, each) -> {
            switch (field) {
                case "collection" -> parts[0] = Json.text(each);
                case "vector" -> parts[1] = Json.isNull(each) ? null : Json.text(each);
                default -> each.skipChildren();
            }
        });
        String collection = parts[0];
        if (collection == null) {
            throw Faults.format("missing field `collection` of lookup_from");
        }
        return new Lookup(collection, parts[1]);
    }

    private void readPrefetches(JsonParser in) throws IOException {
        if (in.currentToken() == JsonToken.START_ARRAY) {
            Json.array(in, this::readPrefetch);
        } else {
            readPrefetch(in);
        }
    }

    private void readPrefetch(JsonParser in) throws IOException {
        QueryParts parts = new QueryParts(path + "prefetch[" + prefetch.size() + "].");
        Json.object(in, (field, each) -> {
            if (field.equals("offset")) {
                each.skipChildren();
            } else {
                parts.readQuery(field, each);
            }
        });
        prefetch.add(parts.query());
    }

    /// The fields of `params`.
    private static final class ParamsParts {
        private static final double ACORN_SELECTIVITY = 0.4;

        private final String path;
        private SearchParams params = SearchParams.DEFAULT;

        ParamsParts(String path) {
            this.path = path;
        }

        SearchParams params() {
            return params;
        }

        void read(String field, JsonParser in) throws IOException {
            if (Json.isNull(in)) {
                return;
            }
            int ef = params.hnswEf();
            boolean exact = params.exact();
            boolean indexedOnly = params.indexedOnly();
            SearchParams.Quantization quantization = params.quantization();
            SearchParams.Acorn acorn = params.acorn();
            SearchParams.Idf idf = params.idf();
            boolean explain = params.explain();
            switch (field) {
                case "hnsw_ef" -> ef = Json.size(in, path + "hnsw_ef", 1, SearchParams.MAX_EF);
                case "exact" -> exact = Json.flag(in);
                case "indexed_only" -> indexedOnly = Json.flag(in);
                case "quantization" -> quantization = quantization(in);
                case "acorn" -> acorn = acorn(in);
                case "idf" -> idf = idf(in);
                case "explain" -> explain = Json.flag(in);
                default -> in.skipChildren();
            }
            params = new SearchParams(ef, exact, indexedOnly, quantization, acorn, idf, explain);
        }

        private SearchParams.Quantization quantization(JsonParser in) throws IOException {
            boolean[] ignore = {false};
            @Nullable Boolean[] rescore = {null};
            double[] oversampling = {1};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "ignore" -> ignore[0] = Json.flag(each);
                    case "rescore" -> rescore[0] = Json.flag(each);
                    case "oversampling" -> {
                        oversampling[0] = Json.number(each);
                        if (oversampling[0] < 1) {
                            throw Faults.validation(
                                    path + "quantization.oversampling", oversampling[0], "must be 1.0 or larger");
                        }
                    }
                    default -> each.skipChildren();
                }
            });
            return new SearchParams.Quantization(ignore[0], rescore[0], oversampling[0]);
        }

        private SearchParams.Acorn acorn(JsonParser in) throws IOException {
            boolean[] enable = {false};
            double[] selectivity = {ACORN_SELECTIVITY};
            Json.object(in, (field, each) -> {
                if (Json.isNull(each)) {
                    return;
                }
                switch (field) {
                    case "enable" -> enable[0] = Json.flag(each);
                    case "max_selectivity" -> {
                        selectivity[0] = Json.number(each);
                        if (selectivity[0] < 0 || selectivity[0] > 1) {
                            throw Faults.validation(
                                    path + "acorn.max_selectivity", selectivity[0], "must be from 0.0 to 1.0");
                        }
                    }
                    default -> each.skipChildren();
                }
            });
            return new SearchParams.Acorn(enable[0], selectivity[0]);
        }

        private static SearchParams.Idf idf(JsonParser in) throws IOException {
            if (in.currentToken() == JsonToken.VALUE_STRING) {
                String name = Json.text(in);
                if (!name.equals("global")) {
                    throw Faults.format("unknown variant `" + name + "`, expected `global` or an object with `corpus`");
                }
                return new SearchParams.Idf(null);
            }
            @Nullable Filter[] corpus = {null};
            Json.object(in, (field, each) -> {
                if (field.equals("corpus") && !Json.isNull(each)) {
                    corpus[0] = Conditions.filter(Json.exactValue(each));
                } else {
                    each.skipChildren();
                }
            });
            return new SearchParams.Idf(corpus[0]);
        }
    }
}
