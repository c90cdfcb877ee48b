package dev.pagoda.gateway.cache;

import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.backend.Tools;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// What makes two requests the same: all that an answer depends on, and nothing else.
///
/// Each part goes in with its length, so that no two requests run together.
final class RequestDigest {
    private final MessageDigest sha;

    private RequestDigest() {
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// @param version who answers
    static String of(ChatRequest request, String version) {
        var digest = new RequestDigest();
        digest.around(request, version);
        digest.messages(request.messages());
        return HexFormat.of().formatHex(digest.sha.digest());
    }

    /// Of all but the text of the question: requests of one family differ in nothing else.
    static String ofFamily(ChatRequest request, String version) {
        var digest = new RequestDigest();
        digest.around(request, version);
        digest.messages(request.messages().subList(0, request.messages().size() - 1));
        return HexFormat.of().formatHex(digest.sha.digest());
    }

    /// Whether an answer may be given again at all: not where tools act, nor where several choices are to differ by
    /// chance, nor where content has no digest.
    static boolean isCacheable(ChatRequest request) {
        boolean isDrawnAnew = request.n() > 1 && request.sampling().seed().isEmpty();
        return !request.tools().isUsable()
                && !isDrawnAnew
                && request.messages().stream()
                        .flatMap(message -> message.parts().stream())
                        .noneMatch(RequestDigest::isUnknown);
    }

    /// The question, where one of the same meaning may have the same answer: plain text from a user, for one plain
    /// answer.
    static Optional<String> question(ChatRequest request) {
        ChatMessage last = request.messages().getLast();
        boolean isPlain = request.prompting() == ChatRequest.Prompting.CHAT
                && request.n() == 1
                && request.format() instanceof OutputFormat.Text
                && request.sampling().topLogprobs().isEmpty()
                && last.role() == Role.USER
                && !last.content().isBlank()
                && last.parts().stream().allMatch(ContentPart.Text.class::isInstance);
        return isPlain ? Optional.of(last.content()) : Optional.empty();
    }

    private static boolean isUnknown(ContentPart part) {
        return switch (part) {
            case ContentPart.Text text -> false;
            case ContentPart.Image image -> image.digest().isEmpty();
            case ContentPart.Audio audio -> audio.digest().isEmpty();
            case ContentPart.File file -> file.digest().isEmpty();
        };
    }

    private void around(ChatRequest request, String version) {
        put(version);
        put(request.model());
        put(request.prompting().name());
        put(Integer.toString(request.n()));
        var limits = request.limits();
        put(limits.maxTokens().toString());
        put(Integer.toString(limits.minTokens()));
        put(Boolean.toString(limits.ignoreEos()));
        all(limits.stop());
        var sampling = request.sampling();
        put(Double.toString(sampling.temperature()));
        put(Double.toString(sampling.topP()));
        put(Double.toString(sampling.presencePenalty()));
        put(Double.toString(sampling.frequencyPenalty()));
        put(new TreeMap<>(sampling.logitBias()).toString());
        put(sampling.seed().toString());
        put(sampling.topLogprobs().toString());
        put(request.thinking().toString());
        put(request.hints().adapter());
        switch (request.format()) {
            case OutputFormat.Text text -> put("text");
            case OutputFormat.JsonObject object -> put("object");
            case OutputFormat.JsonSchema schema -> {
                put("schema");
                put(schema.name());
                put(schema.schema().toString());
                put(Boolean.toString(schema.strict()));
            }
        }
        // tools that may not be called are part of the prompt all the same
        put(Integer.toString(request.tools().list().size()));
        for (Tools.Tool tool : request.tools().list()) {
            put(tool.name());
            put(tool.description());
            switch (tool) {
                case Tools.Tool.Function function -> put(function.parameters().toString());
                case Tools.Tool.Custom custom -> put(custom.grammar());
            }
        }
    }

    private void messages(List<ChatMessage> messages) {
        put(Integer.toString(messages.size()));
        for (ChatMessage message : messages) {
            put(message.role().name());
            put(message.toolCallId());
            put(Integer.toString(message.parts().size()));
            message.parts().forEach(this::part);
            put(Integer.toString(message.toolCalls().size()));
            for (ToolCall call : message.toolCalls()) {
                put(call.toString());
            }
        }
    }

    private void part(ContentPart part) {
        put(part.getClass().getSimpleName());
        put(part.text());
        put(Integer.toString(part.tokens()));
        put(
                switch (part) {
                    case ContentPart.Text text -> "";
                    case ContentPart.Image image -> image.digest();
                    case ContentPart.Audio audio -> audio.digest();
                    case ContentPart.File file -> file.digest();
                });
    }

    private void all(List<String> texts) {
        put(Integer.toString(texts.size()));
        texts.forEach(this::put);
    }

    private void put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        sha.update((byte) (length >>> 24));
        sha.update((byte) (length >>> 16));
        sha.update((byte) (length >>> 8));
        sha.update((byte) length);
        sha.update(bytes);
    }
}
