package dev.pagoda.gateway.backend;

/// Tokens of one chat: the prompt once, the completions of all choices together.
///
/// @param cachedTokens    of the prompt, those whose KV blocks were found and not computed
/// @param reasoningTokens of the completions, those of thoughts
public record TokenUsage(int promptTokens, int completionTokens, int cachedTokens, int reasoningTokens) {
    public TokenUsage {
        if (promptTokens < 0 || completionTokens < 0) {
            throw new IllegalArgumentException(
                    "tokens " + promptTokens + " and " + completionTokens + " are not both >= 0");
        }
        if (cachedTokens < 0 || cachedTokens > promptTokens) {
            throw new IllegalArgumentException("cachedTokens " + cachedTokens + " are not within 0 to " + promptTokens);
        }
        if (reasoningTokens < 0 || reasoningTokens > completionTokens) {
            throw new IllegalArgumentException(
                    "reasoningTokens " + reasoningTokens + " are not within 0 to " + completionTokens);
        }
    }

    public TokenUsage(int promptTokens, int completionTokens) {
        this(promptTokens, completionTokens, 0, 0);
    }

    /// Prompt and completion together.
    public int totalTokens() {
        return Math.addExact(promptTokens, completionTokens);
    }
}
