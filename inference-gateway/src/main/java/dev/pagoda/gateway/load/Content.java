package dev.pagoda.gateway.load;

import java.time.Duration;

/// What the requests of a run ask.
///
/// @param prompts      tokens of each prompt, shared ones included
/// @param answers      `max_tokens` of each request
/// @param sharedTokens tokens with which prompts begin that other prompts begin with too
/// @param prefixes     how many such beginnings there are
/// @param turns        requests of a session: each later one has all before it, with their answers, as its history
/// @param think        from an answer's end to the session's next request
record Content(Lengths prompts, Lengths answers, int sharedTokens, int prefixes, int turns, Duration think) {
    private static final int MAX_TURNS = 1_000;
    private static final int MAX_PREFIXES = 1_000_000;

    Content {
        if (sharedTokens < 0 || sharedTokens > Lengths.MOST || prefixes < 1 || prefixes > MAX_PREFIXES) {
            throw new IllegalArgumentException("shared prefixes of " + sharedTokens + " tokens, " + prefixes
                    + " of them, are not within 0 to " + Lengths.MOST + " and 1 to " + MAX_PREFIXES);
        }
        if (turns < 1 || turns > MAX_TURNS) {
            throw new IllegalArgumentException("turns " + turns + " are not within 1 to " + MAX_TURNS);
        }
        if (think.isNegative() || think.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("a pause of " + think + " is not within 0 to an hour");
        }
    }

    static Content of(int promptTokens, int answerTokens) {
        return new Content(new Lengths.Fixed(promptTokens), new Lengths.Fixed(answerTokens), 0, 1, 1, Duration.ZERO);
    }
}
