package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The limits that a collection sets to its callers, as its configuration has them under `strict_mode_config`; none
/// unless that is enabled. What exceeds a limit is refused with a word on how to stay within it.
///
/// Belongs to one configuration. Safe from any thread. Names and meanings after Qdrant 1.19
/// (https://qdrant.tech/documentation/guides/administration/#strict-mode).
public final class StrictMode {
    static final String SETTING = "strict_mode_config";

    private static final ProcessMemory MEMORY = new ProcessMemory();

    private static final String ANOTHER_FILTER = "Create an index for this key or use a different filter.";

    private final CollectionConfig config;
    private final Map<?, ?> limits;
    private final @Nullable RateLimiter reads;
    private final @Nullable RateLimiter writes;

    private StrictMode(
            CollectionConfig config, Map<?, ?> limits, @Nullable RateLimiter reads, @Nullable RateLimiter writes) {
        this.config = config;
        this.limits = limits;
        this.reads = reads;
        this.writes = writes;
    }

    static StrictMode of(CollectionConfig config) {
        return new StrictMode(config, Map.of(), null, null).following(config);
    }

    /// The limits of the next configuration; a rate that stays the same goes on from where it is.
    StrictMode following(CollectionConfig next) {
        Map<?, ?> given =
                next.settings().get(SETTING) instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("enabled"))
                        ? map
                        : Map.of();
        return new StrictMode(
                next,
                given,
                limiter(reads, number(given, "read_rate_limit")),
                limiter(writes, number(given, "write_rate_limit")));
    }

    private static @Nullable RateLimiter limiter(@Nullable RateLimiter before, @Nullable Long perMinute) {
        if (perMinute == null) {
            return null;
        }
        return before != null && before.perMinute() == perMinute
                ? before
                : new RateLimiter(Math.max(1, perMinute), System.nanoTime());
    }

    /// Whether there is any limit at all.
    public boolean isOff() {
        return limits.isEmpty();
    }

    /// @param wait what the caller asked for with `timeout`
    public void timeout(Duration wait) {
        atMost(wait.toSeconds(), "max_timeout", "timeout");
    }

    /// @param searches in one request
    public void searchBatch(int searches) {
        atMost(searches, "search_max_batchsize", "search batch size");
    }

    private void oversampling(double oversampling) {
        Double most = fraction("search_max_oversampling");
        if (most != null && oversampling > most) {
            throw exceeded(plain(oversampling), plain(most), "oversampling");
        }
    }

    /// How many vectors a stored point has in a field.
    interface Stored {
        int vectors(String field, PointId id);
    }

    /// A search without groups.
    void query(Query query, Stored stored) {
        if (!limits.isEmpty()) {
            check(query, query.limit());
            takeRead(query, stored);
        }
    }

    /// A search of groups.
    void groups(Query query, Grouping grouping, Stored stored) {
        if (limits.isEmpty()) {
            return;
        }
        check(query, (long) grouping.limit() * grouping.size());
        if (isForbidden("unindexed_filtering_retrieve")) {
            String key = grouping.key().text();
            Optional<Boolean> matches = IndexNeeds.matches(key, config.payloadSchema());
            if (!matches.orElse(false)) {
                String kind = IndexNeeds.kind(config.payloadSchema().get(key));
                throw refused(
                        matches.isPresent()
                                ? "Index of type \"" + capitalised(kind) + "\" found for \"" + key + "\""
                                : "Index required but not found for \"" + key + "\"",
                        "Create an index supporting `match` for this key.");
            }
        }
        takeRead(query, stored);
    }

    /// A scroll, a facet or a matrix.
    ///
    /// @param limit what it gives at most
    void read(Filter filter, long limit) {
        if (!limits.isEmpty()) {
            atMost(limit, "max_query_limit", "limit");
            filterRead(filter);
            takeRead(1L + conditions(filter));
        }
    }

    /// A count, or whatever else may ask for exactness.
    void read(Filter filter, boolean isExact) {
        if (!limits.isEmpty()) {
            filterRead(filter);
            exactness(isExact);
            takeRead(1L + conditions(filter));
        }
    }

    void retrieve(int ids) {
        if (!limits.isEmpty()) {
            takeRead(Math.max(1, ids));
        }
    }

    /// Changes of one request.
    ///
    /// @param points   the collection has
    /// @param sizes    of what the collection stores; asked for only where they are limited
    /// @param matching how many points match a filter; asked for only where the rate is limited
    void write(List<Change> changes, long points, Sizes sizes, ToLongFunction<Filter> matching) {
        if (limits.isEmpty()) {
            return;
        }
        long cost = 0;
        for (Change change : changes) {
            check(change, points, sizes);
            Filter filter = writes == null ? null : filter(change);
            cost += filter == null ? points(change) : Math.max(1, matching.applyAsLong(filter));
        }
        take(writes, cost, "Write");
    }

    /// @param indexes that there are before one more is made
    void payloadIndex(int indexes) {
        Long most = number("max_payload_index_count");
        if (most != null && indexes >= most) {
            throw refused(
                    "Collection already has the maximum number of payload indices (" + most + ")",
                    "Please delete an existing index before creating a new one.");
        }
    }

    /// What a collection stores, in bytes.
    interface Sizes {
        long vectorBytes();

        long payloadBytes();
    }

    private void check(Query query, long limit) {
        for (Query prefetch : query.prefetch()) {
            check(prefetch, prefetch.limit());
        }
        if (query.prefetch().isEmpty()) {
            requireGraph(query);
        }
        if (query.goal() instanceof Goal.Formula formula && isForbidden("unindexed_filtering_retrieve")) {
            requireIndexes(
                    IndexNeeds.lacking(formula.expression(), config.payloadSchema()),
                    "Create an index for this key or use a different formula expression.");
        }
        SearchParams params = query.params();
        atMost(limit, "max_query_limit", "limit");
        filterRead(query.filter());
        exactness(params.exact());
        oversampling(params.quantization().oversampling());
        if (params.hnswEf() > 0) {
            atMost(params.hnswEf(), "search_max_hnsw_ef", "hnsw_ef");
        }
        SearchParams.Idf idf = params.idf();
        Filter corpus = idf == null ? null : idf.corpus();
        if (corpus != null) {
            filterRead(corpus);
        }
    }

    /// Without exact search allowed a field without a graph can only be searched by tenant.
    private void requireGraph(Query query) {
        DenseConfig field = config.dense().get(query.using());
        if (!isForbidden("search_allow_exact")
                || !comparesVectors(query.goal())
                || field == null
                || field.hnsw(config.hnsw()).m() > 0) {
            return;
        }
        String where = query.using().isEmpty() ? "" : " on '" + query.using() + "'";
        if (!hasTenantGraphs(field) || !IndexNeeds.asksForTenant(query.filter(), config.payloadSchema())) {
            throw refused(
                    "Request is forbidden" + where + " because global vector indexing is disabled (hnsw_config.m = 0)",
                    "Use tenant-specific filter, enable global vector indexing or enable strict mode"
                            + " `search_allow_exact` option");
        }
    }

    /// Whether `payload_m` asks for graphs of tenants: the field's, else the collection's, else `m` counts.
    private boolean hasTenantGraphs(DenseConfig field) {
        Object own = field.settings().get("hnsw_config");
        Object shared = config.settings().get("hnsw_config");
        Object links = own instanceof Map<?, ?> map ? map.get("payload_m") : null;
        if (links == null && shared instanceof Map<?, ?> map) {
            links = map.get("payload_m");
        }
        return links instanceof Long m ? m > 0 : field.hnsw(config.hnsw()).m() > 0;
    }

    private static boolean comparesVectors(Goal goal) {
        return switch (goal) {
            case Goal.Nearest _,
                    Goal.NearestTo _,
                    Goal.Diverse _,
                    Goal.Recommend _,
                    Goal.Discover _,
                    Goal.Context _,
                    Goal.Feedback _ -> true;
            case Goal.Formula _,
                    Goal.Ordered _,
                    Goal.Sample _,
                    Goal.ReciprocalRank _,
                    Goal.DistributionBased _,
                    Goal.ById _ -> false;
        };
    }

    private void exactness(boolean isExact) {
        if (isExact && isForbidden("search_allow_exact")) {
            throw refused("Exact search disabled!", "Set exact=false.");
        }
    }

    private void filterRead(Filter filter) {
        filter(filter, "unindexed_filtering_retrieve");
    }

    private void filter(Filter filter, String indexSetting) {
        if (filter.isEverything()) {
            return;
        }
        if (isForbidden(indexSetting)) {
            requireIndexes(IndexNeeds.lacking(filter, config.payloadSchema()), ANOTHER_FILTER);
        }
        Long mostConditions = number("filter_max_conditions");
        int conditions = conditions(filter);
        if (mostConditions != null && conditions > mostConditions) {
            throw refused(
                    "Filter condition limit reached (" + conditions + " > " + mostConditions + ")",
                    "Reduce the amount of conditions of your filter.");
        }
        Long mostValues = number("condition_max_size");
        int values = largestCondition(filter);
        if (mostValues != null && values > mostValues) {
            throw refused(
                    "Condition size limit reached (" + values + " > " + mostValues + ")",
                    "Reduce the size of your condition.");
        }
    }

    private static void requireIndexes(List<IndexNeeds.Lack> lacks, String help) {
        if (!lacks.isEmpty()) {
            IndexNeeds.Lack lack = lacks.getFirst();
            throw refused(
                    "Index required but not found for \"" + lack.key() + "\" of one of the following types: ["
                            + String.join(", ", lack.kinds()) + "]",
                    help);
        }
    }

    private static int conditions(Filter filter) {
        return filter.conditions()
                .mapToInt(condition -> switch (condition) {
                    case Condition.Sub(Filter inner) -> conditions(inner);
                    case Condition.Nested(var _, Filter inner) -> conditions(inner);
                    default -> 1;
                })
                .sum();
    }

    private static int largestCondition(Filter filter) {
        return filter.conditions()
                .mapToInt(condition -> switch (condition) {
                    case Condition.Sub(Filter inner) -> largestCondition(inner);
                    case Condition.Nested(var _, Filter inner) -> largestCondition(inner);
                    case Condition.Matches(var _, Match.AnyOf(var values)) -> values.size();
                    case Condition.Matches(var _, Match.NoneOf(var values)) -> values.size();
                    case Condition.HasId(var ids) -> ids.size();
                    default -> 0;
                })
                .max()
                .orElse(0);
    }

    private void check(Change change, long points, Sizes sizes) {
        switch (change) {
            case Change.Upsert upsert -> {
                atMost(upsert.points().size(), "upsert_max_batchsize", "upsert limit");
                room(points, sizes);
                upsert.points().forEach(point -> point.vectors().forEach(this::vector));
            }
            case Change.UpdateVectors update -> {
                atMost(update.points().size(), "upsert_max_batchsize", "update limit");
                room(points, sizes);
                update.points().forEach(point -> point.vectors().forEach(this::vector));
            }
            case Change.SetPayload _, Change.OverwritePayload _ -> {
                memory();
                payloadRoom(sizes);
            }
            case Change.Delete _, Change.DeletePayload _, Change.ClearPayload _, Change.DeleteVectors _ -> {}
        }
        Filter filter = filter(change);
        if (filter != null) {
            filter(filter, "unindexed_filtering_update");
        }
    }

    /// The filter that selects points, null if ids do.
    private static @Nullable Filter filter(Change change) {
        Selector selector = switch (change) {
            case Change.Delete(Selector each) -> each;
            case Change.SetPayload set -> set.selector();
            case Change.OverwritePayload overwrite -> overwrite.selector();
            case Change.DeletePayload delete -> delete.selector();
            case Change.ClearPayload(Selector each) -> each;
            case Change.DeleteVectors delete -> delete.selector();
            case Change.Upsert _, Change.UpdateVectors _ -> null;
        };
        return selector instanceof Selector.Matching(Filter filter) ? filter : null;
    }

    private void room(long points, Sizes sizes) {
        memory();
        Long mostVectors = number("max_collection_vector_size_bytes");
        if (mostVectors != null && sizes.vectorBytes() >= mostVectors) {
            throw Refusals.badRequest("Max vector storage size limit of " + megabytes(mostVectors) + "MB reached!");
        }
        payloadRoom(sizes);
        Long mostPoints = number("max_points_count");
        if (mostPoints != null && points >= mostPoints) {
            throw Refusals.badRequest("Max points count limit of " + mostPoints + " reached!");
        }
    }

    private void memory() {
        Long most = number("max_resident_memory_percent");
        int used = most == null ? 0 : MEMORY.usedPercent().orElse(0);
        if (most != null && used >= most) {
            throw refused(
                    "Resident memory usage is at " + used + "% of total memory, exceeding the configured limit of "
                            + most + "%",
                    "Delete points or drop collections, or raise `max_resident_memory_percent`.");
        }
    }

    private void payloadRoom(Sizes sizes) {
        Long most = number("max_collection_payload_size_bytes");
        if (most != null && sizes.payloadBytes() >= most) {
            throw Refusals.badRequest("Max payload storage size limit of " + megabytes(most) + "MB reached!");
        }
    }

    private void vector(String name, VectorValue vector) {
        if (vector instanceof VectorValue.Multi multi) {
            Long most = number(below(below(limits, "multivector_config"), name), "max_vectors");
            int length = multi.vectors().length;
            if (most != null && length > most) {
                throw Refusals.badRequest("Multivector '" + name + "' has a limit of " + most + " vectors, but "
                        + length + " were provided!");
            }
        }
        if (vector instanceof VectorValue.Sparse sparse) {
            Long most = number(below(below(limits, "sparse_config"), name), "max_length");
            int length = sparse.indices().length;
            if (most != null && length > most) {
                throw Refusals.badRequest("Sparse vector '" + name + "' has a limit of " + most + " indices, but "
                        + length + " were provided!");
            }
        }
    }

    private static long points(Change change) {
        return change instanceof Change.Upsert upsert
                ? Math.max(1, upsert.points().size())
                : 1;
    }

    private static String capitalised(String kind) {
        return kind.substring(0, 1).toUpperCase(Locale.ROOT) + kind.substring(1);
    }

    private static long cost(Query query, Stored stored) {
        long below =
                query.prefetch().stream().mapToLong(each -> cost(each, stored)).sum();
        boolean searches = query.prefetch().isEmpty() || comparesVectors(query.goal());
        return below + (searches ? comparisons(query, stored) + conditions(query.filter()) : 0);
    }

    /// Vectors that each point is compared with; for those of a stored point also the look at it, and the condition
    /// that leaves it out.
    private static long comparisons(Query query, Stored stored) {
        return switch (query.goal()) {
            case Goal.Nearest(VectorValue.Multi(float[][] vectors)) -> vectors.length;
            case Goal.NearestTo(PointId id)
            when query.lookupFrom() == null -> Math.max(1, stored.vectors(query.using(), id)) + 2L;
            case Goal.Recommend recommend
            when recommend.strategy() != Goal.Strategy.AVERAGE_VECTOR ->
                Math.max(1, recommend.positive().size() + recommend.negative().size());
            default -> 1;
        };
    }

    private void takeRead(Query query, Stored stored) {
        if (reads != null) {
            takeRead(cost(query, stored));
        }
    }

    private void takeRead(long cost) {
        take(reads, cost, "Read");
    }

    private static void take(@Nullable RateLimiter limiter, long cost, String kind) {
        if (limiter == null) {
            return;
        }
        if (!limiter.admits(cost)) {
            throw Refusals.rateLimited(
                    kind + " rate limit exceeded, request larger than rate limiter capacity, please try to split"
                            + " your request",
                    0);
        }
        double available = limiter.available(System.nanoTime());
        OptionalLong wait = limiter.take(cost, System.nanoTime());
        if (wait.isPresent()) {
            int seconds = (int) Math.min(60, TimeUnit.NANOSECONDS.toSeconds(wait.getAsLong()) + 1);
            throw Refusals.rateLimited(
                    kind + " rate limit exceeded: Operation requires " + cost + " tokens but only "
                            + Math.floor(available * 10) / 10 + " were available. Retry after " + seconds + "s",
                    seconds);
        }
    }

    private boolean isForbidden(String setting) {
        return Boolean.FALSE.equals(limits.get(setting));
    }

    private void atMost(long value, String setting, String name) {
        Long most = number(setting);
        if (most != null && value > most) {
            throw exceeded(Long.toString(value), Long.toString(most), name);
        }
    }

    private static RuntimeException exceeded(String value, String most, String name) {
        return refused(
                "Limit exceeded " + value + " > " + most + " for \"" + name + "\"",
                "Reduce the \"" + name + "\" parameter to or below " + most + ".");
    }

    private static RuntimeException refused(String what, String help) {
        return Refusals.badRequest(what + ". Help: " + help);
    }

    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }

    private static String megabytes(long bytes) {
        return Float.toString(bytes / (1024f * 1024f));
    }

    private static Map<?, ?> below(Map<?, ?> map, String key) {
        return map.get(key) instanceof Map<?, ?> inner ? inner : Map.of();
    }

    private @Nullable Long number(String setting) {
        return number(limits, setting);
    }

    private static @Nullable Long number(Map<?, ?> map, String key) {
        return map.get(key) instanceof Long number ? number : null;
    }

    private @Nullable Double fraction(String setting) {
        return limits.get(setting) instanceof Number number ? number.doubleValue() : null;
    }
}
