package dev.pagoda.vectors.collection;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Several rankings made into one.
final class Fusion {
    private Fusion() {}

    /// Sum over the rankings of `1 / (k + rank)`, rank from 0.
    static List<Ranked> byReciprocalRank(List<List<Ranked>> rankings, int k) {
        Sums sums = new Sums();
        for (List<Ranked> ranking : rankings) {
            for (int rank = 0; rank < ranking.size(); rank++) {
                sums.add(ranking.get(rank).point(), 1.0 / (k + rank));
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
