package dev.pagoda.gateway.engine;

import java.util.ArrayList;
import java.util.Arrays;

/// Sequences that a step has given tokens to, and how many each had before.
final class News<T> {
    private final ArrayList<Sequence<T>> sequences = new ArrayList<>();
    private int[] before = new int[16];

    void clear() {
        sequences.clear();
    }

    void add(Sequence<T> sequence, int tokensBefore) {
        if (sequences.size() == before.length) {
            before = Arrays.copyOf(before, 2 * before.length);
        }
        before[sequences.size()] = tokensBefore;
        sequences.add(sequence);
    }

    /// Tells everything; a receiver may end sequences that come later.
    void tell(EngineEvents<T> events, long atNanos) {
        for (int i = 0; i < sequences.size(); i++) {
            Sequence<T> sequence = sequences.get(i);
            boolean finished = sequence.generated == sequence.outputTokens();
            if (sequence.hasEnded() && !finished) {
                continue; // cancelled by a receiver of earlier news of this step
            }
            for (int token = before[i]; token < sequence.generated; token++) {
                events.token(sequence, token, atNanos);
            }
            if (finished) {
                events.finished(sequence, atNanos);
            }
        }
    }
}
