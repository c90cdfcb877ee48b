package dev.pagoda.gateway.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventChannelTest {
    private final Vertx vertx = Vertx.vertx();
    /// Versions of requests that had such a way.
    private final Set<HttpVersion> direct = ConcurrentHashMap.newKeySet();

    private final AtomicInteger unclear = new AtomicInteger();

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    /// Answers with so many events of so many bytes, in a turn of the event loop each.
    private HttpServer serving(HttpServerOptions options, int events, int bytes) {
        return await(vertx.createHttpServer(options.setPort(0).setHost("127.0.0.1"))
                .requestHandler(request -> {
                    request.response().setChunked(true);
                    EventChannel channel = EventChannel.of(request);
                    if (channel != null) {
                        direct.add(request.version());
                    }
                    var writer = new StreamWriter(
                            vertx.getOrCreateContext(), request, 1 << 28, Duration.ofSeconds(60), () -> {});
                    next(request, writer, channel, 0, events, bytes);
                })
                .listen());
    }

    private void next(
            HttpServerRequest request,
            StreamWriter writer,
            @Nullable EventChannel channel,
            int number,
            int events,
            int bytes) {
        if (channel != null && number > 0 && !channel.isClear()) {
            unclear.incrementAndGet();
        }
        if (number == events) {
            writer.end(out -> out.appendString("end"));
            return;
        }
        writer.write(out -> out.appendString(event(number, bytes)));
        vertx.setTimer(2, t -> next(request, writer, channel, number + 1, events, bytes));
    }

    private static String event(int number, int bytes) {
        return "data: " + number + " " + "x".repeat(bytes) + "\n\n";
    }

    private static String whole(int events, int bytes) {
        var text = new StringBuilder();
        for (int i = 0; i < events; i++) {
            text.append(event(i, bytes));
        }
        return text.append("end").toString();
    }

    private HttpClient client(HttpClientOptions options) {
        return vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(1));
    }

    /// On an event loop, so that `reading` has the answer before the first of its body comes.
    private Future<Buffer> ask(HttpClient client, int port, Function<HttpClientResponse, Future<Buffer>> reading) {
        Promise<Buffer> body = Promise.promise();
        vertx.getOrCreateContext()
                .runOnContext(begun -> client.request(HttpMethod.GET, port, "127.0.0.1", "/")
                        .compose(request -> request.send().compose(reading))
                        .onComplete(body));
        return body.future();
    }

    @Test
    void answersOverOneConnectionFollowOneAnother() {
        int port = serving(new HttpServerOptions(), 7, 300).actualPort();
        HttpClient client = client(new HttpClientOptions());
        Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 3; i++) {
            Buffer body = await(ask(client, port, answer -> {
                connections.add(answer.request().connection());
                return answer.body();
            }));
            assertEquals(whole(7, 300), body.toString());
        }
        assertEquals(1, connections.size());
        assertEquals(Set.of(HttpVersion.HTTP_1_1), direct);
    }

    @Test
    void nothingIsLostOrTurnedAroundBeforeAReaderThatPauses() {
        int events = 60;
        int bytes = 400_000;
        int port = serving(new HttpServerOptions(), events, bytes).actualPort();
        Buffer body = await(ask(client(new HttpClientOptions()), port, answer -> {
            answer.pause();
            vertx.setTimer(500, t -> answer.resume());
            return answer.body();
        }));
        assertEquals(whole(events, bytes), body.toString());
        assertTrue(unclear.get() > 0);
    }

    @Test
    void otherVersionsAndCompressedAnswersTakeTheUsualWay() {
        int plain = serving(new HttpServerOptions(), 5, 200).actualPort();
        HttpClient multiplexing = client(new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2));
        assertEquals(
                whole(5, 200),
                await(ask(multiplexing, plain, HttpClientResponse::body)).toString());
        int compressing = serving(new HttpServerOptions().setCompressionSupported(true), 5, 200)
                .actualPort();
        HttpClient unpacking = client(new HttpClientOptions().setDecompressionSupported(true));
        assertEquals(
                whole(5, 200),
                await(ask(unpacking, compressing, HttpClientResponse::body)).toString());
        assertTrue(direct.isEmpty());
    }
}
