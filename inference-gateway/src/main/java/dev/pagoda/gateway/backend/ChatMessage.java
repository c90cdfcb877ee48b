package dev.pagoda.gateway.backend;

import java.util.Objects;

/// One message of a chat, as text.
public record ChatMessage(Role role, String content) {
    public ChatMessage {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
    }
}
