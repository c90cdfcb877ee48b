package dev.pagoda.governance.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowSendersTest {
    private static final SlowSenders.Pace PACE =
            new SlowSenders.Pace(Duration.ofMillis(300), Duration.ofMillis(300), 1_000);

    private final Vertx vertx = Vertx.vertx();
    private final ScheduledExecutorService dribbling = Executors.newSingleThreadScheduledExecutor();
    private HttpServer server;

    @BeforeEach
    void listen() {
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .connectionHandler(new SlowSenders(PACE))
                .webSocketHandler(socket -> socket.textMessageHandler(socket::writeTextMessage))
                .requestHandler(request -> {
                    if (request.path().equals("/paused")) {
                        request.pause();
                        vertx.setTimer(1_500, _ -> request.resume());
                    }
                    request.body().onSuccess(body -> request.response().end("got " + body.length()));
                })
                .listen(0, "127.0.0.1"));
    }

    @AfterEach
    void close() {
        dribbling.shutdownNow();
        await(vertx.close());
    }

    @Test
    void aHeadThatNeverEndsEndsItsConnection() throws IOException {
        try (Socket socket = connect()) {
            dribble(socket, "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", "a");

            assertEquals("", rest(socket));
        }
    }

    @Test
    void fiveHundredSuchHeadsLeaveRoomForAGoodOne() throws IOException {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 500; i++) {
                Socket socket = connect();
                slow.add(socket);
                socket.getOutputStream().write("GET / HTTP/1.1\r\nHos".getBytes(StandardCharsets.US_ASCII));
            }
            try (Socket good = connect()) {
                ask(good, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");

                assertTrue(rest(good).endsWith("got 2"));
            }
            for (Socket socket : slow) {
                assertEquals("", rest(socket));
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aSecondHeadOnTheSameConnectionHasNoMoreTime() throws IOException {
        try (Socket socket = connect()) {
            ask(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
            dribble(socket, "GET / HTTP/1.1\r\n", "b");

            assertTrue(rest(socket).endsWith("got 2"));
        }
    }

    @Test
    void aBodyThatDribblesEndsItsConnection() throws IOException {
        try (Socket socket = connect()) {
            dribble(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", "c");

            assertEquals("", rest(socket));
        }
    }

    @Test
    void aConnectionBetweenRequestsMayRest() throws Exception {
        try (Socket socket = connect()) {
            ask(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
            await(timer(1_000));
            ask(socket, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nhi!");

            assertTrue(rest(socket).endsWith("got 3"));
        }
    }

    @Test
    void whoIsNotReadIsNotSlow() throws IOException {
        try (Socket socket = connect()) {
            String body = "x".repeat(4 << 20);
            ask(
                    socket,
                    "POST /paused HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + body.length()
                            + "\r\n\r\n" + body);

            assertTrue(rest(socket).endsWith("got " + body.length()));
        }
    }

    @Test
    void webSocketsAreLeftAlone() {
        var client = vertx.createWebSocketClient();
        var socket = await(client.connect(server.actualPort(), "127.0.0.1", "/"));
        Future<String> echoed = Future.future(promise -> socket.textMessageHandler(promise::tryComplete));
        await(socket.writeTextMessage("one").compose(_ -> timer(1_000)));
        assertEquals("one", await(echoed));

        Future<String> second = Future.future(promise -> socket.textMessageHandler(promise::tryComplete));
        await(socket.writeTextMessage("two"));

        assertEquals("two", await(second));
    }

    private Future<Void> timer(long millis) {
        return vertx.timer(millis).mapEmpty();
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void ask(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /// Sends the beginning, and then the same again and again until the connection is closed.
    private void dribble(Socket socket, String first, String again) throws IOException {
        ask(socket, first);
        ScheduledFuture<?> _ = dribbling.scheduleWithFixedDelay(
                () -> {
                    try {
                        ask(socket, again);
                    } catch (IOException closed) {
                        throw new IllegalStateException("the server has hung up", closed);
                    }
                },
                20,
                20,
                TimeUnit.MILLISECONDS);
    }

    /// What the server sends until it hangs up.
    private static String rest(Socket socket) throws IOException {
        var got = new StringBuilder();
        InputStream in = socket.getInputStream();
        try {
            for (int b = in.read(); b >= 0; b = in.read()) {
                got.append((char) b);
            }
        } catch (SocketException reset) {
            // it hung up while something was on its way to it
            return got.toString();
        }
        return got.toString();
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
