package dev.pagoda.gateway.backend;

/// How many tokens a request's prompt has, before anybody reads it.
///
/// Safe from any thread.
public final class PromptTokens {
    /// Longer texts are bounded by their length alone, as looking at each character would hold an event loop.
    private static final int MAX_READ_CHARS = 100_000;

    private static final int MAX_BYTES_PER_CHAR = 3;

    /// Counting more than this belongs on another thread than an event loop: about 0.3 ms.
    private static final int LIGHT_CHARS = 8_000;

    private PromptTokens() {}

    /// No fewer than the prompt has, at the cost of looking at it once: vocabularies of bytes make at most one token of
    /// each byte.
    public static int atMost(ChatRequest request) {
        return Tokens.countPrompt(request, PromptTokens::bytes);
    }

    /// As many as the simulated models count; see [#isHeavy].
    public static int of(ChatRequest request) {
        return Tokens.countPrompt(request, Tokens::count);
    }

    /// As many as the simulated models count in one text.
    public static int of(String text) {
        return Tokens.count(text);
    }

    /// Whether [#of(ChatRequest)] takes so long that an event loop must not wait for it.
    public static boolean isHeavy(ChatRequest request) {
        return !Tokens.isLoaded() || Tokens.countPrompt(request, String::length) > LIGHT_CHARS;
    }

    /// Bytes of the text in UTF-8, or more.
    static int bytes(String text) {
        int length = text.length();
        if (length > MAX_READ_CHARS) {
            return Math.multiplyExact(length, MAX_BYTES_PER_CHAR);
        }
        int bytes = length;
        for (int i = 0; i < length; i++) {
            char unit = text.charAt(i);
            if (unit >= 0x80) {
                // a surrogate pair has 4 bytes: 2 for each half
                bytes += unit < 0x800 || Character.isSurrogate(unit) ? 1 : 2;
            }
        }
        return bytes;
    }
}
