package dev.pagoda.deploy.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/// One kind of client that means no good, many at once, while others are served. What they send is made beforehand, and
/// they do not march in step, so that they themselves cost little.
final class Abuse {
    private static final int SMALL_BUFFER_BYTES = 4_096;
    private static final int PATIENCE_MILLIS = 60_000;

    /// What it does.
    enum Kind {
        SLOW_READERS("100 streams read at a byte a second", 100, 1_000, 0),
        SLOWLORIS("500 heads that come a byte a second", 500, 1_000, 0),
        SLOW_BODIES("200 bodies that come a byte a second", 200, 1_000, 0),
        LONG_HEADERS("headers of 1 MB, 20 a second", 4, 200, 431),
        SMUGGLING("requests with both framings, 100 a second", 4, 40, 400),
        HOSTILE_NUMBERS("max_tokens of 2^63 and temperatures of NaN, 100 a second", 4, 40, 400),
        MANY_MESSAGES("100,000 messages, one request a second", 1, 1_000, 400),
        NESTED("a million open brackets, 2 a second", 1, 500, 400),
        /// No abuse, but what slow readers are to be compared with.
        READERS("100 streams read as they come", 100, 0, 0);

        final String label;
        private final int clients;
        private final int pauseMillis;
        /// 0: it is not answered.
        private final int status;

        Kind(String label, int clients, int pauseMillis, int status) {
            this.label = label;
            this.clients = clients;
            this.pauseMillis = pauseMillis;
            this.status = status;
        }

        boolean isAnswered() {
            return status != 0;
        }

        /// Whether the server has to hang up on it by itself.
        boolean isLetGo() {
            return this == SLOWLORIS || this == SLOW_BODIES;
        }
    }

    private final Kind kind;
    private final GatewaySystem system;
    private final String model;
    private final List<byte[]> requests;
    private final LongAdder begun = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final AtomicReference<String> firstWrong = new AtomicReference<>("");
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean isOver;
    private volatile long pauseNanos;

    /// @param model a simulated one, for streams that are long
    Abuse(Kind kind, GatewaySystem system, String model) {
        this.kind = kind;
        this.system = system;
        this.model = model;
        this.requests = requests().stream()
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    /// What came of it.
    ///
    /// @param begun      connections
    /// @param refused    answered as the protocol has it
    /// @param wrong      answered otherwise
    /// @param cut        ended by the server without an answer
    /// @param firstWrong the first answer that was wrong
    record Outcome(long begun, long refused, long wrong, long cut, String firstWrong) {}

    /// @param isHurried whether clients that are answered come again at once
    void begin(boolean isHurried) {
        isOver = false;
        pauseNanos = isHurried && kind.isAnswered() ? 0 : kind.pauseMillis * 1_000_000L;
        for (int i = 0; i < kind.clients; i++) {
            long waitNanos = 1_000_000L * i * Math.max(kind.pauseMillis, 1_000) / kind.clients;
            int first = i;
            clients.add(Thread.ofVirtual().start(() -> client(first, waitNanos)));
        }
    }

    Outcome end() throws InterruptedException {
        isOver = true;
        clients.forEach(Thread::interrupt);
        for (Thread client : clients) {
            client.join();
        }
        clients.clear();
        return new Outcome(
                begun.sum(), refused.sum(), wrong.sum(), cut.sum(), Objects.requireNonNullElse(firstWrong.get(), ""));
    }

    private void client(int first, long waitNanos) {
        LockSupport.parkNanos(waitNanos);
        for (int i = first; !isOver; i++) {
            begun.increment();
            try (Socket socket = new Socket()) {
                if (kind == Kind.SLOW_READERS) {
                    socket.setReceiveBufferSize(SMALL_BUFFER_BYTES);
                }
                connect(socket);
                act(socket, requests.get(i % requests.size()));
            } catch (IOException gone) {
                if (!isOver) {
                    cut.increment();
                }
            }
            pause();
        }
    }

    private void connect(Socket socket) throws IOException {
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), system.port()));
    }

    private void pause() {
        LockSupport.parkNanos(pauseNanos);
    }

    private void act(Socket socket, byte[] request) throws IOException {
        switch (kind) {
            case SLOW_READERS -> {
                send(socket, request);
                InputStream in = socket.getInputStream();
                while (!isOver && in.read() >= 0) {
                    pause();
                }
            }
            case READERS -> {
                send(socket, request);
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            }
            case SLOWLORIS, SLOW_BODIES -> {
                send(socket, request);
                while (!isOver) {
                    pause();
                    send(socket, new byte[] {'a'});
                }
            }
            case LONG_HEADERS, SMUGGLING, HOSTILE_NUMBERS, MANY_MESSAGES, NESTED -> {
                try {
                    send(socket, request);
                } catch (SocketException refusedMeanwhile) {
                    // the answer is there all the same
                }
                String answer = answer(socket);
                if (!isOver) {
                    judge(answer);
                }
            }
        }
    }

    private static String answer(Socket socket) throws IOException {
        var answer = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(answer);
        } catch (SocketException reset) {
            // it hung up while something was still on its way to it
            return answer.toString(StandardCharsets.UTF_8);
        }
        return answer.toString(StandardCharsets.UTF_8);
    }

    private void judge(String answer) {
        if (answer.isEmpty()) {
            cut.increment();
        } else if (isRefusal(answer, kind.status)) {
            refused.increment();
        } else {
            wrong.increment();
            firstWrong.compareAndSet("", answer.substring(0, Math.min(300, answer.length())));
        }
    }

    /// Whether a connection brought one answer, of that status, with an error as OpenAI writes it.
    static boolean isRefusal(String answer, int status) {
        String[] parts = answer.split("\r\n\r\n", 2);
        return answer.startsWith("HTTP/1.1 " + status + " ")
                && parts.length == 2
                && parts[1].startsWith("{\"error\":{\"message\":\"")
                && parts[1].stripTrailing().endsWith("}}")
                && !parts[1].contains("HTTP/1.");
    }

    /// Does it once, on a connection of its own, until the server hangs up.
    ///
    /// @return how long that took; `most` if it did not
    Duration held(Duration most) throws InterruptedException {
        long start = System.nanoTime();
        try (Socket socket = new Socket()) {
            connect(socket);
            send(socket, requests.getFirst());
            while (System.nanoTime() - start < most.toNanos()) {
                pause();
                send(socket, new byte[] {'a'});
            }
            return most;
        } catch (IOException hungUp) {
            return Duration.ofNanos(System.nanoTime() - start);
        }
    }

    private static void send(Socket socket, byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    private List<String> requests() {
        return switch (kind) {
            case SLOW_READERS, READERS ->
                List.of(post("{\"model\":\"" + model + "\",\"stream\":true,\"max_tokens\":4000,\"ignore_eos\":true,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]}"));
            case SLOWLORIS -> List.of("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-A: ");
            case SLOW_BODIES -> List.of(head("Content-Length: 60000\r\n"));
            case LONG_HEADERS -> List.of(head("X-A: " + "a".repeat(1 << 20) + "\r\n"));
            case SMUGGLING ->
                List.of(head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")
                        + "0\r\n\r\nGET /v1/models HTTP/1.1\r\n\r\n");
            case HOSTILE_NUMBERS ->
                Arrays.asList(spoilt("\"max_tokens\":9223372036854775808"), spoilt("\"temperature\":NaN"));
            case MANY_MESSAGES ->
                List.of(post("{\"model\":\"" + model + "\",\"messages\":["
                        + String.join(",", Collections.nCopies(100_000, "{\"role\":\"user\",\"content\":\"hi\"}"))
                        + "]}"));
            case NESTED -> List.of(post("[".repeat(1_000_000)));
        };
    }

    private String spoilt(String number) {
        return post(GatewayFixture.JSON_REQUEST.replace("\"max_tokens\":256", number));
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
}
