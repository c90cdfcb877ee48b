package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.TokenLogprob;
import dev.pagoda.gateway.backend.TokenLogprob.Candidate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Log probabilities as chats and responses tell them.
final class LogprobJson {
    private LogprobJson() {}

    /// The `logprobs` of a choice; null when none were asked for.
    static void choice(JsonGenerator json, List<TokenLogprob> logprobs, boolean isAsked) throws IOException {
        if (!isAsked) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeFieldName("content");
        list(json, logprobs);
        json.writeNullField("refusal");
        json.writeEndObject();
    }

    static void list(JsonGenerator json, List<TokenLogprob> logprobs) throws IOException {
        json.writeStartArray();
        for (TokenLogprob logprob : logprobs) {
            json.writeStartObject();
            fields(json, logprob.chosen());
            json.writeArrayFieldStart("top_logprobs");
            for (Candidate candidate : logprob.top()) {
                json.writeStartObject();
                fields(json, candidate);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /// What a token looks like alone; replacement characters where it is no whole code point.
    static String text(Candidate candidate) {
        return new String(candidate.bytes(), StandardCharsets.UTF_8);
    }

    private static void fields(JsonGenerator json, Candidate candidate) throws IOException {
        json.writeStringField("token", text(candidate));
        json.writeNumberField("logprob", candidate.logprob());
        json.writeArrayFieldStart("bytes");
        for (byte one : candidate.bytes()) {
            json.writeNumber(one & 0xFF);
        }
        json.writeEndArray();
    }
}
