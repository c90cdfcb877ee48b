package dev.pagoda.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/// The main class of the processes around the gateway under test: the fixed upstream, and the minimal relay that is the
/// floor. Says `port N` and runs until its input ends.
final class GatewayChild {
    static final String UPSTREAM = "upstream";
    static final String RELAY = "relay";
    static final String KEY = "bench-key";

    private GatewayChild() {}

    /// @param args which, event loops, and for the relay the upstream's port
    public static void main(String[] args) throws IOException {
        Vertx vertx = Vertx.vertx();
        int loops = Integer.parseInt(args[1]);
        int behind = args[0].equals(RELAY) ? Integer.parseInt(args[2]) : 0;
        vertx.deployVerticle(
                        () -> args[0].equals(RELAY) ? new Relay(behind) : new Upstream(),
                        new DeploymentOptions().setInstances(loops))
                .onComplete(deployed -> {
                    if (deployed.failed()) {
                        System.out.println("failed " + deployed.cause());
                        Runtime.getRuntime().halt(1);
                    }
                });
        while (System.in.read() >= 0) {
            // nothing is said by it
        }
        Runtime.getRuntime().halt(0);
    }

    private static void sayPort(int port) {
        System.out.println("port " + port);
        System.out.flush();
    }

    /// Answers as fast as bytes can be written: nothing is parsed but the end of a request and whether it is a stream.
    private static final class Upstream extends AbstractVerticle {
        private static final byte[] STREAM = "\"stream\":true".getBytes(StandardCharsets.US_ASCII);
        private static final Buffer JSON = whole(GatewayFixture.json());
        private static final Buffer HEAD = Buffer.buffer(String.join(
                "\r\n",
                "HTTP/1.1 200 OK",
                "content-type: text/event-stream",
                "cache-control: no-cache",
                "transfer-encoding: chunked",
                "",
                ""));
        private static final Buffer[] CHUNKS = chunks();
        private static final Buffer END = Buffer.buffer("0\r\n\r\n");

        @Override
        public void start(Promise<Void> started) {
            vertx.createNetServer()
                    .connectHandler(socket -> new Connection(socket))
                    .listen(0, "127.0.0.1")
                    .onSuccess(server -> sayPort(server.actualPort()))
                    .<Void>mapEmpty()
                    .onComplete(started);
        }

        private static Buffer whole(byte[] body) {
            return Buffer.buffer("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + body.length
                            + "\r\n\r\n")
                    .appendBytes(body);
        }

        private static Buffer[] chunks() {
            byte[][] events = GatewayFixture.events();
            Buffer[] chunks = new Buffer[events.length];
            for (int i = 0; i < events.length; i++) {
                chunks[i] = Buffer.buffer(Integer.toHexString(events[i].length) + "\r\n")
                        .appendBytes(events[i])
                        .appendString("\r\n");
            }
            return chunks;
        }

        /// One connection; requests come one after the other.
        private static final class Connection {
            private final NetSocket socket;
            private Buffer held = Buffer.buffer();

            Connection(NetSocket socket) {
                this.socket = socket;
                socket.exceptionHandler(gone -> socket.close());
                socket.handler(this::read);
            }

            private void read(Buffer part) {
                held = held.length() == 0 ? part : held.appendBuffer(part);
                byte[] bytes = held.getBytes();
                int body = headEnd(bytes);
                if (body < 0) {
                    return;
                }
                int length = contentLength(bytes, body);
                if (bytes.length < body + length) {
                    return;
                }
                held = Buffer.buffer();
                if (contains(bytes, body, STREAM)) {
                    socket.write(HEAD);
                    for (Buffer chunk : CHUNKS) {
                        socket.write(chunk);
                    }
                    socket.write(END);
                } else {
                    socket.write(JSON);
                }
            }

            private static int headEnd(byte[] bytes) {
                for (int i = 3; i < bytes.length; i++) {
                    if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
                        return i + 1;
                    }
                }
                return -1;
            }

            private static int contentLength(byte[] bytes, int end) {
                String head = new String(bytes, 0, end, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
                int at = head.indexOf("content-length:");
                return at < 0
                        ? 0
                        : Integer.parseInt(
                                head.substring(at + 15, head.indexOf('\r', at)).strip());
            }

            private static boolean contains(byte[] bytes, int from, byte[] what) {
                outer:
                for (int at = from; at <= bytes.length - what.length; at++) {
                    for (int i = 0; i < what.length; i++) {
                        if (bytes[at + i] != what[i]) {
                            continue outer;
                        }
                    }
                    return true;
                }
                return false;
            }
        }
    }

    /// The floor: looks the key up, parses the body, sends it on, and passes each part of the answer on as it comes.
    private static final class Relay extends AbstractVerticle {
        private static final ObjectMapper JSON = new ObjectMapper();
        private static final Map<String, String> KEYS = Map.of("Bearer " + KEY, "tenant");

        private final int upstream;

        @SuppressWarnings("NullAway.Init")
        private HttpClient client;

        Relay(int upstream) {
            this.upstream = upstream;
        }

        @Override
        public void start(Promise<Void> started) {
            client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(256));
            vertx.createHttpServer()
                    .requestHandler(this::relay)
                    .listen(0, "127.0.0.1")
                    .onSuccess(server -> sayPort(server.actualPort()))
                    .<Void>mapEmpty()
                    .onComplete(started);
        }

        private void relay(HttpServerRequest request) {
            HttpServerResponse response = request.response();
            if (!KEYS.containsKey(request.getHeader("authorization"))) {
                response.setStatusCode(401).end();
                return;
            }
            request.body().onSuccess(body -> {
                JsonNode parsed;
                try {
                    parsed = JSON.readTree(body.getBytes());
                } catch (IOException malformed) {
                    response.setStatusCode(400).end();
                    return;
                }
                boolean isStream = parsed.path("stream").asBoolean();
                client.request(HttpMethod.POST, upstream, "127.0.0.1", request.uri())
                        .compose(out -> out.putHeader("content-type", "application/json")
                                .send(body))
                        .onSuccess(answer -> {
                            response.setStatusCode(answer.statusCode())
                                    .putHeader("content-type", answer.getHeader("content-type"));
                            if (isStream) {
                                response.setChunked(true);
                                answer.handler(response::write);
                                answer.endHandler(end -> response.end());
                            } else {
                                answer.body().onSuccess(response::end);
                            }
                        })
                        .onFailure(failed -> response.setStatusCode(502).end());
            });
        }
    }
}
