package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Many streams at once from one platform, each over a connection of its own.
final class StreamsRun {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final List<TokenStream> streams = new ArrayList<>();
    private final Queue<NetSocket> sockets = new ConcurrentLinkedQueue<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch ended;
    /// Held, for one that nobody holds closes its connections.
    private final NetClient client;

    /// @param tokens of each answer
    private record Ask(StreamsPlatform platform, int tokens) {
        Buffer request(int number) {
            String body = String.format(Locale.ROOT, """
                    {"model": "%s", "max_tokens": %d, "ignore_eos": true, "temperature": 0, "seed": 7, "stream": true,\
                     "stream_options": {"include_usage": true},\
                     "messages": [{"role": "user", "content": "Tell me about station %d of the line."}]}""", platform.model(), tokens, number);
            return Buffer.buffer("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer "
                    + platform.key() + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
                    + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
        }
    }

    private StreamsRun(Vertx vertx, int count) {
        this.client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
        this.ended = new CountDownLatch(count);
    }

    /// Begins so many streams.
    ///
    /// @param perSecond connections that are opened in a second
    static StreamsRun begin(Vertx vertx, StreamsPlatform platform, int count, int tokens, int perSecond)
            throws InterruptedException {
        var run = new StreamsRun(vertx, count);
        var ask = new Ask(platform, tokens);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            run.open(ask, i);
            long due = start + (long) (1e9 * (i + 1) / perSecond);
            TimeUnit.NANOSECONDS.sleep(Math.max(0, due - System.nanoTime()));
        }
        return run;
    }

    private void open(Ask ask, int number) {
        boolean[] isFirst = {true};
        var stream = new TokenStream(at -> {
            if (isFirst[0]) {
                isFirst[0] = false;
                begun.incrementAndGet();
            }
        });
        streams.add(stream);
        client.connect(ask.platform().port(), "127.0.0.1")
                .onSuccess(socket -> {
                    sockets.add(socket);
                    socket.handler(bytes -> read(stream, socket, bytes));
                    socket.exceptionHandler(broken -> socket.close().onFailure(gone -> {}));
                    socket.closeHandler(closed -> ended.countDown());
                    socket.write(ask.request(number)).onFailure(gone -> {});
                })
                .onFailure(refused -> ended.countDown());
    }

    private static void read(TokenStream stream, NetSocket socket, Buffer bytes) {
        stream.read(bytes.getBytes(), System.nanoTime());
        if (stream.isDone()) {
            socket.close().onFailure(gone -> {});
        }
    }

    /// Waits until every stream has its first token, or has ended.
    void awaitBegun() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (begun.get() < streams.size() && ended.getCount() == streams.size()) {
            if (System.nanoTime() > deadline) {
                throw new StartRefused("of " + streams.size() + " streams " + begun + " have begun after "
                        + PATIENCE.toMinutes() + " min");
            }
            Thread.sleep(5);
        }
    }

    void awaitEnded() throws InterruptedException {
        if (!ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new StartRefused(ended.getCount() + " streams have not ended after " + PATIENCE.toMinutes() + " min");
        }
        client.close().onFailure(gone -> {});
    }

    /// Cuts all connections.
    void hangUp() {
        sockets.forEach(socket -> socket.close().onFailure(gone -> {}));
    }

    /// To be read when all have ended.
    List<TokenStream> streams() {
        return streams;
    }

    static Vertx vertx() {
        return Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    }
}
