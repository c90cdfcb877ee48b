package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.vectors.collection.Archives;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Services;
import dev.pagoda.vectors.collection.Workers;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes snapshots that clients send, straight to disk: they may be larger than any body that is held in memory.
final class SnapshotUploads {
    private static final String FIELD = "snapshot";
    private static final String OWNER = "/collections/";
    private static final String UPLOAD = "/snapshots/upload";
    private static final String PARTIAL = "/snapshot/partial/recover";
    private static final List<String> PATHS =
            List.of(OWNER + ":name" + UPLOAD, OWNER + ":name/shards/:shard" + UPLOAD, PartialSnapshotRoutes.RECOVER);
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotUploads.class);

    private final Vertx vertx;
    private final Supplier<Services> services;
    private final SnapshotDownload downloads;
    private final Workers workers = new Workers("vectors-uploads", 1, 16);

    SnapshotUploads(Vertx vertx, Supplier<Services> services, SnapshotDownload downloads) {
        this.vertx = vertx;
        this.services = services;
        this.downloads = downloads;
    }

    /// Before the other paths, whose bodies are held in memory.
    void mount(Router root, HttpFloor http, Duration wait) {
        Router surface = http.streams(Faults.FORM, wait);
        PATHS.forEach(path -> surface.post(path).handler(this::take));
        // a surface keeps full paths, which a sub-router below a prefix would lose
        root.route(HttpMethod.POST, "/*")
                .handler(ctx -> within(ctx, surface::handleContext))
                .failureHandler(ctx -> within(ctx, surface::handleFailure));
    }

    private static void within(RoutingContext ctx, Handler<RoutingContext> surface) {
        String path = ctx.normalizedPath();
        if (path.startsWith(OWNER) && (path.endsWith(UPLOAD) || path.endsWith(PARTIAL))) {
            surface.handle(ctx);
        } else {
            ctx.next();
        }
    }

    private void take(RoutingContext ctx) {
        Path file;
        SnapshotSource source;
        long room;
        try {
            source = source(ctx);
            Archives archives = source.catalogue().archives();
            room = archives.room();
            requireRoom(ctx.request(), room);
            file = archives.incoming();
        } catch (Refused refused) {
            ctx.fail(refused);
            return;
        }
        boolean isAwaited = !"false".equals(ctx.queryParams().get("wait"));
        Future<Void> received = received(ctx.request(), file, room);
        Future<Long> recovered = received.compose(done -> Future.fromCompletionStage(
                        workers.run(source.call(), () -> source.recover(file))
                                .thenCompose(written -> written.durable()),
                        vertx.getOrCreateContext()))
                .onComplete(ended -> vertx.executeBlocking(() -> {
                    SnapshotSource.delete(file);
                    return null;
                }));
        if (isAwaited) {
            recovered
                    .onFailure(failure -> ctx.fail(Refusals.cause(failure)))
                    .onSuccess(done -> answer(ctx, 200, "{\"result\":true,\"status\":\"ok\",\"time\":0.0}"));
        } else {
            received.onFailure(failure -> ctx.fail(Refusals.cause(failure)))
                    .onSuccess(done -> answer(ctx, 202, "{\"status\":\"accepted\",\"time\":0.0}"));
            recovered.onFailure(failure -> LOG.warn(
                    "{} was accepted and failed: {}",
                    ctx.normalizedPath(),
                    Refusals.cause(failure).getMessage()));
        }
    }

    private static void answer(RoutingContext ctx, int status, String body) {
        ctx.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(body);
    }

    private SnapshotSource source(RoutingContext ctx) {
        SnapshotRoutes.requireShard(ctx.pathParams());
        SnapshotSource.requirePriority(ctx.queryParams().get("priority"));
        String checksum = ctx.queryParams().get("checksum");
        SnapshotSource.fault(checksum).ifPresent(fault -> {
            throw Faults.queryValidation(fault);
        });
        SnapshotSource source = new SnapshotSource(
                services.get().catalogue(),
                downloads,
                HttpFloor.call(ctx),
                ctx.pathParam("name"),
                SnapshotRoutes.isShard(ctx.pathParams()),
                checksum);
        source.requireOwner();
        return source;
    }

    private static void requireRoom(HttpServerRequest request, long room) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && length.matches("[0-9]{1,18}") && Long.parseLong(length) > room) {
            throw Refusals.storageFailed(tooLong(room));
        }
    }

    private static String tooLong(long room) {
        return "the snapshot is longer than the " + room + " bytes there is room for";
    }

    /// Writes the file of the multipart body.
    private Future<Void> received(HttpServerRequest request, Path file, long room) {
        Promise<Void> received = Promise.promise();
        try {
            request.setExpectMultipart(true);
        } catch (IllegalStateException other) {
            return Future.failedFuture(Refusals.badRequest("the body is no multipart form"));
        }
        boolean[] isFound = {false};
        request.uploadHandler(upload -> {
            if (isFound[0] || !FIELD.equals(upload.name())) {
                upload.handler(ignored -> {});
                return;
            }
            isFound[0] = true;
            write(upload, file, room).onComplete(received);
        });
        request.exceptionHandler(received::tryFail);
        request.endHandler(ended -> {
            if (!isFound[0]) {
                received.tryFail(Refusals.badRequest("the form has no file named `" + FIELD + "`"));
            }
        });
        return received.future();
    }

    /// @param room bytes, as a body in chunks does not tell its length
    private Future<Void> write(HttpServerFileUpload upload, Path file, long room) {
        upload.pause();
        return vertx.fileSystem()
                .open(file.toString(), new OpenOptions().setWrite(true).setCreate(true))
                .compose(out -> upload.pipe()
                        .endOnFailure(false)
                        .endOnSuccess(false)
                        .to(new BoundedFile(vertx, out, room, tooLong(room)))
                        .eventually(out::close))
                .recover(failure -> {
                    // the rest is read and thrown away until the connection closes
                    upload.handler(ignored -> {});
                    upload.resume();
                    return Future.failedFuture(
                            failure instanceof Refused
                                    ? failure
                                    : Refusals.storageFailed("the snapshot cannot be taken: " + failure.getMessage()));
                });
    }
}
