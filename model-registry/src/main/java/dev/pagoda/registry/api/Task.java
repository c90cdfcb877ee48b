package dev.pagoda.registry.api;

/// What a model is asked for.
public enum Task {
    CHAT,
    EMBEDDING
}
