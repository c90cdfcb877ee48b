package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.TokenLogprob.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Probabilities of tokens, made up from the token, the one before it and its place: a simulated engine has no weights.
///
/// They are those of a distribution: of all candidates at a place the chosen token is the likeliest, and together they
/// have at most probability 1. Pure.
final class Logprobs {
    /// Of `o200k_base`; lower ids are commoner.
    private static final int COMMON_IDS = 20_000;

    private static final double LEAST_CHOSEN = .5;

    private Logprobs() {}

    /// @param top how many candidates are wanted, the chosen one among them
    static TokenLogprob of(int token, int previous, int place, int top) {
        var random = new SplittableRandom(31L * (31L * token + previous) + place);
        double chosen = LEAST_CHOSEN + (1 - LEAST_CHOSEN) * .999 * random.nextDouble();
        var first = new Candidate(token, Tokens.bytes(token), Math.log(chosen));
        if (top == 0) {
            return new TokenLogprob(first, List.of());
        }
        var candidates = new ArrayList<Candidate>(top);
        candidates.add(first);
        double share = (1 - chosen) * (.2 + .3 * random.nextDouble());
        while (candidates.size() < top) {
            int other = random.nextInt(COMMON_IDS);
            if (candidates.stream().noneMatch(candidate -> candidate.id() == other)) {
                candidates.add(new Candidate(other, Tokens.bytes(other), Math.log(share)));
                share *= .5;
            }
        }
        return new TokenLogprob(first, candidates);
    }
}
