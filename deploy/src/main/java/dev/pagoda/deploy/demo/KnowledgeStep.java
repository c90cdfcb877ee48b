package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Takes the paragraphs of a corpus into a knowledge base, with real embeddings.
final class KnowledgeStep {
    private static final String BASES = "/platform/knowledge-bases";
    private static final int CONFLICT = 409;

    private final Client client;
    private final Screen screen;

    KnowledgeStep(Client client, Screen screen) {
        this.client = client;
        this.screen = screen;
    }

    /// A filled knowledge base.
    ///
    /// @param collection the vector collection that holds its passages
    /// @param tokens     that the embedding model read for this ingestion; 0 when all of it was there already
    record Filled(String name, String collection, long tokens) {}

    Filled fill(Corpus corpus) throws InterruptedException {
        String name = "demo-xquad-" + corpus.language();
        ObjectNode create = JsonNodeFactory.instance.objectNode().put("name", name);
        Client.Reply created = client.tryPost(BASES, create);
        if (created.status() / 100 != 2 && created.status() != CONFLICT) {
            throw new StepFailed("the knowledge base " + name + " was not made: " + created.body());
        }
        long start = System.nanoTime();
        JsonNode report = ingest(name, corpus);
        int present = report.path("added").asInt()
                + report.path("updated").asInt()
                + report.path("unchanged").asInt();
        if (present != corpus.paragraphs().size() || report.path("failed").asInt() != 0) {
            throw new StepFailed(corpus.paragraphs().size() + " paragraphs were sent to " + name + ": " + report);
        }
        long tokens = report.path("tokens").asLong();
        screen.line(
                "   %s  %d paragraphs, %d of them new, %d passages embedded, %d tokens, %.1f s",
                corpus.language(),
                present,
                report.path("added").asInt(),
                report.path("chunks").asInt(),
                tokens,
                (System.nanoTime() - start) / 1e9);
        return new Filled(
                name, client.get(BASES + "/" + name).path("collection").asText(), tokens);
    }

    private JsonNode ingest(String name, Corpus corpus) throws InterruptedException {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("stream", true);
        var documents = body.putArray("documents");
        for (Corpus.Paragraph paragraph : corpus.paragraphs()) {
            documents
                    .addObject()
                    .put("id", paragraph.id())
                    .put("title", paragraph.title())
                    .put("text", paragraph.text());
        }
        AtomicReference<@Nullable JsonNode> report = new AtomicReference<>();
        AtomicReference<@Nullable JsonNode> trouble = new AtomicReference<>();
        try (Screen.Progress progress =
                screen.progress(name, corpus.paragraphs().size())) {
            client.stream(BASES + "/" + name + "/ingest", body, event -> {
                switch (event.path("event").asText()) {
                    case "ingest_progress" ->
                        progress.at(event.path("data").path("done").asInt());
                    case "ingest_finished" -> report.set(event.path("data"));
                    default -> trouble.set(event);
                }
            });
        }
        JsonNode finished = report.get();
        if (finished == null) {
            throw new StepFailed("the ingestion into " + name + " did not finish: " + trouble.get());
        }
        return finished;
    }
}
