package dev.pagoda.gateway.upstream;

import dev.pagoda.gateway.route.Breaker;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// A server with its connections, and what is known of its health. Each event loop has connections of its
/// own, so that an answer never changes threads. Safe from any thread.
final class Target {
    private static final int MAX_WAITING_FOR_CONNECTION = 10_000;
    private static final int KEEP_ALIVE_SECONDS = 60;
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private final Vertx vertx;
    private final UpstreamSpec spec;
    private final URI uri;
    private final boolean isTls;
    private final int port;
    private final @Nullable String authorization;
    private final Map<String, RequestOptions> posts = new ConcurrentHashMap<>();
    private final Map<Thread, HttpClient> clients = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    final Breaker breaker = new Breaker(Breaker.Rules.DEFAULT);
    final LongAdder requests = new LongAdder();
    final LongAdder failures = new LongAdder();

    /// @param key the server's own, empty: none is sent
    Target(Vertx vertx, UpstreamSpec spec, Optional<String> key) {
        this.vertx = vertx;
        this.spec = spec;
        this.uri = spec.uri();
        this.isTls = uri.getScheme().equals("https");
        this.port = uri.getPort() > 0 ? uri.getPort() : isTls ? 443 : 80;
        this.authorization = key.map(secret -> "Bearer " + secret).orElse(null);
    }

    UpstreamSpec spec() {
        return spec;
    }

    /// What the server calls the model.
    String ownName(String model) {
        return Objects.requireNonNull(spec.models().get(model), "the server does not answer for this model");
    }

    /// The connections of the calling event loop.
    HttpClient client() {
        Thread loop = Thread.currentThread();
        HttpClient known = clients.get(loop);
        return known != null ? known : clients.computeIfAbsent(loop, thread -> open());
    }

    /// A request to a path below the base URL; not to be changed.
    ///
    /// @param path one of the few that are relayed
    RequestOptions post(String path) {
        RequestOptions known = posts.get(path);
        return known != null ? known : posts.computeIfAbsent(path, this::options);
    }

    /// Adds the headers that every request to the server has.
    void dress(MultiMap headers) {
        headers.set(HttpHeaders.CONTENT_TYPE, JSON);
        if (authorization != null) {
            headers.set(HttpHeaders.AUTHORIZATION, authorization);
        }
    }

    private RequestOptions options(String path) {
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(uri.getHost())
                .setPort(port)
                .setSsl(isTls)
                .setURI(uri.getRawPath() + path)
                .setConnectTimeout(spec.connectMillis());
    }

    boolean isClosed() {
        return isClosed;
    }

    /// Ends its connections when the requests on them have ended.
    void close() {
        isClosed = true;
        clients.values().forEach(HttpClient::shutdown);
        clients.clear();
    }

    private HttpClient open() {
        var options = new HttpClientOptions()
                .setKeepAlive(true)
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setTcpNoDelay(true)
                .setVerifyHost(true)
                .setConnectTimeout(spec.connectMillis())
                .setMaxHeaderSize(64 << 10)
                .setDecompressionSupported(false);
        var pool =
                new PoolOptions().setHttp1MaxSize(spec.connections()).setMaxWaitQueueSize(MAX_WAITING_FOR_CONNECTION);
        return vertx.httpClientBuilder().with(options).with(pool).build();
    }
}
