package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// How likely a token was.
///
/// @param chosen the token of the answer
/// @param top    the likeliest tokens at its place, best first
public record TokenLogprob(Candidate chosen, List<Candidate> top) {
    public TokenLogprob {
        Objects.requireNonNull(chosen, "chosen");
        top = List.copyOf(top);
    }

    /// A token that could stand at a place.
    ///
    /// @param id      in `o200k_base`
    /// @param bytes   UTF-8, not always whole code points; not to be changed
    /// @param logprob natural logarithm of its probability, at most 0
    public record Candidate(int id, byte[] bytes, double logprob) {
        public Candidate {
            Objects.requireNonNull(bytes, "bytes");
            if (!(logprob <= 0)) {
                throw new IllegalArgumentException("logprob " + logprob + " is above 0");
            }
        }
    }
}
