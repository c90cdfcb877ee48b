package dev.pagoda.gateway.backend;

/// Tokens of one chat: the prompt once, the completions of all choices together.
public record TokenUsage(int promptTokens, int completionTokens) {
    public TokenUsage {
        if (promptTokens < 0 || completionTokens < 0) {
            throw new IllegalArgumentException(
                    "tokens " + promptTokens + " and " + completionTokens + " are not both >= 0");
        }
    }

    /// Prompt and completion together.
    public int totalTokens() {
        return Math.addExact(promptTokens, completionTokens);
    }
}
