package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// A conversation made shorter: what users said stays, the rest becomes one item that holds the model's summary of it.
///
/// Clients send the item back and need not read it; its text is compressed, not secret, since it is the client's own.
final class Compaction implements ChatOutput {
    /// What the model is asked after the conversation.
    static final String QUESTION =
            "Summarize this conversation for whoever goes on with it: what was asked, found out and decided, and what is"
                    + " still open.";

    private static final String FORM = "pgd1.";
    private static final int MAX_SUMMARY_BYTES = 1 << 20;

    private final RoutingContext ctx;
    private final String id;
    private final long created;
    private final List<JsonNode> items;
    private final GatheredChoice summary = new GatheredChoice();

    /// @param items the conversation
    Compaction(RoutingContext ctx, String id, long created, List<JsonNode> items) {
        this.ctx = ctx;
        this.id = id;
        this.created = created;
        this.items = items;
    }

    /// A text in the form in which clients send it back and need not read it.
    static String packed(String text) {
        var packed = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(packed)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // memory does not fail
        }
        return FORM + Base64.getUrlEncoder().withoutPadding().encodeToString(packed.toByteArray());
    }

    /// An item that holds a summary.
    static ObjectNode item(String summary) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", ResponseItems.newId("cmp_"))
                .put("type", "compaction")
                .put("encrypted_content", packed(summary));
    }

    /// The summary in an item, empty when it is another server's.
    static Optional<String> summary(JsonNode item) {
        String content = item.path("encrypted_content").asText();
        if (!content.startsWith(FORM)) {
            return Optional.empty();
        }
        try (var in = new GZIPInputStream(
                new ByteArrayInputStream(Base64.getUrlDecoder().decode(content.substring(FORM.length()))))) {
            return Optional.of(new String(in.readNBytes(MAX_SUMMARY_BYTES), StandardCharsets.UTF_8));
        } catch (IOException | IllegalArgumentException broken) {
            return Optional.empty();
        }
    }

    @Override
    public void start(ChatStarted started) {}

    @Override
    public void header(String name, String value) {
        if (!ctx.response().headWritten()) {
            ctx.response().putHeader(name, value);
        }
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        summary.add(delta);
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        summary.finish(reason);
    }

    @Override
    public void end(TokenUsage usage) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("id", id).put("object", "response.compaction");
        for (JsonNode item : items) {
            if (item.path("role").asText().equals("user")) {
                answer.withArray("output").add(item);
            }
        }
        answer.withArray("output").add(item(summary.text()));
        answer.put("created_at", created).set("usage", ResponseDraft.usage(usage));
        Answers.json(ctx, Buffer.buffer(answer.toString()));
    }

    @Override
    public void refuse(Refusal refusal) {
        HttpFloor.refuse(ctx, OpenAiErrors.FORM, refusal);
    }

    @Override
    public void abandon() {}
}
