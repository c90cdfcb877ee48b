package dev.pagoda.workflow.rag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.workflow.api.SourceDocument;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;
import java.util.stream.StreamSupport;

/// Measures the retrieval of a running platform as one of its clients: makes a knowledge base of a judged
/// set, asks every question, and removes it again.
final class RetrievalEvaluation {
    private static final String ROOT = "/platform/knowledge-bases";

    /// Passages asked for, so that at least ten documents remain when several passages are of one document.
    private static final int PASSAGES = 40;

    private static final int DOCUMENTS_PER_REQUEST = 200;
    private static final int CHARS_PER_REQUEST = 2_000_000;
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    /// What was measured.
    record Result(RetrievalScore score, long chunks, double ingestSeconds, double querySeconds) {}

    private final URI platform;
    private final String key;
    private final int concurrency;
    private final HttpClient client = HttpClient.newHttpClient();

    /// @param concurrency questions asked at once
    RetrievalEvaluation(URI platform, String key, int concurrency) {
        this.platform = platform;
        this.key = key;
        this.concurrency = concurrency;
    }

    /// @param knowledgeBase   a name that is free
    /// @param keep            whether the knowledge base stays
    /// @param documentsTaken  told how many documents more have been taken in
    /// @param questionsAsked  told how many questions more have been answered
    Result run(
            JudgedSet set, String knowledgeBase, boolean keep, IntConsumer documentsTaken, IntConsumer questionsAsked)
            throws IOException, InterruptedException {
        send("POST", ROOT, Map.of("name", knowledgeBase));
        try {
            long start = System.nanoTime();
            long chunks = ingest(set, knowledgeBase, documentsTaken);
            double ingestSeconds = (System.nanoTime() - start) / 1e9;
            start = System.nanoTime();
            var score = ask(set, knowledgeBase, questionsAsked);
            return new Result(score, chunks, ingestSeconds, (System.nanoTime() - start) / 1e9);
        } finally {
            if (!keep) {
                send("DELETE", ROOT + "/" + knowledgeBase, Map.of());
            }
        }
    }

    private long ingest(JudgedSet set, String knowledgeBase, IntConsumer taken)
            throws IOException, InterruptedException {
        long chunks = 0;
        var batch = new ArrayList<SourceDocument>();
        int chars = 0;
        for (int i = 0; i < set.documents().size(); i++) {
            var document = set.documents().get(i);
            batch.add(document);
            chars += document.text().length();
            if (i == set.documents().size() - 1 || batch.size() == DOCUMENTS_PER_REQUEST || chars > CHARS_PER_REQUEST) {
                var report = send("POST", ROOT + "/" + knowledgeBase + "/ingest", Map.of("documents", batch));
                if (report.path("failed").asInt() > 0) {
                    throw new IOException("documents were refused: " + report.path("problems"));
                }
                chunks += report.path("chunks").asLong();
                taken.accept(batch.size());
                batch.clear();
                chars = 0;
            }
        }
        return chunks;
    }

    private RetrievalScore ask(JudgedSet set, String knowledgeBase, IntConsumer asked)
            throws IOException, InterruptedException {
        record Answer(JudgedSet.Question question, List<String> ranked, long tookNanos) {}
        var score = new RetrievalScore();
        var room = new Semaphore(concurrency);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Answer>>();
            for (var question : set.questions()) {
                room.acquire();
                answers.add(threads.submit(() -> {
                    try {
                        long start = System.nanoTime();
                        var ranked = ranked(knowledgeBase, question.text());
                        return new Answer(question, ranked, System.nanoTime() - start);
                    } finally {
                        room.release();
                        asked.accept(1);
                    }
                }));
            }
            for (var answer : answers) {
                var got = answer.get();
                score.add(got.ranked, got.question.answeredBy(), got.tookNanos);
            }
        } catch (ExecutionException failed) {
            throw new IOException("a question failed: " + failed.getMessage(), failed);
        }
        return score;
    }

    private List<String> ranked(String knowledgeBase, String question) throws IOException, InterruptedException {
        var found = send("POST", ROOT + "/" + knowledgeBase + "/search", Map.of("query", question, "limit", PASSAGES));
        var documents = new LinkedHashSet<String>();
        StreamSupport.stream(found.path("passages").spliterator(), false)
                .map(passage -> passage.path("document").asText())
                .forEach(documents::add);
        return List.copyOf(documents);
    }

    private JsonNode send(String method, String path, Map<String, ?> body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(platform.resolve(path))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .timeout(TIMEOUT)
                .build();
        var response = client.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() >= 300) {
            var detail = JSON.readTree(response.body()).path("detail").asText("");
            throw new IOException(method + " " + path + " was answered " + response.statusCode() + ": " + detail);
        }
        return response.body().length == 0 ? JSON.createObjectNode() : JSON.readTree(response.body());
    }
}
