package dev.pagoda.gateway.upstream;

/// Tokens of a prompt that nobody counted: about four bytes of English text make one (OpenAI's help article
/// "What are tokens and how to count them?"). Used where a server ends without telling.
final class PromptEstimate {
    private static final int BYTES_PER_TOKEN = 4;

    private PromptEstimate() {}

    static long tokens(SentBody body) {
        return Math.max(1, body.length() / BYTES_PER_TOKEN);
    }
}
