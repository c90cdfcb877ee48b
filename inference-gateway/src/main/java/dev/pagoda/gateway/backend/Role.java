package dev.pagoda.gateway.backend;

/// Who says a message of a chat.
public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    TOOL,
    DEVELOPER
}
