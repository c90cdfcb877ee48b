package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Archives;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Workers;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Shards as one server copies them from another: the whole shard, or, for one that tells what it has, what is newer. A
/// shard changes as a whole here, so what is newer is all of it or nothing.
final class PartialSnapshotRoutes {
    private static final String SHARD = "/collections/:name/shards/:shard/snapshot";
    private static final String PARTIAL = SHARD + "/partial";

    /// Where a partial snapshot is uploaded, which [SnapshotUploads] takes.
    static final String RECOVER = PARTIAL + "/recover";

    private final Endpoints endpoints;
    private final Workers workers;
    private final SnapshotDownload downloads;
    private final SnapshotFiles files;
    private final ShardManifest manifest;

    PartialSnapshotRoutes(
            Endpoints endpoints,
            Workers workers,
            SnapshotDownload downloads,
            SnapshotFiles files,
            ShardManifest manifest) {
        this.endpoints = endpoints;
        this.workers = workers;
        this.downloads = downloads;
        this.files = files;
        this.manifest = manifest;
    }

    void mount(Router surface) {
        surface.get(SHARD)
                .handler(ctx -> files.sendOnce(
                        ctx, request -> Optional.of(archives(request).createPassing(shard(request)))));
        surface.post(PARTIAL + "/create").handler(ctx -> files.sendOnce(ctx, this::newer));
        endpoints.read(surface, HttpMethod.GET, PARTIAL + "/manifest", request -> {
            Map<String, @Nullable Object> told = manifest.of(shard(request));
            return out -> Reply.value(out, told);
        });
        endpoints.task(surface, HttpMethod.POST, PARTIAL + "/recover_from", this::recoverFrom);
    }

    private Optional<Path> newer(Endpoints.Request request) {
        Map<String, @Nullable Object> present = request.read(Json::map);
        Collection collection = shard(request);
        return manifest.isCurrent(collection, present)
                ? Optional.empty()
                : Optional.of(archives(request).createPassing(collection));
    }

    /// Asks another server for what is newer there; the answer is whether there was anything.
    private CompletableFuture<Buffer> recoverFrom(Endpoints.Request request) {
        Fields body = Fields.of(request.read(Json::map), "");
        String key = SnapshotRoutes.optionalText(body, "api_key");
        Collection collection = shard(request);
        URI from = SnapshotSource.parse(body.text("peer_url").replaceAll("/+$", "") + "/collections/"
                + URLEncoder.encode(collection.name(), StandardCharsets.UTF_8).replace("+", "%20")
                + "/shards/0/snapshot/partial/create");
        SnapshotSource source = new SnapshotSource(
                request.services().catalogue(), downloads, request.call(), collection.name(), true, null);
        Buffer told = Reply.json(out -> Reply.value(out, manifest.of(collection)));
        return workers.run(request.call(), () -> source.recoverPosted(from, key, told))
                .thenCompose(written -> written.map(Written::durable)
                        .orElse(CompletableFuture.completedFuture(0L))
                        .thenApply(done -> request.ok(out -> out.writeBoolean(written.isPresent()))));
    }

    private static Collection shard(Endpoints.Request request) {
        SnapshotRoutes.requireShard(request.path());
        return request.collection();
    }

    private static Archives archives(Endpoints.Request request) {
        return request.services().catalogue().archives();
    }
}
