package dev.pagoda.gateway.limit;

/// Tokens that a request may take.
///
/// @param prompt          tokens of the prompt, or a bound above them; at least 0
/// @param completion      tokens that its completions may have together, or for those without a bound a first part
/// @param leastCompletion what the completions must get at least for the request to make sense, at most `completion`
public record TokenAsk(long prompt, long completion, long leastCompletion) {
    /// More than any request has, and few enough that sums stay far from overflow.
    private static final long MAX_TOKENS = 1L << 48;

    public TokenAsk {
        if (prompt < 0
                || prompt > MAX_TOKENS
                || leastCompletion < 0
                || completion < leastCompletion
                || completion > MAX_TOKENS) {
            throw new IllegalArgumentException(
                    "tokens " + prompt + " + " + completion + ", at least " + leastCompletion + ", are not in order");
        }
    }

    /// Exactly so many tokens, none of them negotiable.
    public static TokenAsk of(long prompt, long completion) {
        return new TokenAsk(prompt, completion, completion);
    }
}
