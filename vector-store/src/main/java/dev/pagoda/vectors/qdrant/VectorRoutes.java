package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Written;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The paths that add a vector field to a collection and take one away.
final class VectorRoutes {
    private static final String PATH = "/collections/:name/vectors/:vector";

    private final Endpoints endpoints;

    VectorRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        endpoints.change(surface, HttpMethod.PUT, PATH, VectorRoutes::add);
        endpoints.change(surface, HttpMethod.DELETE, PATH, VectorRoutes::remove);
    }

    private static Optional<Written> add(Endpoints.Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        String name = name(request);
        return Optional.of(request.collection().configure(config -> VectorConfigs.withField(config, name, body)));
    }

    private static Optional<Written> remove(Endpoints.Request request) {
        String name = name(request);
        return Optional.of(request.collection().configure(config -> VectorConfigs.withoutField(config, name)));
    }

    private static String name(Endpoints.Request request) {
        return request.path().getOrDefault("vector", "");
    }
}
