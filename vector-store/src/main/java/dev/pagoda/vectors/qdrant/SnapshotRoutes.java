package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.collection.Archives;
import dev.pagoda.vectors.collection.Archives.Archive;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Workers;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Snapshots of collections, of their only shard, and of all that a tenant has. The file of a collection is our own
/// format, whole and with checksums; it is read by this store and not by Qdrant.
final class SnapshotRoutes {
    private static final String COLLECTION = "/collections/:name/snapshots";
    private static final String SHARD = "/collections/:name/shards/:shard/snapshots";
    private static final String ALL = "/snapshots";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Endpoints endpoints;
    private final Workers workers;
    private final SnapshotDownload downloads;
    private final SnapshotFiles files;

    /// @param workers apart from those that search and write: a snapshot takes long
    SnapshotRoutes(Endpoints endpoints, Workers workers, SnapshotDownload downloads, SnapshotFiles files) {
        this.endpoints = endpoints;
        this.workers = workers;
        this.downloads = downloads;
        this.files = files;
    }

    void mount(Router surface) {
        for (String path : List.of(COLLECTION, SHARD)) {
            answered(surface, HttpMethod.POST, path, request -> {
                Archive archive = create(request);
                return out -> write(out, archive);
            });
            endpoints.task(surface, HttpMethod.PUT, path + "/recover", this::recover);
            endpoints.read(
                    surface,
                    HttpMethod.GET,
                    path,
                    request -> list(archives(request).list(request.call().tenant(), owner(request))));
            surface.get(path + "/:snapshot").handler(ctx -> files.send(ctx, SnapshotRoutes::find));
            answered(
                    surface,
                    HttpMethod.DELETE,
                    path + "/:snapshot",
                    request -> deleted(
                            request,
                            archives(request).delete(request.call().tenant(), owner(request), snapshot(request))));
        }
        answered(surface, HttpMethod.POST, ALL, request -> {
            String tenant = request.call().tenant();
            Archive archive = archives(request)
                    .createFull(tenant, request.services().catalogue().list(tenant));
            return out -> write(out, archive);
        });
        endpoints.read(
                surface,
                HttpMethod.GET,
                ALL,
                request -> list(archives(request).listFull(request.call().tenant())));
        surface.get(ALL + "/:snapshot")
                .handler(ctx -> files.send(
                        ctx,
                        request -> archives(request)
                                .findFull(request.call().tenant(), snapshot(request))
                                .orElseThrow(() -> notFound(snapshot(request)))));
        answered(
                surface,
                HttpMethod.DELETE,
                ALL + "/:snapshot",
                request -> deleted(
                        request, archives(request).deleteFull(request.call().tenant(), snapshot(request))));
    }

    /// A path whose work is done by the workers.
    private void answered(
            Router surface, HttpMethod method, String path, Function<Endpoints.Request, Reply.Content> work) {
        endpoints.task(
                surface, method, path, request -> workers.run(request.call(), () -> request.ok(work.apply(request))));
    }

    private static Archive create(Endpoints.Request request) {
        requireShard(request.path());
        Collection collection = request.collection();
        return isShard(request.path())
                ? archives(request).createOfShard(collection)
                : archives(request).create(collection);
    }

    private CompletableFuture<Buffer> recover(Endpoints.Request request) {
        requireShard(request.path());
        Fields body = Fields.of(request.read(Json::map), "");
        String location = body.text("location");
        SnapshotSource.requirePriority(body.get("priority"));
        String checksum = optionalText(body, "checksum");
        SnapshotSource.fault(checksum).ifPresent(fault -> {
            throw Faults.validation(fault);
        });
        SnapshotSource source = new SnapshotSource(
                request.services().catalogue(),
                downloads,
                request.call(),
                request.name(),
                isShard(request.path()),
                checksum);
        String key = optionalText(body, "api_key");
        return workers.run(request.call(), () -> source.recover(location, key))
                .thenCompose(written -> written.durable())
                .thenApply(done -> request.ok(out -> out.writeBoolean(true)));
    }

    static @Nullable String optionalText(Fields body, String key) {
        return body.has(key) ? body.text(key) : null;
    }

    private static Archives archives(Endpoints.Request request) {
        return request.services().catalogue().archives();
    }

    /// What stands for the collection or its shard among the archives.
    private static String owner(Endpoints.Request request) {
        requireShard(request.path());
        String name = request.collection().name();
        return isShard(request.path()) ? Archives.shardOf(name) : name;
    }

    private static String snapshot(Endpoints.Request request) {
        return request.path().getOrDefault("snapshot", "");
    }

    static boolean isShard(Map<String, String> path) {
        return path.containsKey("shard");
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

    private static Path find(Endpoints.Request request) {
        return archives(request)
                .find(request.call().tenant(), owner(request), snapshot(request))
                .orElseThrow(() -> notFound(snapshot(request)));
    }

    static Refused notFound(String name) {
        return new Refused(Reason.NOT_FOUND, "snapshot_not_found", "Snapshot " + name + " not found");
    }

    private static Reply.Content deleted(Endpoints.Request request, boolean isGone) {
        if (!isGone) {
            throw notFound(snapshot(request));
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
