package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.pagoda.gateway.cassette.CassetteConfig.Mode;
import dev.pagoda.gateway.cassette.Interaction.Answer;
import dev.pagoda.gateway.cassette.Interaction.Piece;
import dev.pagoda.gateway.upstream.UpstreamSpec;
import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Servers on the loopback interface that speak OpenAI's API and answer from files. To the gateway they are upstreams
/// like others, so that limits, checks, routes and every protocol are between a client and what was recorded.
///
/// `replay` answers what was recorded and refuses all else with 404 `cassette_miss`, telling what is most like it;
/// `record` asks a server for what is not there and keeps that, unless it is 408, 429 or 5xx; `passthrough` asks it
/// always; `script` follows rules. Requests are told apart by method, path and body, whatever the order of its fields.
public final class Cassettes {
    private static final Logger LOG = LoggerFactory.getLogger(Cassettes.class);
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final long MAX_SCRIPT_BYTES = 16L << 20;
    private static final String JSON_TYPE = "application/json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx;
    private final List<CassetteConfig> configs;
    private final UnaryOperator<String> environment;
    private final Map<String, Player> players = new LinkedHashMap<>();
    private @Nullable HttpServer server;
    private @Nullable HttpClient client;

    /// What answers under a name: a script, or else a deck.
    private record Player(CassetteConfig config, @Nullable Script script, Deck deck) {}

    /// A request that has arrived.
    ///
    /// @param path below the name, for example `/chat/completions`
    /// @param body canonical
    private record Asked(Player player, HttpServerRequest request, String path, Buffer bytes, JsonNode body) {
        String method() {
            return request.method().name();
        }
    }

    /// @param environment value of a variable, null when it is not set
    public Cassettes(Vertx vertx, List<CassetteConfig> configs, UnaryOperator<String> environment) {
        this.vertx = vertx;
        this.configs = List.copyOf(configs);
        this.environment = environment;
    }

    /// Reads the files and begins to listen.
    ///
    /// @return the servers as upstreams, none without cassettes
    public Future<List<UpstreamSpec>> start() {
        if (configs.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        client = vertx.createHttpClient();
        return vertx.executeBlocking(() -> {
                    for (CassetteConfig config : configs) {
                        if (players.put(config.name(), player(config)) != null) {
                            throw new IllegalArgumentException("two cassettes have the name " + config.name());
                        }
                    }
                    return true;
                })
                .compose(read -> vertx.createHttpServer(ServerOptions.usual())
                        .requestHandler(this::handle)
                        .listen(0, "127.0.0.1"))
                .map(listening -> {
                    server = listening;
                    return configs.stream()
                            .map(config -> spec(config, listening.actualPort()))
                            .toList();
                });
    }

    /// Writes what was recorded.
    public Future<Void> close() {
        List<Future<?>> all = new ArrayList<>();
        if (server != null) {
            all.add(server.close());
        }
        if (client != null) {
            all.add(client.close());
        }
        players.values().forEach(player -> all.add(player.deck().written()));
        return all.isEmpty() ? Future.succeededFuture() : Future.join(all).mapEmpty();
    }

    private Player player(CassetteConfig config) throws IOException {
        boolean isScript = config.answers() == Mode.SCRIPT;
        return new Player(
                config,
                isScript ? script(Path.of(config.file())) : null,
                isScript ? Deck.empty(vertx, config) : Deck.open(vertx, config));
    }

    /// YAML, of which JSON is a part.
    private static Script script(Path file) throws IOException {
        if (Files.size(file) > MAX_SCRIPT_BYTES) {
            throw new IllegalArgumentException(file + " is longer than " + MAX_SCRIPT_BYTES + " bytes");
        }
        try {
            return new YAMLMapper().readValue(file.toFile(), Script.class);
        } catch (JsonProcessingException wrong) {
            throw new IllegalArgumentException(file + " is no script: " + wrong.getMessage(), wrong);
        }
    }

    private static UpstreamSpec spec(CassetteConfig config, int port) {
        var models = new TreeMap<String, String>();
        config.models().forEach(model -> models.put(model, model));
        return new UpstreamSpec(
                "cassette-" + config.name(),
                "http://127.0.0.1:" + port + "/" + config.name(),
                null,
                models,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private void handle(HttpServerRequest request) {
        String[] steps = request.path().split("/", 3);
        Player player = steps.length == 3 ? players.get(steps[1]) : null;
        if (player == null) {
            say(request.response(), 404, Errors.body("there is no cassette at " + request.path(), "cassette_unknown"));
            return;
        }
        Buffer bytes = Buffer.buffer();
        request.handler(part -> {
            if (bytes.length() + part.length() > MAX_BODY_BYTES) {
                request.connection().close();
            } else {
                bytes.appendBuffer(part);
            }
        });
        request.endHandler(end -> answer(new Asked(player, request, "/" + steps[2], bytes, body(bytes))));
    }

    private static JsonNode body(Buffer bytes) {
        try {
            return CanonicalJson.of(JSON.readTree(bytes.getBytes()));
        } catch (IOException notJson) {
            return TextNode.valueOf(bytes.toString());
        }
    }

    private void answer(Asked asked) {
        Player player = asked.player();
        Optional<Answer> known = switch (player.config().answers()) {
            case SCRIPT -> scripted(player, asked);
            case REPLAY, RECORD -> player.deck().find(asked.method(), asked.path(), asked.body());
            case PASSTHROUGH -> Optional.empty();
        };
        HttpServerResponse response = asked.request().response();
        if (known.isPresent()) {
            play(response, known.get(), player.config().isTimed() || player.script() != null);
        } else {
            switch (player.config().answers()) {
                case SCRIPT ->
                    say(
                            response,
                            404,
                            Errors.body(
                                    "no rule of the script fits this " + asked.method() + " " + asked.path(),
                                    "script_miss"));
                case REPLAY ->
                    say(
                            response,
                            404,
                            Errors.body(
                                    player.deck().missing(asked.method(), asked.path(), asked.body()),
                                    "cassette_miss"));
                case RECORD, PASSTHROUGH -> forward(asked);
            }
        }
    }

    private static Optional<Answer> scripted(Player player, Asked asked) {
        return asked.path().equals("/chat/completions")
                ? ScriptedAnswer.of(Objects.requireNonNull(player.script()), asked.body())
                : Optional.empty();
    }

    private static void say(HttpServerResponse response, int status, String body) {
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON_TYPE)
                .end(body)
                .onFailure(gone -> {});
    }

    private void play(HttpServerResponse response, Answer answer, boolean isTimed) {
        response.setStatusCode(answer.status());
        if (!answer.contentType().isEmpty()) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType());
        }
        if (answer.retryAfter() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(answer.retryAfter()));
        }
        // what is written down would be answered again and again
        response.putHeader("x-should-retry", "false").setChunked(true);
        play(response, answer.pieces(), 0, 0, isTimed);
    }

    private void play(HttpServerResponse response, List<Piece> pieces, int from, long atMillis, boolean isTimed) {
        for (int i = from; i < pieces.size() && !response.closed(); i++) {
            Piece piece = pieces.get(i);
            long wait = piece.millis() - atMillis;
            if (isTimed && wait > 0) {
                int next = i;
                vertx.setTimer(wait, v -> play(response, pieces, next, piece.millis(), true));
                return;
            }
            response.write(piece.text()).onFailure(gone -> {});
        }
        if (!response.closed()) {
            response.end().onFailure(gone -> {});
        }
    }

    private void forward(Asked asked) {
        CassetteConfig config = asked.player().config();
        String base = Objects.requireNonNull(config.baseUrl());
        var options = new RequestOptions()
                .setAbsoluteURI((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + asked.path())
                .setMethod(asked.request().method())
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON_TYPE);
        String key = config.apiKeyEnv() == null ? null : environment.apply(config.apiKeyEnv());
        if (key != null) {
            options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + key);
        }
        long begunNanos = System.nanoTime();
        HttpServerResponse response = asked.request().response();
        Objects.requireNonNull(client)
                .request(options)
                .compose(opened -> {
                    response.closeHandler(left -> opened.reset());
                    return opened.send(asked.bytes()).map(answer -> {
                        pass(asked, opened, answer, begunNanos);
                        return answer;
                    });
                })
                .onFailure(failed -> say(
                        response,
                        502,
                        Errors.body(
                                "the server behind the cassette did not answer: " + failed.getMessage(),
                                "cassette_server")));
    }

    private static void pass(Asked asked, HttpClientRequest opened, HttpClientResponse answer, long begunNanos) {
        HttpServerResponse response = asked.request().response();
        String type = Objects.requireNonNullElse(answer.getHeader(HttpHeaders.CONTENT_TYPE), "");
        var pieces = new TextPieces();
        response.setStatusCode(answer.statusCode()).setChunked(true);
        if (!type.isEmpty()) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, type);
        }
        answer.handler(part -> {
            pieces.add((System.nanoTime() - begunNanos) / 1_000_000, part.getBytes());
            response.write(part).onFailure(gone -> opened.reset());
        });
        answer.exceptionHandler(broken -> asked.request().connection().close());
        answer.endHandler(end -> {
            int status = answer.statusCode();
            boolean isPassing = status == 408 || status == 429 || status >= 500;
            if (asked.player().config().answers() == Mode.RECORD && !isPassing) {
                pieces.all()
                        .ifPresentOrElse(
                                all -> asked.player()
                                        .deck()
                                        .record(new Interaction(
                                                asked.method(),
                                                asked.path(),
                                                asked.body(),
                                                new Answer(status, type, 0, all))),
                                () -> LOG.warn("an answer to {} is no text and was not recorded", asked.path()));
            }
            response.end().onFailure(gone -> {});
        });
    }
}
