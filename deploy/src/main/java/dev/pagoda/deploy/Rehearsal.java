package dev.pagoda.deploy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Requests of the usual kinds to a platform in a training run, so that the AOT cache which the run leaves has the
/// classes that answer them and how often their methods ran: first answers then come in half the time.
///
/// What is answered does not count, as a cache that lacks something is a slower start and no more.
final class Rehearsal {
    private static final Duration LENGTH = Duration.ofSeconds(4);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int CLIENTS = 4;

    private static final List<Asked> REQUESTS = List.of(
            new Asked("GET", "/v1/models", ""),
            new Asked("POST", "/v1/chat/completions", chat("\"max_tokens\": 4")),
            new Asked("POST", "/v1/chat/completions", chat("\"max_tokens\": 4, \"stream\": true")),
            new Asked("POST", "/v1/chat/completions", chat("\"max_tokens\": 1e30")),
            new Asked("POST", "/v1/messages", chat("\"max_tokens\": 4")),
            new Asked("POST", "/v1/responses", """
                    {"model": "qwen2.5-7b-instruct", "max_output_tokens": 16, "input": "What is a pagoda?"}"""),
            new Asked("POST", "/v1/embeddings", """
                    {"model": "all-minilm-l6-v2", "input": "A pagoda is a tower."}"""),
            new Asked("POST", "/api/chat", chat("\"stream\": false, \"options\": {\"num_predict\": 4}")),
            new Asked("PUT", "/collections/rehearsal", """
                    {"vectors": {"size": 2, "distance": "Cosine"}}"""),
            new Asked("PUT", "/collections/rehearsal/points?wait=true", """
                    {"points": [{"id": 1, "vector": [1, 2], "payload": {"name": "Pisa"}}]}"""),
            new Asked("POST", "/collections/rehearsal/points/query", """
                    {"query": [1, 1], "limit": 3, "with_payload": true}"""),
            new Asked("GET", "/metrics", ""));

    private final String base;
    private final String key;

    private record Asked(String method, String path, String body) {}

    /// @param base scheme, host and port
    Rehearsal(String base, String key) {
        this.base = base;
        this.key = key;
    }

    private static String chat(String options) {
        return """
                {"model": "qwen2.5-7b-instruct", "messages": [{"role": "user", "content": "What is a pagoda?"}], %s}""".formatted(options);
    }

    void run() throws InterruptedException {
        long end = System.nanoTime() + LENGTH.toNanos();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int first = i * REQUESTS.size() / CLIENTS;
            clients.add(Thread.ofVirtual().start(() -> ask(first, end)));
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    private void ask(int first, long end) {
        try (HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PATIENCE)
                .build()) {
            for (int i = first; System.nanoTime() < end; i++) {
                http.send(request(REQUESTS.get(i % REQUESTS.size())), BodyHandlers.discarding());
            }
        } catch (IOException unanswered) {
            // the cache lacks something
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpRequest request(Asked asked) {
        return HttpRequest.newBuilder(URI.create(base + asked.path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .method(asked.method, BodyPublishers.ofString(asked.body))
                .build();
    }
}
