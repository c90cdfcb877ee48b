package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.TokenLogprob;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/// The JSON of an answer, a line of it or the whole.
final class AnswerLines {
    private final String model;
    private final OllamaChat.Form form;

    AnswerLines(String model, OllamaChat.Form form) {
        this.model = model;
        this.form = form;
    }

    /// A whole call of a tool.
    ///
    /// @param arguments JSON, or the beginning of some that a token limit cut
    record Call(int index, String id, String name, String arguments) {}

    /// What a line brings.
    record News(String text, String thinking, List<Call> calls, List<TokenLogprob> logprobs) {
        static News nothing() {
            return new News("", "", List.of(), List.of());
        }
    }

    /// The figures of the last line.
    ///
    /// @param reason `stop` or `length`
    record Done(
            String reason,
            long totalNanos,
            long loadNanos,
            int promptTokens,
            long promptNanos,
            int tokens,
            long nanos) {}

    Buffer line(News news, Instant now) {
        return write(news, now, json -> json.writeBooleanField("done", false));
    }

    Buffer last(News news, Instant now, Done done) {
        return write(news, now, json -> {
            json.writeBooleanField("done", true);
            json.writeStringField("done_reason", done.reason());
            json.writeNumberField("total_duration", done.totalNanos());
            json.writeNumberField("load_duration", done.loadNanos());
            json.writeNumberField("prompt_eval_count", done.promptTokens());
            json.writeNumberField("prompt_eval_duration", done.promptNanos());
            json.writeNumberField("eval_count", done.tokens());
            json.writeNumberField("eval_duration", done.nanos());
        });
    }

    /// The answer to a request that asked nothing.
    ///
    /// @param reason `load` or `unload`
    Buffer idle(String reason, Instant now) {
        return write(News.nothing(), now, json -> {
            json.writeBooleanField("done", true);
            json.writeStringField("done_reason", reason);
        });
    }

    private Buffer write(News news, Instant now, Json.Writing end) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("model", model);
            json.writeStringField("created_at", now.toString());
            switch (form) {
                case CHAT -> {
                    json.writeObjectFieldStart("message");
                    json.writeStringField("role", "assistant");
                    json.writeStringField("content", news.text());
                    content(json, news);
                    json.writeEndObject();
                }
                case GENERATE -> {
                    json.writeStringField("response", news.text());
                    content(json, news);
                }
            }
            if (!news.logprobs().isEmpty()) {
                json.writeArrayFieldStart("logprobs");
                for (TokenLogprob logprob : news.logprobs()) {
                    logprob(json, logprob);
                }
                json.writeEndArray();
            }
            end.to(json);
            json.writeEndObject();
        });
    }

    private static void content(JsonGenerator json, News news) throws IOException {
        if (!news.thinking().isEmpty()) {
            json.writeStringField("thinking", news.thinking());
        }
        if (news.calls().isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("tool_calls");
        for (Call call : news.calls()) {
            json.writeStartObject();
            json.writeStringField("id", call.id());
            json.writeObjectFieldStart("function");
            json.writeNumberField("index", call.index());
            json.writeStringField("name", call.name());
            json.writeFieldName("arguments");
            json.writeRawValue(Parameters.isObject(call.arguments()) ? call.arguments() : "{}");
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void logprob(JsonGenerator json, TokenLogprob logprob) throws IOException {
        json.writeStartObject();
        candidate(json, logprob.chosen());
        if (!logprob.top().isEmpty()) {
            json.writeArrayFieldStart("top_logprobs");
            for (TokenLogprob.Candidate each : logprob.top()) {
                json.writeStartObject();
                candidate(json, each);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void candidate(JsonGenerator json, TokenLogprob.Candidate candidate) throws IOException {
        json.writeStringField("token", new String(candidate.bytes(), StandardCharsets.UTF_8));
        json.writeNumberField("logprob", candidate.logprob());
        json.writeArrayFieldStart("bytes");
        for (byte each : candidate.bytes()) {
            json.writeNumber(each & 0xff);
        }
        json.writeEndArray();
    }
}
