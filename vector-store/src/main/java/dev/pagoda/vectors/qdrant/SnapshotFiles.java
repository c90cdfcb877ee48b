package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Workers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/// Answers with the bytes of snapshots.
final class SnapshotFiles {
    private static final int NOT_MODIFIED = 304;

    private final Vertx vertx;
    private final Endpoints endpoints;
    private final Workers workers;

    /// @param workers on which files are looked for and made
    SnapshotFiles(Vertx vertx, Endpoints endpoints, Workers workers) {
        this.vertx = vertx;
        this.endpoints = endpoints;
        this.workers = workers;
    }

    /// Sends a file that stays.
    void send(RoutingContext ctx, Function<Endpoints.Request, Path> finder) {
        answer(ctx, request -> Optional.of(finder.apply(request)), false);
    }

    /// Sends a file that is made for one answer, or says that nothing has changed.
    void sendOnce(RoutingContext ctx, Function<Endpoints.Request, Optional<Path>> maker) {
        answer(ctx, maker, true);
    }

    private void answer(RoutingContext ctx, Function<Endpoints.Request, Optional<Path>> finder, boolean isPassing) {
        Endpoints.Request request = endpoints.request(ctx);
        Future.fromCompletionStage(workers.run(request.call(), () -> finder.apply(request)), vertx.getOrCreateContext())
                .onFailure(failure -> ctx.fail(Refusals.cause(failure)))
                .compose(found -> found.isEmpty()
                        ? ctx.response().setStatusCode(NOT_MODIFIED).end()
                        : send(ctx, found.get(), isPassing));
    }

    private Future<Void> send(RoutingContext ctx, Path file, boolean isPassing) {
        Future<Void> sent = ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
                .putHeader("content-disposition", "attachment; filename=\"" + name(file, isPassing) + "\"")
                .sendFile(file.toString())
                .onFailure(failure -> ctx.response().reset());
        return isPassing
                ? sent.eventually(() -> vertx.executeBlocking(() -> {
                    SnapshotSource.delete(file);
                    return null;
                }))
                : sent;
    }

    private static String name(Path file, boolean isPassing) {
        return isPassing ? "shard-0.snapshot" : String.valueOf(file.getFileName());
    }
}
