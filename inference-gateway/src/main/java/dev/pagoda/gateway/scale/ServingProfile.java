package dev.pagoda.gateway.scale;

/// What one replica can do, as a profile taken before tells.
public interface ServingProfile {
    /// Time to the first token of a prompt that comes alone.
    double ttftMillis(double promptTokens);

    /// Time between tokens when so many sequences of such a length run.
    double itlMillis(double sequences, double contextTokens);

    /// Tokens made in a second by as many sequences of such a length as keep the time between tokens, at least one.
    double decodeTokensPerSecond(double itlMillis, double contextTokens);

    /// Prompt tokens read in a second, one prompt after another.
    default double prefillTokensPerSecond(double promptTokens) {
        return promptTokens * 1e3 / ttftMillis(promptTokens);
    }
}
