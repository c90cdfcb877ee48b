package dev.pagoda.workflow.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.workflow.api.IngestReport;
import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.api.SourceDocument;
import dev.pagoda.workflow.rag.IngestProgress;
import dev.pagoda.workflow.rag.Knowledge;
import dev.pagoda.workflow.rag.KnowledgeBase;
import dev.pagoda.workflow.rag.KnowledgeRefusals;
import dev.pagoda.workflow.rag.Upload;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The routes below `/platform/knowledge-bases`.
///
/// An ingestion is answered by its report when it is done; with `"stream": true` its progress comes before
/// as server-sent events. Meanwhile `GET /platform/knowledge-bases/{name}` shows how far it has come. It
/// goes on when its client leaves.
public final class KnowledgeRoutes {
    private static final String ROOT = "/platform/knowledge-bases";
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final int DEFAULT_LIMIT = 5;
    private static final long PROGRESS_NANOS = 100_000_000;

    private final Knowledge knowledge;

    public KnowledgeRoutes(Knowledge knowledge) {
        this.knowledge = knowledge;
    }

    private record CreateBody(@Nullable String name) {}

    private record IngestBody(
            @Nullable String folder, @Nullable List<@Nullable DocumentBody> documents, boolean stream) {}

    /// @param data a file's bytes in Base64, instead of `text`; its id names it
    private record DocumentBody(
            @Nullable String id,
            @Nullable String title,
            @Nullable String text,
            @Nullable String data) {}

    private record SearchBody(
            @Nullable String query, @Nullable Integer limit) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record BaseView(
            String name,
            String collection,
            long documents,
            long chunks,
            String status,
            String createdAt,
            @Nullable IngestProgress ingest) {}

    /// Adds the routes to the root router.
    public void mount(Router root, HttpFloor http, long maxBodyBytes) {
        var surface = http.surface(PlatformErrors.FORM, maxBodyBytes, WAIT);
        surface.post(ROOT).handler(this::create);
        surface.get(ROOT).handler(this::list);
        surface.get(ROOT + "/:kb").handler(this::show);
        surface.delete(ROOT + "/:kb").handler(this::delete);
        surface.post(ROOT + "/:kb/ingest").handler(this::ingest);
        surface.get(ROOT + "/:kb/search").handler(this::searchByQuery);
        surface.post(ROOT + "/:kb/search").handler(this::searchByBody);
        HttpFloor.mount(root, surface, ROOT);
    }

    private void create(RoutingContext ctx) {
        var name = Json.body(ctx, CreateBody.class).name();
        if (name == null) {
            throw KnowledgeRefusals.invalid("the body has no \"name\"");
        }
        knowledge
                .bases()
                .create(name, HttpFloor.call(ctx))
                .onSuccess(base -> Json.answer(ctx, 201, view(base)))
                .onFailure(ctx::fail);
    }

    private void list(RoutingContext ctx) {
        knowledge
                .bases()
                .list(HttpFloor.call(ctx))
                .onSuccess(bases -> Json.answer(
                        ctx, 200, Map.of("data", bases.stream().map(this::view).toList())))
                .onFailure(ctx::fail);
    }

    private void show(RoutingContext ctx) {
        knowledge
                .bases()
                .find(ctx.pathParam("kb"), HttpFloor.call(ctx))
                .onSuccess(base -> Json.answer(ctx, 200, view(base)))
                .onFailure(ctx::fail);
    }

    private void delete(RoutingContext ctx) {
        knowledge
                .delete(ctx.pathParam("kb"), HttpFloor.call(ctx))
                .onSuccess(_ -> ctx.response().setStatusCode(204).end())
                .onFailure(ctx::fail);
    }

    private BaseView view(KnowledgeBase base) {
        var progress = knowledge.progress(base);
        return new BaseView(
                base.name(),
                base.collection(),
                base.documents(),
                base.chunks(),
                progress.isPresent() ? "ingesting" : "ready",
                Json.time(base.createdMicros()),
                progress.orElse(null));
    }

    private void ingest(RoutingContext ctx) {
        var body = ctx.body().buffer();
        ctx.vertx()
                .executeBlocking(() -> IngestOrder.of(Json.read(body, IngestBody.class)), false)
                .onSuccess(order -> ingest(ctx, order))
                .onFailure(ctx::fail);
    }

    private void ingest(RoutingContext ctx, IngestOrder order) {
        var name = ctx.pathParam("kb");
        var call = HttpFloor.call(ctx);
        switch (order) {
            case IngestOrder.OfFolder(var folder, var isStreamed) -> {
                if (isTrusted(ctx, call)) {
                    answer(ctx, isStreamed, progress -> knowledge.ingestFolder(name, folder, call, progress));
                } else {
                    ctx.fail(new Refused(
                            Reason.FORBIDDEN,
                            "folder_not_permitted",
                            "a folder of the server is read for administrators or from its own machine;"
                                    + " send \"documents\""));
                }
            }
            case IngestOrder.OfDocuments(var documents, var isStreamed) ->
                answer(ctx, isStreamed, progress -> knowledge.ingest(name, documents, call, progress));
        }
    }

    /// What an ingestion's body asks for.
    private sealed interface IngestOrder {
        record OfFolder(String folder, boolean isStreamed) implements IngestOrder {}

        record OfDocuments(List<Upload> documents, boolean isStreamed) implements IngestOrder {}

        static IngestOrder of(IngestBody body) {
            if (body.folder() != null && body.documents() == null) {
                return new OfFolder(body.folder(), body.stream());
            }
            if (body.documents() != null && body.folder() == null) {
                return new OfDocuments(uploads(body.documents()), body.stream());
            }
            throw KnowledgeRefusals.invalid("the body needs either \"folder\" or \"documents\"");
        }
    }

    /// A folder of the server is read for administrators and for whoever sits at its machine.
    private static boolean isTrusted(RoutingContext ctx, Call call) {
        var remote = ctx.request().remoteAddress();
        var address =
                remote == null ? "" : Optional.ofNullable(remote.hostAddress()).orElse("");
        return call.principal().isAdmin()
                || address.startsWith("127.")
                || address.equals("::1")
                || address.equals("0:0:0:0:0:0:0:1");
    }

    private static List<Upload> uploads(List<@Nullable DocumentBody> documents) {
        var uploads = new ArrayList<Upload>();
        for (var document : documents) {
            var where = "documents." + uploads.size();
            if (document == null || document.id() == null) {
                throw KnowledgeRefusals.invalid(where + " has no \"id\"");
            }
            if ((document.text() == null) == (document.data() == null)) {
                throw KnowledgeRefusals.invalid(where + " needs either \"text\" or \"data\"");
            }
            var title = Optional.ofNullable(document.title()).orElse("");
            if (document.text() != null) {
                uploads.add(new Upload.Text(new SourceDocument(document.id(), title, document.text())));
            } else {
                uploads.add(new Upload.File(document.id(), bytes(where, document.data())));
            }
        }
        return uploads;
    }

    private static byte[] bytes(String where, @Nullable String data) {
        try {
            return Base64.getDecoder().decode(data == null ? "" : data);
        } catch (IllegalArgumentException notBase64) {
            throw KnowledgeRefusals.invalid(where + ".data is not Base64");
        }
    }

    /// Something that takes documents in and tells its progress.
    private interface Work {
        Future<IngestReport> begin(Consumer<IngestProgress> progress);
    }

    private static void answer(RoutingContext ctx, boolean asStream, Work work) {
        if (!asStream) {
            work.begin(_ -> {})
                    .onSuccess(report -> Json.answer(ctx, 200, report))
                    .onFailure(ctx::fail);
            return;
        }
        var progress = new ProgressStream(ctx);
        work.begin(progress::at)
                .onSuccess(report -> progress.end(Map.of("event", "ingest_finished", "data", report)))
                .onFailure(progress::fail);
    }

    /// Progress as events, at most ten a second; the stream begins with the first, so that a refusal has
    /// its status.
    private static final class ProgressStream {
        private final RoutingContext ctx;
        private final Context context;
        private @Nullable EventStream stream;
        // written on the ingestion's thread only
        private long lastNanos;

        ProgressStream(RoutingContext ctx) {
            this.ctx = ctx;
            this.context = ctx.vertx().getOrCreateContext();
            this.lastNanos = System.nanoTime() - PROGRESS_NANOS;
        }

        void at(IngestProgress progress) {
            long now = System.nanoTime();
            if (now - lastNanos >= PROGRESS_NANOS || progress.done() == progress.documents()) {
                lastNanos = now;
                context.runOnContext(_ -> stream().send(Map.of("event", "ingest_progress", "data", progress)));
            }
        }

        void end(Object last) {
            onContext(() -> {
                stream().send(last);
                stream().end();
            });
        }

        void fail(Throwable failure) {
            onContext(() -> {
                if (stream == null) {
                    ctx.fail(failure);
                    return;
                }
                var message = failure instanceof Refused refused
                        ? refused.refusal().message()
                        : "the platform failed to take the documents in";
                stream.send(Map.of("event", "error", "message", message));
                stream.end();
            });
        }

        private EventStream stream() {
            var open = stream;
            if (open == null) {
                open = new EventStream(ctx);
                stream = open;
            }
            return open;
        }

        private void onContext(Runnable step) {
            if (context.equals(Vertx.currentContext())) {
                step.run();
            } else {
                context.runOnContext(_ -> step.run());
            }
        }
    }

    private void searchByQuery(RoutingContext ctx) {
        search(
                ctx,
                ctx.request().getParam("q"),
                Json.number(ctx, "limit", DEFAULT_LIMIT, 1, SearchKnowledge.MAX_LIMIT));
    }

    private void searchByBody(RoutingContext ctx) {
        var body = Json.body(ctx, SearchBody.class);
        search(ctx, body.query(), body.limit() == null ? DEFAULT_LIMIT : body.limit());
    }

    private void search(RoutingContext ctx, @Nullable String query, int limit) {
        if (query == null) {
            throw KnowledgeRefusals.invalid("the search has no question: ?q= or \"query\"");
        }
        SearchKnowledge search;
        try {
            search = new SearchKnowledge(ctx.pathParam("kb"), query, limit);
        } catch (IllegalArgumentException unfit) {
            throw KnowledgeRefusals.invalid(String.valueOf(unfit.getMessage()));
        }
        knowledge
                .retrieval()
                .search(search, HttpFloor.call(ctx))
                .onSuccess(found -> Json.answer(ctx, 200, found))
                .onFailure(ctx::fail);
    }
}
