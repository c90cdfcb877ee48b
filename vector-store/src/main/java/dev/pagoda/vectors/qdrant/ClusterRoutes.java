package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Collection;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// What a node says about the cluster that it is not part of.
final class ClusterRoutes {
    private final Endpoints endpoints;

    /// JavaScript can read it.
    private final long peer = ThreadLocalRandom.current().nextLong(1, 1L << 53);

    ClusterRoutes(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    void mount(Router surface) {
        endpoints.read(surface, HttpMethod.GET, "/cluster", _ -> out -> Reply.value(out, Map.of("status", "disabled")));
        endpoints.read(surface, HttpMethod.GET, "/cluster/telemetry", this::telemetry);
        endpoints.write(surface, HttpMethod.POST, "/cluster/recover", _ -> Optional.empty(), (_, _) -> {
            throw Faults.standalone();
        });
        endpoints.read(surface, HttpMethod.DELETE, "/cluster/peer/:peer", request -> {
            requirePeer(request.path().getOrDefault("peer", ""));
            request.parameters().flag("force");
            throw Faults.standalone();
        });
        endpoints.read(surface, HttpMethod.GET, "/collections/:name/cluster", request -> cluster(request.collection()));
        endpoints.read(surface, HttpMethod.POST, "/collections/:name/cluster", request -> {
            request.read(Json::map);
            throw Faults.standalone();
        });
        endpoints.read(surface, HttpMethod.GET, "/collections/:name/shards", request -> {
            request.collection();
            return out -> Reply.value(out, Map.of("shard_keys", List.of()));
        });
        endpoints.read(surface, HttpMethod.PUT, "/collections/:name/shards", ClusterRoutes::shardKey);
        endpoints.read(surface, HttpMethod.POST, "/collections/:name/shards/delete", ClusterRoutes::shardKey);
    }

    /// One node has no custom sharding: there is no key to make or to drop.
    private static Reply.Content shardKey(Endpoints.Request request) {
        Fields fields = Fields.of(request.read(Json::map), "");
        Object key = fields.get("shard_key");
        if (!(key instanceof String || (key instanceof Long number && number >= 0))) {
            throw Faults.format(
                    key == null
                            ? "missing field `shard_key`"
                            : "data did not match any variant of untagged enum ShardKey");
        }
        request.collection();
        throw Faults.badRequest("Shard Key " + key + " is not supported with Auto sharding method");
    }

    private static void requirePeer(String id) {
        try {
            Long.parseUnsignedLong(id);
        } catch (NumberFormatException noNumber) {
            throw Faults.pathParameter("can not parse \"" + id + "\" to a u64");
        }
    }

    private Reply.Content cluster(Collection collection) {
        Map<String, @Nullable Object> shard = new LinkedHashMap<>();
        shard.put("shard_id", 0L);
        shard.put("points_count", collection.points());
        shard.put("state", "Active");
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("peer_id", peer);
        result.put("shard_count", 1L);
        result.put("local_shards", List.of(shard));
        result.put("remote_shards", List.of());
        result.put("shard_transfers", List.of());
        return out -> Reply.value(out, result);
    }

    private Reply.Content telemetry(Endpoints.Request request) {
        request.parameters().number("details_level", 0);
        Map<String, @Nullable Object> collections = new LinkedHashMap<>();
        for (Collection collection :
                request.services().catalogue().list(request.call().tenant())) {
            Map<String, @Nullable Object> replica = new LinkedHashMap<>();
            replica.put("peer_id", peer);
            replica.put("state", "Active");
            replica.put("status", CollectionInfo.status(collection));
            replica.put("num_points", collection.points());
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("id", collection.name());
            one.put("shards", List.of(Map.of("id", 0L, "replicas", List.of(replica))));
            one.put("reshardings", List.of());
            one.put("shard_transfers", List.of());
            collections.put(collection.name(), one);
        }
        Map<String, @Nullable Object> cluster = new LinkedHashMap<>();
        cluster.put("enabled", false);
        cluster.put("number_of_peers", 1L);
        cluster.put("peers", Map.of());
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("collections", collections);
        result.put("cluster", cluster);
        return out -> Reply.value(out, result);
    }
}
