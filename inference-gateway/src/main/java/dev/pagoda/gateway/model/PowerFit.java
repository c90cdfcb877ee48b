package dev.pagoda.gateway.model;

import java.util.ArrayList;
import java.util.List;

/// The power of a device while it works, as a share of its limit, fitted to measured means:
/// ```
/// share = idle + memory x (use of its bandwidth)^exponent + compute x (use of its arithmetic units), at most 1
/// ```
/// An exponent below 1 says that a little use of memory already draws much. Every second point is fitted, the
/// others judge.
///
/// @param memory     share of the limit that memory takes in full use
/// @param compute    the same of the arithmetic units
/// @param trainError mean absolute logarithm of computed over measured, of the points that were fitted
/// @param testError  the same of the others
public record PowerFit(
        double idle, double memory, double exponent, double compute, double trainError, double testError) {
    private static final int LEAST_POINTS = 8;
    private static final double STRIDE = .05;
    private static final double MOST_PART = 3;

    /// What a device does for some time.
    ///
    /// @param memoryUse  share of its bandwidth, 0 to 1
    /// @param computeUse share of its peak rate, 0 to 1
    public record Phase(double seconds, double memoryUse, double computeUse) {
        public Phase {
            if (!(seconds > 0) || !(memoryUse >= 0 && memoryUse <= 1) || !(computeUse >= 0 && computeUse <= 1)) {
                throw new IllegalArgumentException("a phase of " + seconds + " s that uses " + memoryUse
                        + " of the memory and " + computeUse + " of the arithmetic units is impossible");
            }
        }
    }

    /// Phases one after another, and the mean power over them.
    ///
    /// @param share of the limit
    public record Point(List<Phase> phases, double share) {
        public Point {
            phases = List.copyOf(phases);
            if (phases.isEmpty() || !(share > 0)) {
                throw new IllegalArgumentException(
                        "a share of " + share + " over " + phases.size() + " phases: both must be above 0");
            }
        }
    }

    /// Tries exponents; for each the two parts come from least squares of the relative error.
    ///
    /// @param idle share of the limit that the device draws when it waits
    public static PowerFit of(List<Point> points, double idle) {
        if (points.size() < LEAST_POINTS) {
            throw new IllegalArgumentException(
                    points.size() + " points are too few to fit and judge, expected at least " + LEAST_POINTS);
        }
        if (!(idle >= 0 && idle < 1)) {
            throw new IllegalArgumentException("an idle share of " + idle + " is not within 0 and below 1");
        }
        List<Point> train = new ArrayList<>();
        List<Point> test = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            (i % 2 == 0 ? train : test).add(points.get(i));
        }
        PowerFit best = null;
        for (int step = 1; step * STRIDE <= 1 + STRIDE / 2; step++) {
            PowerFit tried = parts(train, idle, step * STRIDE);
            double error = tried.error(train);
            if (best == null || error < best.trainError) {
                best = new PowerFit(idle, tried.memory, tried.exponent, tried.compute, error, tried.error(test));
            }
        }
        if (best == null) {
            throw new IllegalStateException("no exponent was tried");
        }
        return best;
    }

    private static PowerFit parts(List<Point> points, double idle, double exponent) {
        double memorySquares = 0;
        double computeSquares = 0;
        double products = 0;
        double memoryRight = 0;
        double computeRight = 0;
        for (Point each : points) {
            double memory = mean(each, exponent, true) / each.share();
            double compute = mean(each, exponent, false) / each.share();
            double right = 1 - idle / each.share();
            memorySquares += memory * memory;
            computeSquares += compute * compute;
            products += memory * compute;
            memoryRight += memory * right;
            computeRight += compute * right;
        }
        double determinant = memorySquares * computeSquares - products * products;
        boolean canTell = determinant > 1e-9 * memorySquares * computeSquares;
        double memory = canTell
                ? (memoryRight * computeSquares - computeRight * products) / determinant
                : memoryRight / Math.max(1e-12, memorySquares);
        double compute = canTell ? (computeRight * memorySquares - memoryRight * products) / determinant : 0;
        return new PowerFit(idle, Math.clamp(memory, 0, MOST_PART), exponent, Math.clamp(compute, 0, MOST_PART), 0, 0);
    }

    private static double mean(Point point, double exponent, boolean ofMemory) {
        double sum = 0;
        double seconds = 0;
        for (Phase each : point.phases()) {
            sum += each.seconds() * (ofMemory ? Math.pow(each.memoryUse(), exponent) : each.computeUse());
            seconds += each.seconds();
        }
        return sum / seconds;
    }

    /// The share of the limit that a device draws.
    public double share(double memoryUse, double computeUse) {
        return Math.min(1, idle + memory * Math.pow(memoryUse, exponent) + compute * computeUse);
    }

    private double error(List<Point> points) {
        double sum = 0;
        for (Point point : points) {
            double drawn = 0;
            double seconds = 0;
            for (Phase each : point.phases()) {
                drawn += each.seconds() * share(each.memoryUse(), each.computeUse());
                seconds += each.seconds();
            }
            sum += Math.abs(Math.log(drawn / seconds / point.share()));
        }
        return points.isEmpty() ? 0 : sum / points.size();
    }
}
