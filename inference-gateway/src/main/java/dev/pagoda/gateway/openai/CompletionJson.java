package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenLogprob;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JSON of a `text_completion`, whole or as chunks, which have the same form.
final class CompletionJson {
    private final CompletionParameters parameters;
    private final ChatJson.Head head;

    CompletionJson(CompletionParameters parameters, ChatJson.Head head) {
        this.parameters = parameters;
        this.head = head;
    }

    /// @param made all choices of all prompts in a row; the first `n` of each prompt are told
    Buffer whole(List<GatheredChoice> made, TokenUsage usage) {
        return Json.write(json -> {
            json.writeStartObject();
            fields(json);
            json.writeArrayFieldStart("choices");
            int index = 0;
            for (int i = 0; i < made.size(); i++) {
                if (i % parameters.made() < parameters.n()) {
                    GatheredChoice choice = made.get(i);
                    String prompt = echoed(i);
                    var logprobs = new ArrayList<>(promptLogprobs(prompt));
                    logprobs.addAll(choice.logprobs());
                    choice(json, index++, prompt + choice.text(), logprobs, 0, choice.reason());
                }
            }
            json.writeEndArray();
            json.writeFieldName("usage");
            ChatJson.usage(json, usage);
            json.writeEndObject();
        });
    }

    /// One chunk.
    ///
    /// @param offset characters of the choice that were sent before
    Buffer chunk(int choice, String text, List<TokenLogprob> logprobs, int offset, @Nullable FinishReason reason) {
        return Json.write(json -> {
            json.writeStartObject();
            fields(json);
            json.writeArrayFieldStart("choices");
            choice(json, choice, text, logprobs, offset, reason);
            json.writeEndArray();
            if (parameters.includeUsage()) {
                json.writeNullField("usage");
            }
            json.writeEndObject();
        });
    }

    Buffer usage(TokenUsage usage) {
        return Json.write(json -> {
            json.writeStartObject();
            fields(json);
            json.writeArrayFieldStart("choices");
            json.writeEndArray();
            json.writeFieldName("usage");
            ChatJson.usage(json, usage);
            json.writeEndObject();
        });
    }

    /// What is told of the prompt before a choice.
    String echoed(int choice) {
        return parameters.echo() ? parameters.prompts().get(choice / parameters.made()) : "";
    }

    List<TokenLogprob> promptLogprobs(String prompt) {
        return parameters.hasLogprobs() && !prompt.isEmpty()
                ? Tokens.logprobs(
                        prompt,
                        parameters
                                .requests()
                                .getFirst()
                                .sampling()
                                .topLogprobs()
                                .getAsInt())
                : List.of();
    }

    private void fields(JsonGenerator json) throws IOException {
        json.writeStringField("id", head.id());
        json.writeStringField("object", "text_completion");
        json.writeNumberField("created", head.created());
        json.writeStringField("model", head.model());
        json.writeStringField("system_fingerprint", head.fingerprint());
    }

    private void choice(
            JsonGenerator json,
            int index,
            String text,
            List<TokenLogprob> logprobs,
            int offset,
            @Nullable FinishReason reason)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("text", text);
        json.writeNumberField("index", index);
        json.writeFieldName("logprobs");
        if (parameters.hasLogprobs()) {
            logprobs(json, logprobs, offset);
        } else {
            json.writeNull();
        }
        if (reason == null) {
            json.writeNullField("finish_reason");
        } else {
            json.writeStringField("finish_reason", ChatJson.reason(reason, false));
        }
        json.writeEndObject();
    }

    private static void logprobs(JsonGenerator json, List<TokenLogprob> logprobs, int offset) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("tokens");
        for (TokenLogprob logprob : logprobs) {
            json.writeString(LogprobJson.text(logprob.chosen()));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("token_logprobs");
        for (TokenLogprob logprob : logprobs) {
            json.writeNumber(logprob.chosen().logprob());
        }
        json.writeEndArray();
        json.writeArrayFieldStart("top_logprobs");
        for (TokenLogprob logprob : logprobs) {
            json.writeStartObject();
            for (TokenLogprob.Candidate candidate : logprob.top()) {
                json.writeNumberField(LogprobJson.text(candidate), candidate.logprob());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("text_offset");
        int at = offset;
        for (TokenLogprob logprob : logprobs) {
            json.writeNumber(at);
            at += LogprobJson.text(logprob.chosen()).length();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
