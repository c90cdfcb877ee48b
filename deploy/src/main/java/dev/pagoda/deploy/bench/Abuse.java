package dev.pagoda.deploy.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// One kind of client that means no good, many at once, while others are served.
final class Abuse {
    private static final int SMALL_BUFFER_BYTES = 4_096;
    private static final int PATIENCE_MILLIS = 60_000;

    /// What it does.
    enum Kind {
        SLOW_READERS("100 streams read at a byte a second", 100, 1_000),
        SLOWLORIS("500 heads that come a byte a second", 500, 1_000),
        SLOW_BODIES("200 bodies that come a byte a second", 200, 1_000),
        LONG_HEADERS("headers of 1 MB, 20 a second", 4, 200),
        SMUGGLING("requests with both framings, 100 a second", 4, 40),
        HOSTILE_NUMBERS("max_tokens of 2^63 and temperatures of NaN, 100 a second", 4, 40),
        MANY_MESSAGES("100,000 messages, one request a second", 1, 1_000),
        NESTED("a million open brackets, 2 a second", 1, 500);

        final String label;
        final int clients;
        final int pauseMillis;

        Kind(String label, int clients, int pauseMillis) {
            this.label = label;
            this.clients = clients;
            this.pauseMillis = pauseMillis;
        }
    }

    private final Kind kind;
    private final GatewaySystem system;
    private final String model;
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> clients = new ArrayList<>();
    private final LongAdder done = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder cut = new LongAdder();

    private Abuse(Kind kind, GatewaySystem system, String model) {
        this.kind = kind;
        this.system = system;
        this.model = model;
    }

    /// @param model a simulated one, for streams that are long
    static Abuse begin(Kind kind, GatewaySystem system, String model) {
        var abuse = new Abuse(kind, system, model);
        for (int i = 0; i < kind.clients; i++) {
            abuse.clients.add(Thread.ofVirtual().start(abuse::client));
        }
        return abuse;
    }

    /// What came of it.
    ///
    /// @param begun   connections or requests
    /// @param refused answered with a status of 4xx
    /// @param cut     ended by the server without an answer
    record Outcome(long begun, long refused, long cut) {}

    Outcome end() throws InterruptedException {
        isOver.set(true);
        clients.forEach(Thread::interrupt);
        for (Thread client : clients) {
            client.join();
        }
        return new Outcome(done.sum(), refused.sum(), cut.sum());
    }

    private void client() {
        while (!isOver.get()) {
            done.increment();
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(SMALL_BUFFER_BYTES);
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), system.port()));
                act(socket);
            } catch (IOException gone) {
                cut.increment();
            }
            pause();
        }
    }

    private void pause() {
        LockSupport.parkNanos(kind.pauseMillis * 1_000_000L);
    }

    private void act(Socket socket) throws IOException {
        switch (kind) {
            case SLOW_READERS -> readSlowly(socket);
            case SLOWLORIS -> dribble(socket, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-A: ");
            case SLOW_BODIES -> dribble(socket, head("Content-Length: 60000\r\n"));
            case LONG_HEADERS -> refused(socket, head("X-A: " + "a".repeat(1 << 20) + "\r\n"));
            case SMUGGLING ->
                refused(
                        socket,
                        head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")
                                + "0\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n");
            case HOSTILE_NUMBERS -> {
                String which = done.sum() % 2 == 0 ? "\"max_tokens\":9223372036854775808" : "\"temperature\":NaN";
                refused(socket, post(GatewayFixture.JSON_REQUEST.replace("\"max_tokens\":256", which)));
            }
            case MANY_MESSAGES ->
                refused(
                        socket,
                        post("{\"model\":\"" + model + "\",\"messages\":["
                                + String.join(
                                        ",", Collections.nCopies(100_000, "{\"role\":\"user\",\"content\":\"hi\"}"))
                                + "]}"));
            case NESTED -> refused(socket, post("[".repeat(1_000_000)));
        }
    }

    private void readSlowly(Socket socket) throws IOException {
        send(
                socket,
                post("{\"model\":\"" + model + "\",\"stream\":true,\"max_tokens\":4000,\"ignore_eos\":true,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]}"));
        InputStream in = socket.getInputStream();
        while (!isOver.get() && in.read() >= 0) {
            pause();
        }
    }

    private void dribble(Socket socket, String beginning) throws IOException {
        send(socket, beginning);
        OutputStream out = socket.getOutputStream();
        while (!isOver.get()) {
            pause();
            out.write('a');
            out.flush();
        }
    }

    private void refused(Socket socket, String request) throws IOException {
        IOException broken = null;
        try {
            send(socket, request);
        } catch (IOException refusedMeanwhile) {
            broken = refusedMeanwhile;
        }
        byte[] status = socket.getInputStream().readNBytes(12);
        if (new String(status, StandardCharsets.US_ASCII).matches("HTTP/1\\.[01] 4\\d\\d")) {
            refused.increment();
        } else if (broken != null) {
            throw broken;
        }
    }

    private String post(String body) {
        return head("Content-Length: " + body.length() + "\r\nConnection: close\r\n") + body;
    }

    private String head(String more) {
        var head = new StringBuilder(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
        system.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        return head.append(more).append("\r\n").toString();
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }
}
