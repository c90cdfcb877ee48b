package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.vectors.grpc.Exchange.Turn;
import dev.pagoda.vectors.qdrant.LocalCalls;
import io.grpc.stub.StreamObserver;
import io.qdrant.client.grpc.Collections.AliasDescription;
import io.qdrant.client.grpc.Collections.AliasOperations;
import io.qdrant.client.grpc.Collections.ChangeAliases;
import io.qdrant.client.grpc.Collections.CollectionClusterInfoRequest;
import io.qdrant.client.grpc.Collections.CollectionClusterInfoResponse;
import io.qdrant.client.grpc.Collections.CollectionDescription;
import io.qdrant.client.grpc.Collections.CollectionExists;
import io.qdrant.client.grpc.Collections.CollectionExistsRequest;
import io.qdrant.client.grpc.Collections.CollectionExistsResponse;
import io.qdrant.client.grpc.Collections.CollectionOperationResponse;
import io.qdrant.client.grpc.Collections.CreateCollection;
import io.qdrant.client.grpc.Collections.CreateShardKeyRequest;
import io.qdrant.client.grpc.Collections.CreateShardKeyResponse;
import io.qdrant.client.grpc.Collections.DeleteCollection;
import io.qdrant.client.grpc.Collections.DeleteShardKeyRequest;
import io.qdrant.client.grpc.Collections.DeleteShardKeyResponse;
import io.qdrant.client.grpc.Collections.GetCollectionInfoRequest;
import io.qdrant.client.grpc.Collections.GetCollectionInfoResponse;
import io.qdrant.client.grpc.Collections.ListAliasesRequest;
import io.qdrant.client.grpc.Collections.ListAliasesResponse;
import io.qdrant.client.grpc.Collections.ListCollectionAliasesRequest;
import io.qdrant.client.grpc.Collections.ListCollectionsRequest;
import io.qdrant.client.grpc.Collections.ListCollectionsResponse;
import io.qdrant.client.grpc.Collections.ListShardKeysRequest;
import io.qdrant.client.grpc.Collections.ListShardKeysResponse;
import io.qdrant.client.grpc.Collections.LocalShardInfo;
import io.qdrant.client.grpc.Collections.ReplicaState;
import io.qdrant.client.grpc.Collections.ShardKey;
import io.qdrant.client.grpc.Collections.UpdateCollection;
import io.qdrant.client.grpc.Collections.UpdateCollectionClusterSetupRequest;
import io.qdrant.client.grpc.Collections.UpdateCollectionClusterSetupResponse;
import io.qdrant.client.grpc.CollectionsGrpc;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// The service that makes, describes, changes and drops collections and their aliases.
final class CollectionCalls extends CollectionsGrpc.CollectionsImplBase {
    private static final String COLLECTIONS = "/collections";
    private static final String COLLECTION = COLLECTIONS + "/:name";

    private final Exchange exchange;

    CollectionCalls(Exchange exchange) {
        this.exchange = exchange;
    }

    @Override
    public void get(GetCollectionInfoRequest request, StreamObserver<GetCollectionInfoResponse> out) {
        exchange.answer(
                out,
                turn -> GetCollectionInfoResponse.newBuilder()
                        .setResult(turn.ask("GET " + COLLECTION, request.getCollectionName(), ConfigAnswers::info))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void list(ListCollectionsRequest request, StreamObserver<ListCollectionsResponse> out) {
        exchange.answer(out, turn -> {
            ListCollectionsResponse.Builder list = ListCollectionsResponse.newBuilder();
            node(turn, "GET " + COLLECTIONS, Map.of())
                    .path("collections")
                    .forEach(each -> list.addCollections(CollectionDescription.newBuilder()
                            .setName(each.path("name").asText())));
            return list.setTime(turn.seconds()).build();
        });
    }

    @Override
    public void create(CreateCollection request, StreamObserver<CollectionOperationResponse> out) {
        exchange.answer(
                out,
                turn -> operation(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PUT " + COLLECTION,
                        request.getCollectionName(),
                        body -> ConfigTokens.create(body, request)));
    }

    @Override
    public void update(UpdateCollection request, StreamObserver<CollectionOperationResponse> out) {
        exchange.answer(
                out,
                turn -> operation(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "PATCH " + COLLECTION,
                        request.getCollectionName(),
                        body -> ConfigTokens.update(body, request)));
    }

    @Override
    public void delete(DeleteCollection request, StreamObserver<CollectionOperationResponse> out) {
        exchange.answer(
                out,
                turn -> CollectionOperationResponse.newBuilder()
                        .setResult(turn.within(request.hasTimeout(), request.getTimeout())
                                .ask("DELETE " + COLLECTION, request.getCollectionName(), JsonParser::getBooleanValue))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void collectionExists(CollectionExistsRequest request, StreamObserver<CollectionExistsResponse> out) {
        exchange.answer(
                out,
                turn -> CollectionExistsResponse.newBuilder()
                        .setResult(CollectionExists.newBuilder()
                                .setExists(node(
                                                turn,
                                                "GET " + COLLECTION + "/exists",
                                                Map.of("name", request.getCollectionName()))
                                        .path("exists")
                                        .asBoolean()))
                        .setTime(turn.seconds())
                        .build());
    }

    @Override
    public void updateAliases(ChangeAliases request, StreamObserver<CollectionOperationResponse> out) {
        exchange.answer(
                out,
                turn -> operation(
                        turn.within(request.hasTimeout(), request.getTimeout()),
                        "POST " + COLLECTIONS + "/aliases",
                        "",
                        body -> actions(body, request.getActionsList())));
    }

    @Override
    public void listAliases(ListAliasesRequest request, StreamObserver<ListAliasesResponse> out) {
        exchange.answer(out, turn -> aliases(turn, node(turn, "GET /aliases", Map.of())));
    }

    @Override
    public void listCollectionAliases(ListCollectionAliasesRequest request, StreamObserver<ListAliasesResponse> out) {
        exchange.answer(
                out,
                turn -> aliases(
                        turn,
                        node(turn, "GET " + COLLECTION + "/aliases", Map.of("name", request.getCollectionName()))));
    }

    @Override
    public void collectionClusterInfo(
            CollectionClusterInfoRequest request, StreamObserver<CollectionClusterInfoResponse> out) {
        exchange.answer(out, turn -> {
            JsonNode node = node(turn, "GET " + COLLECTION + "/cluster", Map.of("name", request.getCollectionName()));
            CollectionClusterInfoResponse.Builder info = CollectionClusterInfoResponse.newBuilder()
                    .setPeerId(node.path("peer_id").asLong())
                    .setShardCount(node.path("shard_count").asLong());
            node.path("local_shards")
                    .forEach(shard -> info.addLocalShards(LocalShardInfo.newBuilder()
                            .setShardId(shard.path("shard_id").asInt())
                            .setPointsCount(shard.path("points_count").asLong())
                            .setState(ReplicaState.Active)));
            return info.build();
        });
    }

    @Override
    public void updateCollectionClusterSetup(
            UpdateCollectionClusterSetupRequest request, StreamObserver<UpdateCollectionClusterSetupResponse> out) {
        exchange.answer(
                out,
                turn -> UpdateCollectionClusterSetupResponse.newBuilder()
                        .setResult(turn.ask(
                                "POST " + COLLECTION + "/cluster",
                                request.getCollectionName(),
                                CollectionCalls::nothing,
                                JsonParser::getBooleanValue))
                        .build());
    }

    @Override
    public void createShardKey(CreateShardKeyRequest request, StreamObserver<CreateShardKeyResponse> out) {
        exchange.answer(
                out,
                turn -> CreateShardKeyResponse.newBuilder()
                        .setResult(turn.ask(
                                "PUT " + COLLECTION + "/shards",
                                request.getCollectionName(),
                                shardKey(request.getRequest().getShardKey()),
                                JsonParser::getBooleanValue))
                        .build());
    }

    @Override
    public void deleteShardKey(DeleteShardKeyRequest request, StreamObserver<DeleteShardKeyResponse> out) {
        exchange.answer(
                out,
                turn -> DeleteShardKeyResponse.newBuilder()
                        .setResult(turn.ask(
                                "POST " + COLLECTION + "/shards/delete",
                                request.getCollectionName(),
                                shardKey(request.getRequest().getShardKey()),
                                JsonParser::getBooleanValue))
                        .build());
    }

    /// There is no custom sharding on one node, so there are no keys; but the collection must exist.
    @Override
    public void listShardKeys(ListShardKeysRequest request, StreamObserver<ListShardKeysResponse> out) {
        exchange.answer(out, turn -> {
            node(turn, "GET " + COLLECTION + "/shards", Map.of("name", request.getCollectionName()));
            return ListShardKeysResponse.newBuilder().setTime(turn.seconds()).build();
        });
    }

    private static CollectionOperationResponse operation(
            Turn turn, String route, String collection, LocalCalls.Body body) throws IOException {
        return CollectionOperationResponse.newBuilder()
                .setResult(turn.ask(route, collection, body, JsonParser::getBooleanValue))
                .setTime(turn.seconds())
                .build();
    }

    private static LocalCalls.Body shardKey(ShardKey key) {
        return body -> {
            body.writeStartObject();
            body.writeFieldName("shard_key");
            ValueTokens.shardKey(body, key);
            body.writeEndObject();
        };
    }

    private static JsonNode node(Turn turn, String route, Map<String, String> path) throws IOException {
        return turn.ask(route, path, null, true, ConfigAnswers::tree);
    }

    private static void nothing(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeEndObject();
    }

    private static void actions(JsonGenerator out, List<AliasOperations> actions) throws IOException {
        out.writeStartObject();
        out.writeArrayFieldStart("actions");
        for (AliasOperations action : actions) {
            out.writeStartObject();
            switch (action.getActionCase()) {
                case CREATE_ALIAS -> {
                    out.writeObjectFieldStart("create_alias");
                    out.writeStringField(
                            "collection_name", action.getCreateAlias().getCollectionName());
                    out.writeStringField("alias_name", action.getCreateAlias().getAliasName());
                }
                case RENAME_ALIAS -> {
                    out.writeObjectFieldStart("rename_alias");
                    out.writeStringField(
                            "old_alias_name", action.getRenameAlias().getOldAliasName());
                    out.writeStringField(
                            "new_alias_name", action.getRenameAlias().getNewAliasName());
                }
                case DELETE_ALIAS -> {
                    out.writeObjectFieldStart("delete_alias");
                    out.writeStringField("alias_name", action.getDeleteAlias().getAliasName());
                }
                case ACTION_NOT_SET -> throw malformed("an action on aliases says nothing");
            }
            out.writeEndObject();
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static ListAliasesResponse aliases(Turn turn, JsonNode node) {
        ListAliasesResponse.Builder list = ListAliasesResponse.newBuilder();
        node.path("aliases")
                .forEach(each -> list.addAliases(AliasDescription.newBuilder()
                        .setAliasName(each.path("alias_name").asText())
                        .setCollectionName(each.path("collection_name").asText())));
        return list.setTime(turn.seconds()).build();
    }
}
