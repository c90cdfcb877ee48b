package dev.pagoda.gateway.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The target as the generator asks it before and after a run: which models it serves, what it has metered.
final class Target implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 10;
    private static final ObjectMapper JSON = new ObjectMapper();
    /// Parts of ids of models that embed rather than chat.
    private static final List<String> EMBEDDING_MARKS = List.of("embed", "minilm", "bge-", "rerank");

    private final Context context;
    private final HttpClientAgent client;
    private final URI base;
    private final @Nullable String apiKey;

    Target(Vertx vertx, URI base, @Nullable String apiKey) {
        this.context = vertx.getOrCreateContext();
        this.client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(5_000));
        this.base = base;
        this.apiKey = apiKey;
    }

    /// An answer's status and body.
    record Answer(int status, String body) {}

    /// The first model that the target lists and that does not look like an embedding model.
    Future<String> firstChatModel() {
        return get("/v1/models").map(answer -> {
            require(answer, "/v1/models");
            for (JsonNode model : json(answer.body(), "/v1/models").path("data")) {
                String id = model.path("id").asText();
                String lower = id.toLowerCase(Locale.ROOT);
                if (!id.isEmpty() && EMBEDDING_MARKS.stream().noneMatch(lower::contains)) {
                    return id;
                }
            }
            throw new LoadException(base + " lists no chat model; name one with --model");
        });
    }

    /// Fails with a sentence unless the target answers and accepts the key; a target without `/v1/models` passes.
    Future<Void> check() {
        return get("/v1/models").map(answer -> {
            if (answer.status() != 404) {
                require(answer, "/v1/models");
            }
            return null;
        });
    }

    /// Asks one path under the base URL.
    Future<Answer> get(String path) {
        String prefix = base.getRawPath() == null ? "" : base.getRawPath();
        boolean secure = "https".equals(base.getScheme());
        int port = base.getPort() >= 0 ? base.getPort() : secure ? 443 : 80;
        var options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost(base.getHost())
                .setPort(port)
                .setSsl(secure)
                .setURI(prefix + path);
        if (apiKey != null) {
            options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + apiKey);
        }
        Promise<Answer> promise = Promise.promise();
        // on a context: a response whose body is asked for from another thread may have gone by already
        context.runOnContext(v -> client.request(options)
                .compose(HttpClientRequest::send)
                .compose(response -> response.body().map(body -> new Answer(response.statusCode(), body.toString())))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .recover(failure -> Future.failedFuture(unreachable(failure)))
                .onComplete(promise));
        return promise.future();
    }

    /// @throws LoadException with the target's own words unless the status is 200
    void require(Answer answer, String path) {
        if (answer.status() != 200) {
            throw new LoadException(
                    base + path + " answered " + answer.status() + ": " + ChunkReading.messageOfBody(answer.body()));
        }
    }

    /// @throws LoadException if the body is not JSON
    JsonNode json(String body, String path) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new LoadException(base + path + " did not answer JSON; is this an OpenAI-compatible server?");
        }
    }

    private LoadException unreachable(Throwable failure) {
        String why = switch (failure) {
            case ConnectException e -> "connection refused; is the server up (./pagoda up)?";
            case UnknownHostException e -> "unknown host";
            default -> String.valueOf(failure.getMessage());
        };
        return new LoadException("cannot reach " + base + ": " + why);
    }

    @Override
    public void close() {
        client.close().onFailure(alreadyClosed -> {});
    }
}
