package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.collection.Refusals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Fetches snapshots from other servers over HTTP, for administrators, from hosts that [SnapshotHosts] allows.
///
/// A name is looked up once and the address that was checked is the one connected to. Each redirection is checked
/// like the first location; it may not leave TLS, and the API key does not follow it to another server. A proxy is not
/// used. Bytes, redirections, silence and the whole time are bounded.
final class SnapshotDownload {
    static final String OFF = "Snapshot recovery from remote URLs is disabled in the configuration";

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration WHOLE = Duration.ofMinutes(30);
    private static final int MAX_REDIRECTS = 5;
    private static final int NOT_MODIFIED = 304;

    private final Vertx vertx;
    private final SnapshotHosts hosts;
    private final Names names;

    /// Looks names up.
    interface Names {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /// What is asked for.
    ///
    /// @param location `http` or `https`
    /// @param apiKey   sent along, null for none
    /// @param body     JSON to post, null to get
    record Wanted(
            URI location, @Nullable String apiKey, @Nullable Buffer body) {}

    /// One answer: a place to ask next, or whether there is a file.
    private record Step(@Nullable URI next, boolean isFile) {}

    SnapshotDownload(Vertx vertx, SnapshotHosts hosts) {
        this(vertx, hosts, InetAddress::getAllByName);
    }

    SnapshotDownload(Vertx vertx, SnapshotHosts hosts, Names names) {
        this.vertx = vertx;
        this.hosts = hosts;
        this.names = names;
    }

    /// Whether a caller may ask at all.
    ///
    /// @throws Refused if not
    void requireAllowed(Call call) {
        if (hosts.isOff()) {
            throw Faults.forbidden(OFF);
        }
        if (!call.principal().isAdmin()) {
            throw Faults.forbidden("recovering a snapshot from a URL takes a key with the role admin; a snapshot can"
                    + " also be uploaded");
        }
    }

    /// Fetches a file; the calling thread waits for it.
    ///
    /// @param mostBytes that it may have
    /// @return whether there was one; false if the server answered a posted body with "not modified"
    /// @throws Refused if the caller or a host is not allowed, or nothing whole comes
    boolean fetch(Call call, Wanted wanted, Path file, long mostBytes) {
        requireAllowed(call);
        long end = System.nanoTime() + WHOLE.toNanos();
        URI at = wanted.location();
        String key = wanted.apiKey();
        HttpClient client = vertx.createHttpClient(new HttpClientOptions()
                .setConnectTimeout((int) CONNECT.toMillis())
                .setIdleTimeout((int) SILENCE.toSeconds())
                .setIdleTimeoutUnit(TimeUnit.SECONDS));
        try {
            for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
                Step step = await(ask(client, at, key, wanted.body(), file, mostBytes), at, end);
                URI next = step.next();
                if (next == null) {
                    return step.isFile();
                }
                if (isSecure(at) && !isSecure(next)) {
                    throw failed(at, "redirected from https to http");
                }
                if (!server(at).equals(server(next))) {
                    key = null;
                }
                at = next;
            }
            throw failed(wanted.location(), "redirected more than " + MAX_REDIRECTS + " times");
        } finally {
            var _ = client.close();
        }
    }

    private Future<Step> ask(
            HttpClient client, URI at, @Nullable String key, @Nullable Buffer body, Path file, long mostBytes) {
        RequestOptions options = options(at);
        if (key != null) {
            options.putHeader("api-key", key);
        }
        if (body != null) {
            options.setMethod(HttpMethod.POST).putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        }
        return client.request(options)
                .compose(request -> body == null ? request.send() : request.send(body))
                .compose(response -> {
                    // who waits is told through the future, also of a reset of our own
                    response.exceptionHandler(failure -> {});
                    int status = response.statusCode();
                    String location = response.getHeader(HttpHeaders.LOCATION);
                    if (status == 200) {
                        return save(response, at, file, mostBytes).map(new Step(null, true));
                    }
                    var _ = response.request().reset();
                    if (body != null && status == NOT_MODIFIED) {
                        return Future.succeededFuture(new Step(null, false));
                    }
                    boolean isRedirection = status >= 300 && status < 400 && location != null;
                    return isRedirection && body == null
                            ? Future.succeededFuture(new Step(parse(at, location), false))
                            : Future.failedFuture(failed(at, "status " + status));
                });
    }

    private RequestOptions options(URI at) {
        String host = at.getHost();
        boolean isWeb = "http".equals(at.getScheme()) || "https".equals(at.getScheme());
        if (!isWeb || host == null || at.getRawUserInfo() != null) {
            throw Refusals.badRequest(
                    "a snapshot is fetched from http://HOST/PATH or https://HOST/PATH, without a name or password");
        }
        int port = port(at);
        InetAddress address;
        try {
            address = hosts.admit(host, port, List.of(names.resolve(host)));
        } catch (UnknownHostException unknown) {
            throw failed(at, "the host is not known");
        }
        String path = at.getRawPath() == null || at.getRawPath().isEmpty() ? "/" : at.getRawPath();
        return new RequestOptions()
                .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .setHost(host)
                .setPort(port)
                .setSsl(isSecure(at))
                .setURI(at.getRawQuery() == null ? path : path + "?" + at.getRawQuery());
    }

    private Future<Void> save(HttpClientResponse response, URI at, Path file, long mostBytes) {
        response.pause();
        return vertx.fileSystem()
                .open(file.toString(), new OpenOptions().setWrite(true).setCreate(true))
                .compose(out -> response.pipe()
                        .endOnFailure(false)
                        .endOnSuccess(false)
                        .to(new BoundedFile(
                                vertx,
                                out,
                                mostBytes,
                                "the snapshot from " + shown(at) + " is longer than there is room for"))
                        .onFailure(failure -> response.request().reset())
                        .eventually(out::close));
    }

    private static <T> T await(Future<T> future, URI at, long endNanos) {
        try {
            return future.toCompletionStage()
                    .toCompletableFuture()
                    .get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw failed(at, "no end after " + WHOLE.toMinutes() + " minutes");
        } catch (ExecutionException failure) {
            Throwable inner = failure.getCause();
            Throwable first = inner == null ? failure : inner;
            for (Throwable cause = first; cause != null; cause = cause.getCause()) {
                if (cause instanceof Refused refused) {
                    throw refused;
                }
            }
            throw failed(at, first.getClass().getSimpleName());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusals.overloaded("the store is closing");
        }
    }

    private static URI parse(URI at, String location) {
        try {
            return at.resolve(location);
        } catch (IllegalArgumentException unreadable) {
            throw failed(at, "redirected to something that is no URL");
        }
    }

    private static boolean isSecure(URI uri) {
        return "https".equals(uri.getScheme());
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : isSecure(uri) ? 443 : 80;
    }

    private static String server(URI uri) {
        return uri.getScheme() + "://" + uri.getHost() + ":" + port(uri);
    }

    private static Refused failed(URI at, String why) {
        return Refusals.badRequest("Failed to download snapshot from " + shown(at) + ": " + why);
    }

    /// Without the query, which may carry a signature.
    private static String shown(URI at) {
        return server(at) + at.getRawPath();
    }
}
