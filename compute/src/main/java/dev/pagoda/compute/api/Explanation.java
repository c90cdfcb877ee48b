package dev.pagoda.compute.api;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Why a job waits and what would start it.
///
/// @param sentence  the reason for people to read
/// @param counts    the figures behind it, by name
/// @param proposals the smallest changes after which it starts, each tried on a copy of the state; nearest
///     first
public record Explanation(
        String job,
        long atMicros,
        PendingReason reason,
        String sentence,
        Map<String, Long> counts,
        List<Proposal> proposals) {
    public Explanation {
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(sentence, "sentence");
        counts = Collections.unmodifiableMap(new TreeMap<>(counts));
        proposals = List.copyOf(proposals);
    }

    /// One change that starts the job.
    ///
    /// @param startsAtMicros when it starts then
    public record Proposal(Change change, String sentence, long startsAtMicros) {
        public Proposal {
            Objects.requireNonNull(change, "change");
            Objects.requireNonNull(sentence, "sentence");
        }
    }
}
