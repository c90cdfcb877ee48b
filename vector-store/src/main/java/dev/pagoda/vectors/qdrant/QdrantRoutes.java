package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.vectors.collection.Services;
import dev.pagoda.vectors.collection.Workers;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The paths of Qdrant.
public final class QdrantRoutes {
    private static final List<String> OWNED =
            List.of("/collections", "/aliases", "/cluster", "/telemetry", "/issues", "/quotas", "/snapshots");

    private final Vertx vertx;
    private final Supplier<Services> services;
    private final Endpoints endpoints;
    private final SnapshotDownload downloads;
    private final List<Consumer<Router>> parts;

    /// @param services the store; refuses with `Refused` while it is not running
    /// @param hosts    that snapshots may be fetched from
    public QdrantRoutes(Vertx vertx, Supplier<Services> services, SnapshotHosts hosts) {
        this.vertx = vertx;
        this.services = services;
        this.endpoints = new Endpoints(vertx, services);
        this.downloads = new SnapshotDownload(vertx, hosts);
        Workers snapshots = new Workers("vectors-snapshots", 2, 64);
        SnapshotFiles files = new SnapshotFiles(vertx, endpoints, snapshots);
        ShardManifest manifest = new ShardManifest();
        this.parts = List.of(
                new CollectionRoutes(endpoints)::mount,
                new VectorRoutes(endpoints)::mount,
                new PointRoutes(endpoints)::mount,
                new SearchRoutes(endpoints)::mount,
                new ServiceRoutes(endpoints, new TelemetryPage(manifest))::mount,
                new SnapshotRoutes(endpoints, snapshots, downloads, files)::mount,
                new PartialSnapshotRoutes(endpoints, snapshots, downloads, files, manifest)::mount,
                new ClusterRoutes(endpoints)::mount);
        // so that calls from this process are answered whether or not HTTP is served
        register(Router.router(vertx));
    }

    /// The same calls for another protocol in this process.
    public LocalCalls local() {
        return new LocalCalls(endpoints);
    }

    /// Puts `/` and everything that Qdrant has below its other paths on the shared port.
    public void mount(Router root, HttpFloor http, long maxBodyBytes, Duration maxWait) {
        endpoints.limit(maxBodyBytes);
        root.get("/").handler(ServerTitle::answer);
        CrossOrigin crossOrigin = new CrossOrigin();
        root.route("/*").handler(ctx -> {
            String path = ctx.normalizedPath();
            if (OWNED.stream().anyMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"))) {
                crossOrigin.handle(ctx);
            } else {
                ctx.next();
            }
        });
        new SnapshotUploads(vertx, services, downloads).mount(root, http, maxWait);
        Router surface = http.unpacking(Faults.FORM, maxBodyBytes, maxWait);
        surface.route().handler(new RequestFigures(services));
        register(surface);
        HttpFloor.mount(root, surface, OWNED.toArray(String[]::new));
    }

    private void register(Router surface) {
        parts.forEach(part -> part.accept(surface));
    }
}
