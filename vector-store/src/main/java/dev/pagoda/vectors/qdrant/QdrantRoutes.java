package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.vectors.collection.Services;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.function.Supplier;

/// The paths of Qdrant.
public final class QdrantRoutes {
    private final Endpoints endpoints;

    /// @param services the store; refuses with `Refused` while it is not running
    public QdrantRoutes(Vertx vertx, Supplier<Services> services) {
        this.endpoints = new Endpoints(vertx, services);
        // so that calls from this process are answered whether or not HTTP is served
        register(Router.router(vertx));
    }

    /// The same calls for another protocol in this process.
    public LocalCalls local() {
        return new LocalCalls(endpoints);
    }

    /// Puts `/` and everything below `/collections` and `/aliases` on the shared port.
    public void mount(Router root, HttpFloor http, long maxBodyBytes, Duration maxWait) {
        root.get("/").handler(ServerTitle::answer);
        Router surface = http.surface(Faults.FORM, maxBodyBytes, maxWait);
        register(surface);
        HttpFloor.mount(root, surface, "/collections", "/aliases");
    }

    private void register(Router surface) {
        new CollectionRoutes(endpoints).mount(surface);
        new VectorRoutes(endpoints).mount(surface);
        new PointRoutes(endpoints).mount(surface);
        new SearchRoutes(endpoints).mount(surface);
    }
}
