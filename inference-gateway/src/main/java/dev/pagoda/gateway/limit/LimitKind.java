package dev.pagoda.gateway.limit;

/// What a limit bounds.
///
/// @param phrase how a refusal names it
public enum LimitKind {
    REQUESTS("requests per min (RPM)"),
    TOKENS("tokens per min (TPM)"),
    CONCURRENT("concurrent requests");

    private final String phrase;

    LimitKind(String phrase) {
        this.phrase = phrase;
    }

    String phrase() {
        return phrase;
    }
}
