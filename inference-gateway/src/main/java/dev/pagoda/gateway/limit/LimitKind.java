package dev.pagoda.gateway.limit;

/// What a limit bounds.
public enum LimitKind {
    REQUESTS("requests per min (RPM)"),
    TOKENS("tokens per min (TPM)"),
    CONCURRENT("concurrent requests");

    /// How a refusal names it.
    private final String phrase;

    LimitKind(String phrase) {
        this.phrase = phrase;
    }

    String phrase() {
        return phrase;
    }
}
