package dev.pagoda.vectors.collection;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Several rankings made into one.
final class Fusion {
    private Fusion() {}

    /// Sum over the rankings of `1 / ((rank + 1) / weight + k - 1)`, rank from 0; nothing for a weight of 0 or
    /// less.
    ///
    /// @param weights one for each ranking; none = 1 each
    static List<Ranked> byReciprocalRank(List<List<Ranked>> rankings, int k, List<Float> weights) {
        Sums sums = new Sums();
        for (int source = 0; source < rankings.size(); source++) {
            List<Ranked> ranking = rankings.get(source);
            double weight = weights.isEmpty() ? 1 : weights.get(source);
            for (int rank = 0; rank < ranking.size(); rank++) {
                sums.add(ranking.get(rank).point(), weight > 0 ? 1 / ((rank + 1) / weight + k - 1) : 0);
            }
        }
        return sums.ranked();
    }

    /// Sum of the scores, each mapped so that three deviations around the mean of its ranking are 0 to 1.
    static List<Ranked> byDistribution(List<List<Ranked>> rankings) {
        Sums sums = new Sums();
        for (List<Ranked> ranking : rankings) {
            double mean = ranking.stream().mapToDouble(Ranked::score).average().orElse(0);
            double squares = ranking.stream()
                    .mapToDouble(r -> (r.score() - mean) * (r.score() - mean))
                    .sum();
            double deviation = ranking.size() < 2 ? 0 : Math.sqrt(squares / (ranking.size() - 1));
            for (Ranked ranked : ranking) {
                double scaled = deviation == 0 ? 0.5 : (ranked.score() - (mean - 3 * deviation)) / (6 * deviation);
                sums.add(ranked.point(), scaled);
            }
        }
        return sums.ranked();
    }

    private static final class Sums {
        private final Map<StoredPoint, Double> sums = new LinkedHashMap<>();

        void add(StoredPoint point, double score) {
            sums.merge(point, score, Double::sum);
        }

        List<Ranked> ranked() {
            List<Ranked> ranked = new ArrayList<>(sums.size());
            sums.forEach((point, sum) -> ranked.add(new Ranked(point, sum.floatValue())));
            ranked.sort(Ranked.order(true));
            return ranked;
        }
    }
}
