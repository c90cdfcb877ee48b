package dev.pagoda.deploy.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/// Speed against recall of one system: a point a breadth of search.
///
/// @param points in order of `ef`
record Curve(List<Point> points) {
    /// @param recall of 10, 0 to 1
    /// @param qps    queries a second of one thread's CPU time
    record Point(int ef, double recall, double qps) {
        Point {
            if (!(recall >= 0 && recall <= 1) || !(qps > 0)) {
                throw new IllegalArgumentException("recall " + recall + " at " + qps + " queries a second");
            }
        }
    }

    Curve {
        points = List.copyOf(points);
    }

    /// The speed at a recall: between two points of the frontier the logarithm of the speed falls linearly with the
    /// recall. What is better than asked for at its smallest breadth counts with the speed of that.
    ///
    /// @return nothing where the recall is not reached
    OptionalDouble qpsAt(double recall) {
        List<Point> frontier = frontier();
        Point worse = null;
        for (Point better : frontier) {
            if (better.recall() >= recall) {
                if (worse == null) {
                    return OptionalDouble.of(better.qps());
                }
                double share = (recall - worse.recall()) / (better.recall() - worse.recall());
                return OptionalDouble.of(
                        Math.exp(Math.log(worse.qps()) * (1 - share) + Math.log(better.qps()) * share));
            }
            worse = better;
        }
        return OptionalDouble.empty();
    }

    /// The points that no other beats in both, by ascending recall and so by descending speed.
    List<Point> frontier() {
        List<Point> byRecall = new ArrayList<>(points);
        byRecall.sort(Comparator.comparingDouble(Point::recall)
                .thenComparingDouble(Point::qps)
                .reversed());
        List<Point> frontier = new ArrayList<>();
        double fastest = 0;
        for (Point point : byRecall) {
            if (point.qps() > fastest) {
                frontier.addFirst(point);
                fastest = point.qps();
            }
        }
        return frontier;
    }
}
