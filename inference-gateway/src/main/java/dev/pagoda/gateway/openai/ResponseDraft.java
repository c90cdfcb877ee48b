package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenLogprob;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A response under way: its object as it stands, and the events that tell how it came to be, in OpenAI's order and
/// each with its number.
///
/// Items follow each other as deltas do: thoughts, then a message, then calls. Not thread-safe.
final class ResponseDraft {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> OVER = Set.of("completed", "incomplete", "failed", "cancelled");

    private final ObjectNode response;
    private final boolean hasLogprobs;
    private final boolean encryptsReasoning;
    private final ReasoningSummary summary;
    private final Consumer<ObjectNode> events;
    private final StringBuilder text = new StringBuilder();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private @Nullable ObjectNode open;
    private boolean isCustom;
    private int number;

    /// @param events hears each event as it comes to be; an event is not changed afterwards
    ResponseDraft(String id, long created, ResponseParameters parameters, Consumer<ObjectNode> events) {
        this.events = events;
        this.encryptsReasoning = parameters.flags().encryptsReasoning();
        this.summary = parameters.flags().summary();
        this.hasLogprobs = parameters.sampling().topLogprobs().isPresent();
        this.response = JSON.objectNode()
                .put("id", id)
                .put("object", "response")
                .put("created_at", created)
                .put("status", parameters.background() ? "queued" : "in_progress")
                .put("background", parameters.background())
                .put("model", parameters.model())
                .put("store", parameters.store());
        response.putNull("completed_at");
        response.putNull("error");
        response.putNull("incomplete_details");
        response.putArray("output");
        response.setAll(parameters.told());
        if (!parameters.conversation().isEmpty()) {
            response.putObject("conversation").put("id", parameters.conversation());
        }
    }

    /// The object as it stands; later changes do not show in it.
    ObjectNode snapshot() {
        return response.deepCopy();
    }

    boolean isOver() {
        return OVER.contains(response.path("status").asText());
    }

    ArrayNode output() {
        return (ArrayNode) response.get("output");
    }

    void begin() {
        if (response.path("status").asText().equals("queued")) {
            tellWhole("response.created");
            tellWhole("response.queued");
            response.put("status", "in_progress");
        } else {
            tellWhole("response.created");
        }
        tellWhole("response.in_progress");
    }

    void add(ChatDelta delta) {
        switch (delta) {
            case ChatDelta.Reasoning thought -> {
                if (!isOpen("reasoning")) {
                    openItem("reasoning", JSON.objectNode().put("id", itemId("rs_")), "summary");
                    tellPart("added", thoughtPart(""));
                }
                tellDelta("response.reasoning_text.delta", thought.text(), true);
            }
            case ChatDelta.Text words -> {
                if (!isOpen("message")) {
                    openMessage();
                }
                logprobs.addAll(words.logprobs());
                if (!words.text().isEmpty() || hasLogprobs) {
                    text.append(words.text());
                    ObjectNode event =
                            itemEvent("response.output_text.delta", true).put("delta", words.text());
                    event.set("logprobs", told(words.logprobs()));
                    tell(event);
                }
            }
            case ChatDelta.ToolCall call -> {
                if (call.opens()) {
                    openCall(call);
                }
                tellDelta(
                        isCustom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta",
                        call.arguments(),
                        false);
            }
        }
    }

    /// The answer has ended, for good or by its limit.
    ///
    /// @param atSeconds Unix time
    void end(FinishReason reason, TokenUsage usage, long atSeconds) {
        boolean isWhole = reason == FinishReason.STOP || reason == FinishReason.TOOL_CALLS;
        if (output().isEmpty() && open == null) {
            openMessage();
        }
        closeItem(isWhole ? "completed" : "incomplete");
        response.set("usage", usage(usage));
        if (isWhole) {
            response.put("status", "completed").put("completed_at", atSeconds);
            tellWhole("response.completed");
        } else {
            response.put("status", "incomplete");
            response.putObject("incomplete_details")
                    .put("reason", reason == FinishReason.LENGTH ? "max_output_tokens" : "content_filter");
            tellWhole("response.incomplete");
        }
    }

    void fail(Refusal refusal) {
        closeItem("incomplete");
        response.put("status", "failed");
        response.putObject("error")
                .put("code", refusal.reason() == Reason.EXHAUSTED ? "rate_limit_exceeded" : "server_error")
                .put("message", refusal.message());
        tellWhole("response.failed");
    }

    void cancel() {
        closeItem("incomplete");
        response.put("status", "cancelled");
    }

    /// A name by which the response is found again, see [ItemReferences].
    private String itemId(String prefix) {
        return ItemReferences.id(prefix, response.path("id").asText(), output().size());
    }

    private boolean isOpen(String type) {
        return open != null && open.path("type").asText().equals(type);
    }

    private void openItem(String type, ObjectNode item, String emptyArray) {
        closeItem("completed");
        item.put("type", type);
        if (!emptyArray.isEmpty()) {
            item.putArray(emptyArray);
        }
        item.put("status", "in_progress");
        open = item;
        output().add(item);
        ObjectNode event = event("response.output_item.added").put("output_index", output().size() - 1);
        event.set("item", item.deepCopy());
        tell(event);
    }

    private void openMessage() {
        openItem("message", JSON.objectNode().put("id", itemId("msg_")).put("role", "assistant"), "content");
        tellPart("added", textPart("", List.of()));
    }

    private void openCall(ChatDelta.ToolCall call) {
        isCustom = call.isCustom();
        ObjectNode item = JSON.objectNode()
                .put("id", itemId(isCustom ? "ctc_" : "fc_"))
                .put("call_id", call.id())
                .put("name", call.name())
                .put(isCustom ? "input" : "arguments", "");
        openItem(isCustom ? "custom_tool_call" : "function_call", item, "");
    }

    private void closeItem(String status) {
        if (open == null) {
            return;
        }
        String whole = text.toString();
        switch (open.path("type").asText()) {
            case "message" -> {
                ObjectNode done = itemEvent("response.output_text.done", true).put("text", whole);
                done.set("logprobs", told(logprobs));
                tell(done);
                ObjectNode part = textPart(whole, logprobs);
                tellPart("done", part.deepCopy());
                open.withArray("content").add(part);
            }
            case "reasoning" -> {
                tell(itemEvent("response.reasoning_text.done", true).put("text", whole));
                tellPart("done", thoughtPart(whole));
                open.withArray("content").add(thoughtPart(whole));
                summarize(open, summary.of(whole));
                if (encryptsReasoning) {
                    open.put("encrypted_content", Compaction.packed(whole));
                }
            }
            case "custom_tool_call" -> {
                tell(itemEvent("response.custom_tool_call_input.done", false).put("input", whole));
                open.put("input", whole);
            }
            default -> {
                tell(itemEvent("response.function_call_arguments.done", false)
                        .put("name", open.path("name").asText())
                        .put("arguments", whole));
                open.put("arguments", whole);
            }
        }
        open.put("status", status);
        ObjectNode event = event("response.output_item.done").put("output_index", output().size() - 1);
        event.set("item", open.deepCopy());
        tell(event);
        open = null;
        text.setLength(0);
        logprobs.clear();
    }

    private void summarize(ObjectNode item, String text) {
        if (text.isEmpty()) {
            return;
        }
        ObjectNode added =
                itemEvent("response.reasoning_summary_part.added", false).put("summary_index", 0);
        added.set("part", summaryPart(""));
        tell(added);
        tell(itemEvent("response.reasoning_summary_text.delta", false)
                .put("summary_index", 0)
                .put("delta", text));
        tell(itemEvent("response.reasoning_summary_text.done", false)
                .put("summary_index", 0)
                .put("text", text));
        ObjectNode done =
                itemEvent("response.reasoning_summary_part.done", false).put("summary_index", 0);
        done.set("part", summaryPart(text));
        tell(done);
        item.withArray("summary").add(summaryPart(text));
    }

    private static ObjectNode summaryPart(String text) {
        return JSON.objectNode().put("type", "summary_text").put("text", text);
    }

    private void tellDelta(String type, String more, boolean hasContent) {
        if (!more.isEmpty()) {
            text.append(more);
            tell(itemEvent(type, hasContent).put("delta", more));
        }
    }

    private void tellWhole(String type) {
        ObjectNode event = event(type);
        event.set("response", snapshot());
        tell(event);
    }

    private ObjectNode itemEvent(String type, boolean hasContent) {
        ObjectNode event = event(type)
                .put("item_id", open == null ? "" : open.path("id").asText())
                .put("output_index", output().size() - 1);
        return hasContent ? event.put("content_index", 0) : event;
    }

    private static ObjectNode event(String type) {
        return JSON.objectNode().put("type", type);
    }

    private void tell(ObjectNode event) {
        events.accept(event.put("sequence_number", number++));
    }

    private void tellPart(String what, ObjectNode part) {
        ObjectNode event = itemEvent("response.content_part." + what, true);
        event.set("part", part);
        tell(event);
    }

    private static ObjectNode thoughtPart(String text) {
        return JSON.objectNode().put("type", "reasoning_text").put("text", text);
    }

    private static ObjectNode textPart(String text, List<TokenLogprob> logprobs) {
        ObjectNode part = JSON.objectNode().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        part.set("logprobs", told(logprobs));
        return part;
    }

    private static JsonNode told(List<TokenLogprob> logprobs) {
        if (logprobs.isEmpty()) {
            return JSON.arrayNode();
        }
        try {
            return MAPPER.readTree(
                    Json.write(json -> LogprobJson.list(json, logprobs)).toString());
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible); // it was written here
        }
    }

    static ObjectNode usage(TokenUsage usage) {
        ObjectNode told = JSON.objectNode().put("input_tokens", usage.promptTokens());
        told.putObject("input_tokens_details")
                .put("cached_tokens", usage.cachedTokens())
                .put("cache_write_tokens", 0);
        told.put("output_tokens", usage.completionTokens());
        told.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
        return told.put("total_tokens", usage.totalTokens());
    }
}
