package dev.pagoda.workflow.rag;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// How well a search put the answering documents on top, collected question by question.
///
/// Recall at k is the share of a question's answering documents among the first k, averaged over the
/// questions; the reciprocal rank counts the first of them within ten. Not thread-safe.
final class RetrievalScore {
    private static final int[] CUTS = {1, 5, 10};
    private static final int RANK_CUT = 10;

    private final double[] recall = new double[CUTS.length];
    private double reciprocalRank;
    private int questions;
    private long[] nanos = new long[64];

    /// Adds a question.
    ///
    /// @param ranked documents found, best first, each once
    void add(List<String> ranked, Set<String> answeredBy, long tookNanos) {
        for (int i = 0; i < CUTS.length; i++) {
            long found =
                    ranked.stream().limit(CUTS[i]).filter(answeredBy::contains).count();
            recall[i] += (double) found / Math.min(answeredBy.size(), CUTS[i]);
        }
        for (int rank = 0; rank < Math.min(RANK_CUT, ranked.size()); rank++) {
            if (answeredBy.contains(ranked.get(rank))) {
                reciprocalRank += 1.0 / (rank + 1);
                break;
            }
        }
        if (questions == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * questions);
        }
        nanos[questions++] = tookNanos;
    }

    int questions() {
        return questions;
    }

    /// @param k 1, 5 or 10
    double recallAt(int k) {
        int at = Arrays.binarySearch(CUTS, k);
        if (at < 0) {
            throw new IllegalArgumentException("recall at " + k + " is not kept; 1, 5 and 10 are");
        }
        return questions == 0 ? 0 : recall[at] / questions;
    }

    double meanReciprocalRank() {
        return questions == 0 ? 0 : reciprocalRank / questions;
    }

    /// Time within which this share of the questions was answered.
    double millisAt(double share) {
        if (questions == 0) {
            return 0;
        }
        var sorted = Arrays.copyOf(nanos, questions);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(questions - 1, Math.floor(share * questions))] / 1e6;
    }
}
