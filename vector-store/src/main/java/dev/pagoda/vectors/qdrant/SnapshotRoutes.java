package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.vectors.collection.Archives;
import dev.pagoda.vectors.collection.Archives.Archive;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Workers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Snapshots of collections and of all that a tenant has. The file of a collection is our own format, whole and with
/// checksums; it is read by this store and not by Qdrant.
final class SnapshotRoutes {
    private static final String COLLECTION = "/collections/:name/snapshots";
    private static final String SHARD = "/collections/:name/shards/:shard/snapshots";
    private static final String ALL = "/snapshots";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Vertx vertx;
    private final Endpoints endpoints;

    /// Apart from what searches and writes: a snapshot takes long.
    private final Workers workers = new Workers("vectors-snapshots", 2, 64);

    SnapshotRoutes(Vertx vertx, Endpoints endpoints) {
        this.vertx = vertx;
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        for (String path : List.of(COLLECTION, SHARD)) {
            task(surface, HttpMethod.POST, path, this::create);
            task(surface, HttpMethod.PUT, path + "/recover", this::recover);
            endpoints.read(
                    surface,
                    HttpMethod.GET,
                    path,
                    request -> list(archives(request).list(request.call().tenant(), own(request))));
            surface.get(path + "/:snapshot").handler(ctx -> download(ctx, this::find));
            endpoints.read(surface, HttpMethod.DELETE, path + "/:snapshot", request -> {
                boolean isGone = archives(request).delete(request.call().tenant(), own(request), snapshot(request));
                return deleted(isGone, snapshot(request));
            });
        }
        task(
                surface,
                HttpMethod.POST,
                ALL,
                request -> answered(request, () -> {
                    Archive archive = archives(request)
                            .createFull(
                                    request.call().tenant(),
                                    request.services()
                                            .catalogue()
                                            .list(request.call().tenant()));
                    return out -> write(out, archive);
                }));
        endpoints.read(
                surface,
                HttpMethod.GET,
                ALL,
                request -> list(archives(request).listFull(request.call().tenant())));
        surface.get(ALL + "/:snapshot")
                .handler(ctx -> download(
                        ctx,
                        (call, path) -> endpoints
                                .services()
                                .catalogue()
                                .archives()
                                .findFull(call.tenant(), path.getOrDefault("snapshot", ""))));
        endpoints.read(surface, HttpMethod.DELETE, ALL + "/:snapshot", request -> {
            boolean isGone = archives(request).deleteFull(request.call().tenant(), snapshot(request));
            return deleted(isGone, snapshot(request));
        });
    }

    /// A path whose work is waited for unless `wait=false`.
    private void task(
            Router surface,
            HttpMethod method,
            String path,
            Function<Endpoints.Request, CompletableFuture<Buffer>> work) {
        surface.route(method, path).handler(ctx -> {
            if ("false".equals(ctx.queryParams().get("wait"))) {
                endpoints.accept(ctx, work);
            } else {
                ctx.next();
            }
        });
        endpoints.on(surface, method, path, work);
    }

    private CompletableFuture<Buffer> create(Endpoints.Request request) {
        return answered(request, () -> {
            requireShard(request.path());
            Archive archive = archives(request).create(request.collection());
            return out -> write(out, archive);
        });
    }

    private CompletableFuture<Buffer> recover(Endpoints.Request request) {
        requireShard(request.path());
        Fields body = Fields.of(request.read(Json::map), "");
        String location = body.text("location");
        SnapshotSource.requirePriority(body.get("priority"));
        SnapshotSource source = new SnapshotSource(
                request.services().catalogue(),
                request.call().tenant(),
                request.name(),
                optionalText(body, "checksum"));
        String key = optionalText(body, "api_key");
        return workers.run(request.call(), () -> source.recover(location, key))
                .thenCompose(written -> written.durable())
                .thenApply(done -> request.ok(out -> out.writeBoolean(true)));
    }

    private static @Nullable String optionalText(Fields body, String key) {
        return body.has(key) ? body.text(key) : null;
    }

    private CompletableFuture<Buffer> answered(Endpoints.Request request, Supplier<Reply.Content> task) {
        return workers.run(request.call(), () -> request.ok(task.get()));
    }

    private static Archives archives(Endpoints.Request request) {
        return request.services().catalogue().archives();
    }

    /// The collection's own name.
    private static String own(Endpoints.Request request) {
        requireShard(request.path());
        return request.collection().name();
    }

    private static String snapshot(Endpoints.Request request) {
        return request.path().getOrDefault("snapshot", "");
    }

    /// A collection has one shard, 0.
    static void requireShard(Map<String, String> path) {
        String shard = path.get("shard");
        if (shard == null || shard.equals("0")) {
            return;
        }
        if (!shard.matches("[0-9]{1,9}")) {
            throw Faults.pathParameter("invalid digit found in string: shard_id=" + shard);
        }
        throw new Refused(Reason.NOT_FOUND, "shard_not_found", "Shard " + shard + " not found");
    }

    private Optional<Path> find(Call call, Map<String, String> path) {
        requireShard(path);
        var catalogue = endpoints.services().catalogue();
        String collection =
                catalogue.get(call.tenant(), path.getOrDefault("name", "")).name();
        return catalogue.archives().find(call.tenant(), collection, path.getOrDefault("snapshot", ""));
    }

    private interface Finder {
        Optional<Path> find(Call call, Map<String, String> path);
    }

    private void download(RoutingContext ctx, Finder finder) {
        Call call = HttpFloor.call(ctx);
        Map<String, String> path = ctx.pathParams();
        Future.fromCompletionStage(
                        workers.run(
                                call,
                                () -> finder.find(call, path)
                                        .orElseThrow(() -> notFound(path.getOrDefault("snapshot", "")))),
                        vertx.getOrCreateContext())
                .onFailure(failure -> ctx.fail(Refusals.cause(failure)))
                .compose(file -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/octet-stream")
                        .putHeader("content-disposition", "attachment; filename=\"" + file.getFileName() + "\"")
                        .sendFile(file.toString())
                        .onFailure(failure -> ctx.response().reset()));
    }

    private static Refused notFound(String name) {
        return new Refused(Reason.NOT_FOUND, "snapshot_not_found", "Snapshot " + name + " not found");
    }

    private static Reply.Content deleted(boolean isGone, String name) {
        if (!isGone) {
            throw notFound(name);
        }
        return out -> out.writeBoolean(true);
    }

    private static Reply.Content list(List<Archive> archives) {
        return out -> {
            out.writeStartArray();
            for (Archive archive : archives) {
                write(out, archive);
            }
            out.writeEndArray();
        };
    }

    private static void write(JsonGenerator out, Archive archive) throws IOException {
        out.writeStartObject();
        out.writeStringField("name", archive.name());
        out.writeStringField("creation_time", TIME.format(archive.created()));
        out.writeNumberField("size", archive.bytes());
        out.writeStringField("checksum", archive.checksum());
        out.writeEndObject();
    }
}
