package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.collection.AliasChange;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The paths of collections: their life, configuration, payload indexes and aliases.
final class CollectionRoutes {
    private final Endpoints endpoints;

    CollectionRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        endpoints.read(surface, HttpMethod.GET, "/collections", this::listCollections);
        endpoints.read(surface, HttpMethod.GET, "/aliases", request -> aliases(aliases(request).entrySet().stream()));
        endpoints.read(surface, HttpMethod.GET, "/collections/:name/aliases", request -> {
            String collection = request.collection().name();
            return aliases(aliases(request).entrySet().stream()
                    .filter(entry -> entry.getValue().equals(collection)));
        });
        endpoints.write(
                surface,
                HttpMethod.POST,
                "/collections/aliases",
                this::changeAliases,
                (_, out) -> out.writeBoolean(true));
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
                this::drop,
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

    private static NavigableMap<String, String> aliases(Endpoints.Request request) {
        return request.services().catalogue().aliases(request.call().tenant());
    }

    private static Reply.Content aliases(Stream<Map.Entry<String, String>> aliases) {
        List<Map.Entry<String, String>> all = aliases.toList();
        return out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("aliases");
            for (Map.Entry<String, String> each : all) {
                out.writeStartObject();
                out.writeStringField("alias_name", each.getKey());
                out.writeStringField("collection_name", each.getValue());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        };
    }

    private Optional<Written> changeAliases(Endpoints.Request request) {
        List<AliasChange> changes = AliasBodies.changes(request.read(Json::map));
        return request.services().catalogue().changeAliases(request.call().tenant(), changes);
    }

    private Optional<Written> drop(Endpoints.Request request) {
        String tenant = request.call().tenant();
        Optional<Written> dropped = request.services().catalogue().drop(tenant, request.name());
        if (dropped.isPresent()) {
            request.services().meters().requests().forget(tenant, request.name());
        }
        return dropped;
    }

    private Optional<Written> create(Endpoints.Request request) {
        CollectionConfig config = Configs.create(request.read(Json::map));
        return Optional.of(
                endpoints.services().catalogue().create(request.call().tenant(), request.name(), config));
    }

    private Optional<Written> update(Endpoints.Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        return Optional.of(request.services()
                .catalogue()
                .getByName(request.call().tenant(), request.name())
                .configure(config -> Configs.update(config, body)));
    }

    private Optional<Written> createIndex(Endpoints.Request request) {
        Map<String, @Nullable Object> body = request.read(Json::map);
        return configure(request, config -> config.withPayloadSchema(IndexSchemas.with(config, body)));
    }

    private Optional<Written> configure(Endpoints.Request request, UnaryOperator<CollectionConfig> change) {
        return Optional.of(request.collection().configure(change));
    }
}
