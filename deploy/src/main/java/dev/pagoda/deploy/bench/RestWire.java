package dev.pagoda.deploy.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Qdrant over HTTP/1.1 and JSON, a number of connections that stay open.
final class RestWire implements QdrantWire {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final long TIMEOUT_MILLIS = TimeUnit.MINUTES.toMillis(5);
    private static final int LONGEST_ERROR = 400;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final HttpClient client;
    private final URI url;
    private final String apiKey;

    /// @param apiKey empty: none is sent
    RestWire(URI url, String apiKey, int connections) {
        this.url = url;
        this.apiKey = apiKey;
        boolean isTls = url.getScheme().equals("https");
        int port = url.getPort() >= 0 ? url.getPort() : isTls ? 443 : 80;
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setSsl(isTls)
                        .setDefaultHost(url.getHost())
                        .setDefaultPort(port)
                        .setConnectTimeout(5_000),
                new PoolOptions().setHttp1MaxSize(connections));
    }

    @Override
    public String label() {
        return "rest";
    }

    @Override
    public CompletableFuture<String> version() {
        return send(HttpMethod.GET, "/", Buffer.buffer())
                .thenApply(answer -> answer.path("title").asText("?") + " "
                        + answer.path("version").asText("?"));
    }

    private interface Content {
        void write(JsonGenerator out) throws IOException;
    }

    private static Buffer json(int size, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(size);
        try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
            out.writeStartObject();
            content.write(out);
            out.writeEndObject();
        } catch (IOException unreachable) {
            throw new UncheckedIOException("writing to memory", unreachable);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    @Override
    public CompletableFuture<Void> create(String collection, int dimensions, QdrantDistance distance) {
        Buffer body = json(128, out -> {
            out.writeObjectFieldStart("vectors");
            out.writeNumberField("size", dimensions);
            out.writeStringField("distance", distance.wireName());
            out.writeEndObject();
        });
        CompletableFuture<JsonNode> made = send(HttpMethod.PUT, path(collection, ""), body);
        for (ResultTag tag : QdrantData.TAGS) {
            if (tag.modulus() > 1) {
                made = made.thenCompose(_ -> index(collection, QdrantWire.field(tag)));
            }
        }
        return made.thenAccept(_ -> {});
    }

    private CompletableFuture<JsonNode> index(String collection, String field) {
        return send(HttpMethod.PUT, path(collection, "/index?wait=true"), json(128, out -> {
            out.writeStringField("field_name", field);
            out.writeStringField("field_schema", "integer");
        }));
    }

    @Override
    public CompletableFuture<Void> upsert(String collection, float[][] base, int from, int to) {
        Buffer body = json((to - from) * base[0].length * 12, out -> {
            out.writeArrayFieldStart("points");
            for (int row = from; row < to; row++) {
                out.writeStartObject();
                out.writeNumberField("id", row);
                out.writeFieldName("vector");
                floats(out, base[row]);
                out.writeObjectFieldStart("payload");
                for (ResultTag tag : QdrantData.TAGS) {
                    if (tag.modulus() > 1) {
                        out.writeNumberField(QdrantWire.field(tag), row % tag.modulus());
                    }
                }
                out.writeEndObject();
                out.writeEndObject();
            }
            out.writeEndArray();
        });
        return send(HttpMethod.PUT, path(collection, "/points?wait=true"), body).thenAccept(_ -> {});
    }

    private static void floats(JsonGenerator out, float[] values) throws IOException {
        out.writeStartArray();
        for (float value : values) {
            out.writeNumber(value);
        }
        out.writeEndArray();
    }

    @Override
    public CompletableFuture<State> state(String collection) {
        return send(HttpMethod.GET, path(collection, ""), Buffer.buffer()).thenApply(answer -> {
            JsonNode result = answer.path("result");
            return new State(
                    result.path("status").asText().equals("green"),
                    result.path("points_count").asLong(),
                    result.path("indexed_vectors_count").asLong());
        });
    }

    @Override
    public Question question(String collection, float[] query, ResultTag tag, OptionalInt ef) {
        Buffer body = json(query.length * 12 + 128, out -> {
            out.writeFieldName("query");
            floats(out, query);
            out.writeNumberField("limit", QdrantData.LIMIT);
            if (ef.isPresent()) {
                out.writeObjectFieldStart("params");
                out.writeNumberField("hnsw_ef", ef.getAsInt());
                out.writeEndObject();
            }
            if (tag.modulus() > 1) {
                out.writeObjectFieldStart("filter");
                out.writeObjectFieldStart("must");
                out.writeStringField("key", QdrantWire.field(tag));
                out.writeObjectFieldStart("match");
                out.writeNumberField("value", ResultTag.REMAINDER);
                out.writeEndObject();
                out.writeEndObject();
                out.writeEndObject();
            }
        });
        String path = path(collection, "/points/query");
        return () -> send(HttpMethod.POST, path, body).thenApply(RestWire::ids);
    }

    private static int[] ids(JsonNode answer) {
        JsonNode points = answer.path("result").path("points");
        int[] ids = new int[points.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = points.get(i).path("id").asInt(-1);
        }
        return ids;
    }

    @Override
    public CompletableFuture<Void> drop(String collection) {
        return send(HttpMethod.DELETE, path(collection, ""), Buffer.buffer()).thenAccept(_ -> {});
    }

    private static String path(String collection, String rest) {
        return "/collections/" + collection + rest;
    }

    private CompletableFuture<JsonNode> send(HttpMethod method, String path, Buffer body) {
        String prefix = url.getPath() == null ? "" : url.getPath().replaceAll("/+$", "");
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setURI(prefix + path)
                .setTimeout(TIMEOUT_MILLIS)
                .putHeader("content-type", "application/json");
        if (!apiKey.isEmpty()) {
            options.putHeader("api-key", apiKey);
        }
        return client.request(options)
                .compose(request -> answer(request, body, method + " " + path))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private static Future<JsonNode> answer(HttpClientRequest request, Buffer body, String what) {
        return request.send(body)
                .compose(response -> response.body().map(answer -> read(response.statusCode(), answer, what)));
    }

    private static JsonNode read(int status, Buffer answer, String what) {
        if (status / 100 != 2) {
            String text = answer.toString();
            throw new QdrantFailed(what + " was answered with " + status + ": "
                    + text.substring(0, Math.min(LONGEST_ERROR, text.length())));
        }
        try {
            return JSON.readTree(answer.getBytes());
        } catch (IOException noJson) {
            throw new QdrantFailed(what + " was answered with " + status + " and no JSON");
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
