package dev.pagoda.vectors.qdrant;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The paths of collections: their life, configuration, payload indexes and aliases.
final class CollectionRoutes {
    private final Endpoints endpoints;

    CollectionRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        endpoints.read(surface, HttpMethod.GET, "/collections", this::listCollections);
        endpoints.read(surface, HttpMethod.GET, "/aliases", _ -> CollectionRoutes::noAliases);
        endpoints.read(surface, HttpMethod.GET, "/collections/:name/aliases", request -> {
            request.collection();
            return CollectionRoutes::noAliases;
        });
        endpoints.read(surface, HttpMethod.GET, "/collections/:name/exists", request -> {
            boolean exists = endpoints
                    .services()
                    .catalogue()
                    .find(request.call().tenant(), request.name())
                    .isPresent();
            return out -> {
                out.writeStartObject();
                out.writeBooleanField("exists", exists);
                out.writeEndObject();
            };
        });
        endpoints.read(
                surface, HttpMethod.GET, "/collections/:name", request -> CollectionInfo.of(request.collection()));
        endpoints.write(
                surface, HttpMethod.PUT, "/collections/:name", this::create, (_, out) -> out.writeBoolean(true));
        endpoints.write(
                surface, HttpMethod.PATCH, "/collections/:name", this::update, (_, out) -> out.writeBoolean(true));
        endpoints.write(
                surface,
                HttpMethod.DELETE,
                "/collections/:name",
                request -> endpoints.services().catalogue().drop(request.call().tenant(), request.name()),
                (done, out) -> out.writeBoolean(done.isPresent()));
        endpoints.change(surface, HttpMethod.PUT, "/collections/:name/index", this::createIndex);
        endpoints.change(
                surface,
                HttpMethod.DELETE,
                "/collections/:name/index/:field",
                request -> configure(request, config -> {
                    Map<String, @Nullable Object> schema = new LinkedHashMap<>(config.payloadSchema());
                    schema.remove(request.path().getOrDefault("field", ""));
                    return config.withPayloadSchema(schema);
                }));
    }

    private Reply.Content listCollections(Endpoints.Request request) {
        List<String> names = endpoints
                .services()
                .catalogue()
                .list(request.call().tenant())
                .stream()
                .map(Collection::name)
                .toList();
        return out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("collections");
            for (String name : names) {
                out.writeStartObject();
                out.writeStringField("name", name);
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        };
    }

    private static void noAliases(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("aliases");
        out.writeEndArray();
        out.writeEndObject();
    }

    private Optional<Written> create(Endpoints.Request request) {
        CollectionConfig config = Configs.create(request.read(Json::map));
        return Optional.of(
                endpoints.services().catalogue().create(request.call().tenant(), request.name(), config));
    }

    private Optional<Written> update(Endpoints.Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        return configure(request, config -> Configs.update(config, body));
    }

    private Optional<Written> createIndex(Endpoints.Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        return configure(request, config -> config.withPayloadSchema(IndexSchemas.with(config, body)));
    }

    private Optional<Written> configure(Endpoints.Request request, UnaryOperator<CollectionConfig> change) {
        return Optional.of(request.collection().configure(change));
    }
}
