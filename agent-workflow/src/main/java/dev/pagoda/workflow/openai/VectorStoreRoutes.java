package dev.pagoda.workflow.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.OpenAiForm;
import dev.pagoda.workflow.api.Passage;
import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.openai.VectorStoreTables.Batch;
import dev.pagoda.workflow.openai.VectorStores.Added;
import dev.pagoda.workflow.openai.VectorStores.Chunks;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/// OpenAI's routes `/v1/vector_stores`.
///
/// Chunks are never larger than what the embedding models read; the sizes that are applied are those that a file tells.
/// `rewrite_query` and the choice of a ranker are accepted and change nothing.
public final class VectorStoreRoutes {
    private static final String ROOT = "/v1/vector_stores";
    private static final String STORE = ROOT + "/:store";
    private static final String FILES = STORE + "/files";
    private static final String BATCHES = STORE + "/file_batches";

    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_NAME_CHARS = 256;
    private static final int MAX_ID_CHARS = 64;
    private static final int MAX_DESCRIPTION_CHARS = 512;
    private static final int MAX_BATCH = 2_000;
    private static final int MAX_DAYS = 365;
    private static final int MAX_RESULTS = 50;
    private static final int DEFAULT_RESULTS = 10;
    private static final Set<String> STATUSES = Set.of("in_progress", "completed", "failed", "cancelled");

    private final VectorStores stores;
    private final VectorStoreTables tables;

    public VectorStoreRoutes(VectorStores stores) {
        this.stores = stores;
        this.tables = stores.tables();
    }

    /// Adds the routes to the root router.
    public void mount(Router root, HttpFloor http) {
        Router surface = http.surface(OpenAiForm.FORM, MAX_BODY_BYTES, WAIT);
        surface.post(ROOT).handler(ctx -> answer(ctx, create(ctx)));
        surface.get(ROOT).handler(ctx -> answer(ctx, list(ctx)));
        on(surface.get(STORE), (ctx, row) -> view(row));
        on(surface.post(STORE), this::modify);
        on(
                surface.delete(STORE),
                (ctx, row) -> stores.delete(row, HttpFloor.call(ctx))
                        .map(_ -> VectorStoreJson.deleted(row.id(), "vector_store.deleted")));
        on(surface.post(STORE + "/search"), this::search);
        on(surface.post(FILES), this::addFile);
        on(surface.get(FILES), (ctx, row) -> tables.files(row.id()).map(files -> files(ctx, files)));
        onFile(surface.get(FILES + "/:file"), (ctx, file) -> Future.succeededFuture(VectorStoreJson.file(file)));
        onFile(surface.post(FILES + "/:file"), this::setAttributes);
        onFile(
                surface.delete(FILES + "/:file"),
                (ctx, file) -> stores.remove(file, HttpFloor.call(ctx))
                        .map(_ -> VectorStoreJson.deleted(file.id(), "vector_store.file.deleted")));
        onFile(
                surface.get(FILES + "/:file/content"),
                (ctx, file) -> stores.text(file, HttpFloor.call(ctx)).map(VectorStoreJson::content));
        on(surface.post(BATCHES), this::addBatch);
        onBatch(surface.get(BATCHES + "/:batch"), (ctx, batch) -> view(batch));
        onBatch(
                surface.post(BATCHES + "/:batch/cancel"),
                (ctx, batch) -> tables.cancel(batch).compose(_ -> view(batch)));
        onBatch(
                surface.get(BATCHES + "/:batch/files"),
                (ctx, batch) -> tables.files(batch.store())
                        .map(files -> files(
                                ctx,
                                files.stream()
                                        .filter(file -> file.batch().equals(batch.id()))
                                        .toList())));
        HttpFloor.mount(root, surface, ROOT);
    }

    private void on(Route route, BiFunction<RoutingContext, VectorStoreRow, Future<JsonObject>> handler) {
        route.handler(ctx -> answer(
                ctx, tables.find(ctx.pathParam("store"), HttpFloor.call(ctx)).compose(row -> handler.apply(ctx, row))));
    }

    private void onFile(Route route, BiFunction<RoutingContext, FileRow, Future<JsonObject>> handler) {
        on(
                route,
                (ctx, row) -> tables.file(row.id(), ctx.pathParam("file"))
                        .map(file -> file.orElseThrow(() -> missing("file", ctx.pathParam("file"))))
                        .compose(file -> handler.apply(ctx, file)));
    }

    private void onBatch(Route route, BiFunction<RoutingContext, Batch, Future<JsonObject>> handler) {
        on(
                route,
                (ctx, row) -> tables.batch(row.id(), ctx.pathParam("batch"))
                        .map(batch -> batch.orElseThrow(() -> missing("file batch", ctx.pathParam("batch"))))
                        .compose(batch -> handler.apply(ctx, batch)));
    }

    private static Refused missing(String what, String id) {
        return new Refused(
                Reason.NOT_FOUND,
                what.replace(' ', '_') + "_not_found",
                "No " + what + " found with id '" + id.substring(0, Math.min(MAX_ID_CHARS, id.length()))
                        + "' in the vector store.");
    }

    private static void answer(RoutingContext ctx, Future<JsonObject> result) {
        result.onSuccess(body -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .end(body.toBuffer())
                        .onFailure(_ -> {}))
                .onFailure(ctx::fail);
    }

    private Future<JsonObject> create(RoutingContext ctx) {
        Call call = HttpFloor.call(ctx);
        Body body = Body.of(ctx.body().buffer());
        long now = stores.nowMicros();
        VectorStoreRow row = new VectorStoreRow(
                VectorStores.newId("vs_"),
                call.tenant(),
                body.text("name", MAX_NAME_CHARS).orElse(""),
                body.text("description", MAX_DESCRIPTION_CHARS).orElse(""),
                body.pairs("metadata", true).orElse("{}"),
                days(body),
                now,
                now);
        Chunks chunks = chunks(body, stores.chunks());
        List<Added> added = body.texts("file_ids", MAX_BATCH, MAX_ID_CHARS).stream()
                .map(id -> new Added(id, "{}", chunks))
                .toList();
        requireDistinct(added);
        return stores.create(row, call)
                .compose(_ -> added.isEmpty()
                        ? Future.succeededFuture()
                        : stores.add(row, added, Optional.empty(), call)
                                // nothing is left of a vector store whose creation was refused
                                .recover(failure ->
                                        stores.delete(row, call).transform(_ -> Future.failedFuture(failure))))
                .compose(_ -> view(row));
    }

    private static long days(Body body) {
        return body.object("expires_after")
                .map(after -> {
                    if (!after.required("anchor", MAX_ID_CHARS).equals("last_active_at")) {
                        throw after.wrong("anchor", "last_active_at");
                    }
                    return after.integer("days", 1, MAX_DAYS)
                            .orElseThrow(() -> after.wrong("days", "an integer from 1 to " + MAX_DAYS));
                })
                .orElse(0);
    }

    /// What is applied of the sizes asked for.
    private Chunks chunks(Body body, Chunks absent) {
        Optional<Body> strategy = body.object("chunking_strategy");
        if (strategy.isEmpty()) {
            return absent;
        }
        return switch (strategy.get().required("type", MAX_ID_CHARS)) {
            case "auto" -> stores.chunks();
            case "static" -> {
                Body sizes = strategy.get()
                        .object("static")
                        .orElseThrow(() -> strategy.get().wrong("static", "an object"));
                int max = sizes.integer("max_chunk_size_tokens", 100, 4_096)
                        .orElseThrow(() -> sizes.wrong("max_chunk_size_tokens", "an integer"));
                int overlap = sizes.integer("chunk_overlap_tokens", 0, max / 2)
                        .orElseThrow(() -> sizes.wrong("chunk_overlap_tokens", "an integer"));
                yield stores.chunks().applied(max, overlap);
            }
            default -> throw strategy.get().wrong("type", "auto or static");
        };
    }

    private static void requireDistinct(List<Added> added) {
        Set<String> seen = new HashSet<>();
        for (Added each : added) {
            if (!seen.add(each.id())) {
                throw Body.invalid("The file '" + each.id() + "' is named twice.");
            }
        }
    }

    private Future<JsonObject> view(VectorStoreRow row) {
        return tables.counts(row.id(), Optional.empty())
                .map(counts -> VectorStoreJson.store(row, counts, stores.nowMicros()));
    }

    private Future<JsonObject> view(Batch batch) {
        return tables.counts(batch.store(), Optional.of(batch.id()))
                .map(counts -> VectorStoreJson.batch(batch, counts));
    }

    private Future<JsonObject> list(RoutingContext ctx) {
        return tables.list(HttpFloor.call(ctx)).compose(rows -> {
            Page<VectorStoreRow> page = Page.of(rows, VectorStoreRow::id, ctx.request());
            List<Future<JsonObject>> views =
                    page.rows().stream().map(this::view).toList();
            return Future.all(views)
                    .map(_ -> VectorStoreJson.list(
                            new Page<>(views, page.hasMore()), each -> Objects.requireNonNull(each.result())));
        });
    }

    private Future<JsonObject> modify(RoutingContext ctx, VectorStoreRow row) {
        Body body = Body.of(ctx.body().buffer());
        boolean namesExpiry = body.node().has("expires_after");
        VectorStoreRow next = new VectorStoreRow(
                row.id(),
                row.tenant(),
                body.text("name", MAX_NAME_CHARS).orElse(row.name()),
                body.text("description", MAX_DESCRIPTION_CHARS).orElse(row.description()),
                body.pairs("metadata", true).orElse(row.metadata()),
                namesExpiry ? days(body) : row.expiresDays(),
                row.createdMicros(),
                row.isExpired(stores.nowMicros()) ? row.activeMicros() : stores.nowMicros());
        return tables.update(next).compose(this::view);
    }

    private Future<JsonObject> addFile(RoutingContext ctx, VectorStoreRow row) {
        Added added = added(Body.of(ctx.body().buffer()), "{}", stores.chunks());
        return stores.add(row, List.of(added), Optional.empty(), HttpFloor.call(ctx))
                .map(files -> VectorStoreJson.file(files.getFirst()));
    }

    private Added added(Body body, String attributes, Chunks chunks) {
        return new Added(
                body.required("file_id", MAX_ID_CHARS),
                body.pairs("attributes", false).orElse(attributes),
                chunks(body, chunks));
    }

    private Future<JsonObject> addBatch(RoutingContext ctx, VectorStoreRow row) {
        Body body = Body.of(ctx.body().buffer());
        String attributes = body.pairs("attributes", false).orElse("{}");
        Chunks chunks = chunks(body, stores.chunks());
        List<Added> added = new ArrayList<>();
        body.texts("file_ids", MAX_BATCH, MAX_ID_CHARS).forEach(id -> added.add(new Added(id, attributes, chunks)));
        body.objects("files", MAX_BATCH).forEach(file -> added.add(added(file, attributes, chunks)));
        if (added.isEmpty()) {
            throw Body.invalid("Missing required parameter: 'file_ids' or 'files'.");
        }
        requireDistinct(added);
        Batch batch = new Batch(VectorStores.newId("vsfb_"), row.id(), stores.nowMicros());
        return stores.add(row, added, Optional.of(batch), HttpFloor.call(ctx)).compose(_ -> view(batch));
    }

    private static JsonObject files(RoutingContext ctx, List<FileRow> files) {
        String status = ctx.request().getParam("filter");
        if (status != null && !STATUSES.contains(status)) {
            throw Body.invalid("Invalid value for 'filter': expected in_progress, completed, failed or cancelled.");
        }
        List<FileRow> wanted = files.stream()
                .filter(file -> status == null || file.status().name().equals(status.toUpperCase(Locale.ROOT)))
                .toList();
        return VectorStoreJson.list(Page.of(wanted, FileRow::id, ctx.request()), VectorStoreJson::file);
    }

    private Future<JsonObject> setAttributes(RoutingContext ctx, FileRow file) {
        String attributes = Body.of(ctx.body().buffer())
                .pairs("attributes", false)
                .orElseThrow(() -> Body.invalid("Missing required parameter: 'attributes'."));
        return tables.setAttributes(file.store(), file.id(), attributes)
                .compose(_ -> tables.file(file.store(), file.id()))
                .map(now -> VectorStoreJson.file(now.orElseThrow(() -> missing("file", file.id()))));
    }

    private Future<JsonObject> search(RoutingContext ctx, VectorStoreRow row) {
        Body body = Body.of(ctx.body().buffer());
        JsonNode asked = body.node().path("query");
        List<String> queries = asked.isArray()
                ? body.texts("query", 16, SearchKnowledge.MAX_QUERY_CHARS)
                : List.of(body.required("query", SearchKnowledge.MAX_QUERY_CHARS));
        String query = String.join(" ", queries);
        if (query.isBlank() || query.length() > SearchKnowledge.MAX_QUERY_CHARS) {
            throw body.wrong("query", "texts of 1 to " + SearchKnowledge.MAX_QUERY_CHARS + " characters");
        }
        int limit = body.integer("max_num_results", 1, MAX_RESULTS).orElse(DEFAULT_RESULTS);
        double threshold = body.object("ranking_options")
                .map(options -> options.share("score_threshold", 0))
                .orElse(0.0);
        Optional<AttributeFilter> filter = body.object("filters").map(AttributeFilter::of);
        return stores.search(row, query, limit, filter, HttpFloor.call(ctx)).map(found -> {
            List<Passage> passages = found.passages().passages().stream()
                    // a file that was removed while it was searched
                    .filter(passage -> found.files().containsKey(passage.document()))
                    .filter(passage -> VectorStoreJson.score(passage) >= threshold)
                    .sorted(Comparator.comparingDouble(VectorStoreJson::score).reversed())
                    .toList();
            return VectorStoreJson.found(
                    queries,
                    passages,
                    passage -> Objects.requireNonNull(found.files().get(passage.document())));
        });
    }
}
