package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.Thinking;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Parameters about who asks, how urgently, and how long the model may think, as all of OpenAI's endpoints say them.
final class HintParameters {
    private static final int MAX_METADATA = 16;
    private static final int MAX_METADATA_KEY = 64;
    private static final int MAX_METADATA_VALUE = 512;
    private static final int MAX_KEY = 512;
    private static final int MAX_PRIORITY = 1_000_000;

    private static final List<String> TIERS = List.of("auto", "default", "flex", "scale", "priority", "fast");
    private static final List<String> EFFORTS = List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

    private HintParameters() {}

    /// @param headers what the client says to the gateway itself
    static Hints of(Parameters body, Map<String, String> headers) {
        String user =
                text(body, "safety_identifier").or(() -> text(body, "user")).orElse("");
        return new Hints(
                (int) body.integer("priority", -MAX_PRIORITY, MAX_PRIORITY).orElse(0),
                headers.getOrDefault(Hints.HEADER_PREFIX + "session", user),
                body.choice("service_tier", TIERS).orElse(""),
                text(body, "prompt_cache_key").orElse(""),
                metadata(body),
                headers.getOrDefault(Hints.HEADER_PREFIX + "adapter", ""),
                user,
                headers);
    }

    private static Optional<String> text(Parameters body, String name) {
        Optional<String> text = body.text(name);
        text.filter(got -> got.length() > MAX_KEY).ifPresent(got -> {
            throw BadParameter.longString(name, MAX_KEY, got.length());
        });
        return text;
    }

    /// The tier that an answer names: the one it was worked on at.
    static String told(Hints hints) {
        return switch (hints.tier()) {
            case FLEX -> "flex";
            case PRIORITY -> "priority";
            case DEFAULT, BATCH -> "default";
        };
    }

    /// @param body an object that may have an effort under `name`
    static Thinking thinking(Parameters body, String name) {
        return body.choice(name, EFFORTS)
                .map(effort -> switch (effort) {
                    case "none" -> Thinking.none();
                    case "minimal" -> Thinking.upTo(32);
                    case "low" -> Thinking.upTo(128);
                    case "high" -> Thinking.upTo(2_048);
                    case "xhigh" -> Thinking.upTo(4_096);
                    case "max" -> Thinking.upTo(8_192);
                    default -> Thinking.upTo(512);
                })
                .orElse(Thinking.none());
    }

    static Map<String, String> metadata(Parameters body) {
        if (body.object("metadata").isEmpty()) {
            return Map.of();
        }
        JsonNode metadata = body.raw("metadata");
        if (metadata.size() > MAX_METADATA) {
            throw BadParameter.manyProperties("metadata", MAX_METADATA, metadata.size());
        }
        var read = new HashMap<String, String>();
        for (Map.Entry<String, JsonNode> entry : metadata.properties()) {
            String path = "metadata." + BadParameter.echo(entry.getKey());
            if (entry.getKey().length() > MAX_METADATA_KEY) {
                throw BadParameter.longString(
                        path, MAX_METADATA_KEY, entry.getKey().length());
            }
            JsonNode value = entry.getValue();
            if (!value.isTextual()) {
                throw BadParameter.type(path, "a string", value);
            }
            if (value.textValue().length() > MAX_METADATA_VALUE) {
                throw BadParameter.longString(
                        path, MAX_METADATA_VALUE, value.textValue().length());
            }
            read.put(entry.getKey(), value.textValue());
        }
        return read;
    }
}
