package dev.pagoda.gateway.backend;

/// How many tokens a request makes its model read, counted without asking it.
public final class PromptTokens {
    private PromptTokens() {}

    /// Takes a moment, so not on an event loop. Safe from any thread.
    public static int of(ChatRequest request) {
        return Tokens.countPrompt(request);
    }
}
