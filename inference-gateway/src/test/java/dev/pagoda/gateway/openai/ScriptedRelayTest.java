package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.cassette.CassetteConfig;
import dev.pagoda.gateway.cassette.Cassettes;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A script behind the gateway, on the short way and on the long one.
class ScriptedRelayTest {
    private static final String SCRIPT = """
            rules:
              - contains: fail
                error: {status: 500, message: as written}
              - text: It is as it was written.
            """;

    @TempDir
    Path folder;

    private final RelayServer server = new RelayServer();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void clientsGetWhatIsWrittenWholeAndAsAStream() throws Exception {
        open();
        for (boolean isRead : new boolean[] {false, true}) {
            server.isRead.set(isRead);

            assertTrue(ask("hi", false).body().contains("It is as it was written."));
            assertTrue(ask("hi", true).body().endsWith("data: [DONE]\n\n"));
        }
        // usage is booked a moment after an answer ends
        OpenAiServer.awaitTrue(() -> server.booked.size() == 4);
    }

    @Test
    void aWrittenErrorIsToldOnceAndClosesNoBreaker() throws Exception {
        open();
        for (int i = 0; i < 8; i++) {
            HttpResponse<String> failed = ask("fail", false);

            assertEquals(500, failed.statusCode());
            assertTrue(failed.body().contains("as written"), failed.body());
        }
        assertEquals(200, ask("hi", false).statusCode());
        assertEquals(9, server.upstreams.find("cassette-ci").orElseThrow().requests());
    }

    private void open() throws Exception {
        Path file = folder.resolve("script.yaml");
        Files.writeString(file, SCRIPT);
        var cassettes = new Cassettes(
                server.vertx,
                List.of(new CassetteConfig("ci", "script", file.toString(), List.of("gpt-4o"), null, null, null)),
                variable -> null);
        OpenAiServer.await(cassettes.start()).forEach(server.upstreams::add);
    }

    private HttpResponse<String> ask(String content, boolean isStream) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port + "/v1/chat/completions"))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer good")
                        .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o\",\"stream\":" + isStream
                                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + content + "\"}]}"))
                        .build(),
                BodyHandlers.ofString());
    }
}
