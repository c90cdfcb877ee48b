package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.deploy.demo.Corpus.Question;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Asks a question as a client does that retrieves for itself: embed, search by meaning and by words, chat with what
/// was found.
final class QuestionStep {
    private static final Pattern CITATION = Pattern.compile("\\[(\\d{1,2})]");
    private static final int PASSAGES = 4;
    private static final int CANDIDATES = 20;
    private static final int MAX_ANSWER_TOKENS = 400;

    private final Client client;
    private final Ledger ledger;
    private final Models models;

    QuestionStep(Client client, Ledger ledger, Models models) {
        this.client = client;
        this.ledger = ledger;
        this.models = models;
    }

    /// A passage that was found.
    private record Passage(String paragraph, String title, String text) {}

    /// @param cited      paragraphs whose passages the answer cites, in its order
    /// @param holdsGold  whether a cited passage holds one of the set's own answers
    /// @param tokens     of embedding and chat
    /// @param firstToken seconds from sending the chat to its first text
    /// @param total      seconds from embedding the question to the end of the answer
    record Answered(
            Question question,
            String answer,
            List<String> cited,
            boolean holdsGold,
            long tokens,
            long costNanos,
            double firstToken,
            double total) {
        Answered {
            cited = List.copyOf(cited);
        }
    }

    /// Of a chat's stream: its text, usage and times.
    private static final class Stream {
        final StringBuilder text = new StringBuilder();
        final long sentNanos = System.nanoTime();
        String id = "";
        long firstNanos;
        long tokens;

        void take(JsonNode chunk) {
            id = chunk.path("id").asText(id);
            String delta =
                    chunk.path("choices").path(0).path("delta").path("content").asText("");
            if (!delta.isEmpty() && text.isEmpty()) {
                firstNanos = System.nanoTime();
            }
            text.append(delta);
            if (chunk.hasNonNull("usage")) {
                tokens = chunk.path("usage").path("total_tokens").asLong();
            }
            if (chunk.has("error")) {
                throw new StepFailed("the chat's stream broke off: " + chunk.get("error"));
            }
        }
    }

    Answered ask(Question question, String language, String collection) throws InterruptedException {
        long start = System.nanoTime();
        JsonNode embedded = client.post(
                        "/v1/embeddings",
                        object().put("model", models.embedding(language)).put("input", question.text()))
                .body();
        long embeddingTokens = embedded.path("usage").path("total_tokens").asLong();
        long embeddingCost = ledger.bookEmbedding(models.embedding(language), embeddingTokens);
        List<Passage> passages = search(
                question, language, collection, embedded.path("data").path(0).path("embedding"));

        Stream stream = new Stream();
        client.stream("/v1/chat/completions", chat(question, language, passages), stream::take);
        double total = (System.nanoTime() - start) / 1e9;
        String answer = stream.text.toString().strip();
        if (answer.isEmpty() || stream.tokens == 0) {
            throw new StepFailed("the chat on \"" + question.text() + "\" ended without text or usage");
        }
        long chatCost = ledger.bookChat(stream.id, stream.tokens);
        Set<Passage> cited = cited(answer, passages);
        return new Answered(
                question,
                answer,
                cited.stream()
                        .map(passage -> passage.paragraph() + " " + passage.title())
                        .distinct()
                        .toList(),
                cited.stream().anyMatch(passage -> question.isAnsweredBy(passage.text())),
                embeddingTokens + stream.tokens,
                embeddingCost + chatCost,
                (stream.firstNanos - stream.sentNanos) / 1e9,
                total);
    }

    private List<Passage> search(Question question, String language, String collection, JsonNode vector)
            throws InterruptedException {
        ObjectNode body = object();
        var prefetch = body.putArray("prefetch");
        ObjectNode byMeaning = prefetch.addObject();
        byMeaning.set("query", vector);
        byMeaning.put("using", language).put("limit", CANDIDATES);
        ObjectNode byWords = prefetch.addObject();
        byWords.putObject("query").put("text", question.text()).put("model", "qdrant/bm25");
        byWords.put("using", "bm25").put("limit", CANDIDATES);
        body.putObject("query").put("fusion", "rrf");
        body.put("limit", PASSAGES).put("with_payload", true);
        JsonNode points = client.post("/collections/" + collection + "/points/query", body)
                .body()
                .path("result")
                .path("points");
        List<Passage> passages = new ArrayList<>();
        for (JsonNode point : points) {
            JsonNode payload = point.path("payload");
            passages.add(new Passage(
                    payload.path("document").asText(),
                    payload.path("title").asText(),
                    payload.path("text").asText()));
        }
        if (passages.isEmpty()) {
            throw new StepFailed("nothing was found for \"" + question.text() + "\"");
        }
        return passages;
    }

    private ObjectNode chat(Question question, String language, List<Passage> passages) {
        boolean chinese = language.equals("zh");
        StringBuilder context = new StringBuilder();
        for (int i = 0; i < passages.size(); i++) {
            Passage passage = passages.get(i);
            context.append("[")
                    .append(i + 1)
                    .append("] ")
                    .append(passage.title())
                    .append('\n');
            context.append(passage.text()).append("\n\n");
        }
        context.append(chinese ? "问题：" : "Question: ").append(question.text());
        ObjectNode body = object().put("model", models.chat())
                .put("stream", true)
                .put("temperature", 0)
                .put("max_tokens", MAX_ANSWER_TOKENS);
        body.putObject("stream_options").put("include_usage", true);
        var messages = body.putArray("messages");
        messages.addObject()
                .put("role", "system")
                .put(
                        "content",
                        chinese
                                ? "只根据给出的资料回答问题，并用 [n] 注明出处。"
                                : "Answer the question from the given passages only and cite them as [n].");
        messages.addObject().put("role", "user").put("content", context.toString());
        return body;
    }

    private static Set<Passage> cited(String answer, List<Passage> passages) {
        Set<Passage> cited = new LinkedHashSet<>();
        for (MatchResult mark : CITATION.matcher(answer).results().toList()) {
            int number = Integer.parseInt(mark.group(1));
            if (number >= 1 && number <= passages.size()) {
                cited.add(passages.get(number - 1));
            }
        }
        return cited;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
