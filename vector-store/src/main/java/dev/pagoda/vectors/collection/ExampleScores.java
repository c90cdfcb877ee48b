package dev.pagoda.vectors.collection;

import java.util.ArrayList;
import java.util.List;

/// Scores made of similarities with several examples.
///
/// The formulas are those of Qdrant (https://qdrant.tech/documentation/concepts/explore/).
final class ExampleScores {
    private ExampleScores() {}

    /// How like a positive and a negative example a point is.
    record Sides(Similarity positive, Similarity negative) {}

    /// The score of a point by all examples together.
    interface Score {
        float of(StoredPoint point);
    }

    /// By the nearest example, against the point if it is a negative one.
    static Score best(List<Similarity> positive, List<Similarity> negative) {
        return point -> {
            float wanted = greatest(positive, point);
            float unwanted = greatest(negative, point);
            return wanted > unwanted ? towardsOne(wanted) : -towardsOne(unwanted);
        };
    }

    /// The similarities with the positive examples less those with the negative ones.
    static Score sum(List<Similarity> positive, List<Similarity> negative) {
        return point -> {
            float sum = 0;
            for (Similarity each : positive) {
                sum += each.of(point);
            }
            for (Similarity each : negative) {
                sum -= each.of(point);
            }
            return sum;
        };
    }

    /// One for each pair on whose right side the point is, less one for each wrong side; nearness to the target
    /// decides among equals.
    static Score discovery(Similarity target, List<Sides> pairs) {
        return point -> {
            int sides = 0;
            for (Sides pair : pairs) {
                sides +=
                        Float.compare(pair.positive().of(point), pair.negative().of(point));
            }
            return sides + towardsOne(target.of(point));
        };
    }

    /// How far on the wrong side of the pairs the point is; 0 = on the right side of all.
    static Score context(List<Sides> pairs) {
        return point -> {
            float sum = 0;
            for (Sides pair : pairs) {
                float lead = pair.positive().of(point) - pair.negative().of(point) - Math.ulp(1f);
                sum += lead < 0 ? lead / (1 - lead) : 0;
            }
            return sum;
        };
    }

    /// A similarity and what a better judge gave its example.
    record Rated(Similarity similarity, float score) {}

    /// The similarity with the target, moved by every pair of examples that the judge told apart.
    static Score feedback(Similarity target, List<Rated> rated, float a, float b, float c) {
        record Lead(Similarity better, Similarity worse, float weight) {}
        List<Lead> leads = new ArrayList<>();
        for (Rated better : rated) {
            for (Rated worse : rated) {
                float confidence = better.score() - worse.score();
                if (confidence > 0) {
                    leads.add(new Lead(better.similarity(), worse.similarity(), (float) Math.pow(confidence, b) * c));
                }
            }
        }
        return point -> {
            float score = a * target.of(point);
            for (Lead lead : leads) {
                score += lead.weight() * (lead.better().of(point) - lead.worse().of(point));
            }
            return score;
        };
    }

    private static float greatest(List<Similarity> similarities, StoredPoint point) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (Similarity each : similarities) {
            greatest = Math.max(greatest, each.of(point));
        }
        return greatest;
    }

    /// Any number mapped in order into 0 to 1.
    private static float towardsOne(float x) {
        if (Float.isInfinite(x)) {
            return x > 0 ? 1 : 0;
        }
        return 0.5f * (x / (1 + Math.abs(x)) + 1);
    }
}
