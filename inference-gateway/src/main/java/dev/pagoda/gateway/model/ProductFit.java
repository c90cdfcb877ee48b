package dev.pagoda.gateway.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Three coefficients of a device fitted to measured matrix products: a fixed cost, and the shares of its peak rate
/// and bandwidth that it reaches. Every second point is fitted, the others judge.
///
/// @param fixedMicros  fixed cost of one product
/// @param compute      share of the peak rate
/// @param memory       share of the peak bandwidth
/// @param trainError   mean absolute logarithm of computed over measured, of the points that were fitted
/// @param testError    the same of the others
/// @param rooflineError the same of the others when the device reached its peaks and nothing were fixed
public record ProductFit(
        double fixedMicros, double compute, double memory, double trainError, double testError, double rooflineError) {
    private static final int WIDE_STEPS = 600;
    private static final int NARROW_STEPS = 900;
    private static final double FIRST_STRIDE = .3;
    private static final double SHRINK = .996;
    private static final int LEAST_POINTS = 8;

    /// One measured product of `rows x inner` and `inner x columns`.
    public record Point(int rows, int columns, int inner, double micros) {
        public Point {
            if (rows < 1 || columns < 1 || inner < 1 || !(micros > 0)) {
                throw new IllegalArgumentException("a product of " + rows + " x " + inner + " x " + columns + " in "
                        + micros + " us: all must be above 0");
            }
        }
    }

    /// Fits by a random search that starts wide and narrows; the same seed gives the same result.
    ///
    /// @param bytesPerWeight of one weight, and of one input
    public static ProductFit of(List<Point> points, Device device, double bytesPerWeight, long seed) {
        if (points.size() < LEAST_POINTS) {
            throw new IllegalArgumentException(
                    points.size() + " points are too few to fit and judge, expected at least " + LEAST_POINTS);
        }
        List<Point> train = new ArrayList<>();
        List<Point> test = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            (i % 2 == 0 ? train : test).add(points.get(i));
        }
        Random random = new Random(seed);
        double[] best = {5, .77, .8};
        double least = error(train, device, bytesPerWeight, best);
        for (int i = 0; i < WIDE_STEPS; i++) {
            double[] tried = {15 * random.nextDouble(), .2 + .8 * random.nextDouble(), .3 + .7 * random.nextDouble()};
            double error = error(train, device, bytesPerWeight, tried);
            if (error < least) {
                least = error;
                best = tried;
            }
        }
        double stride = FIRST_STRIDE;
        for (int i = 0; i < NARROW_STEPS; i++) {
            double[] tried = new double[best.length];
            for (int j = 0; j < best.length; j++) {
                tried[j] = best[j] * Math.exp(stride * random.nextGaussian());
            }
            double error = error(train, device, bytesPerWeight, tried);
            if (error < least) {
                least = error;
                best = tried;
            }
            stride *= SHRINK;
        }
        return new ProductFit(
                best[0],
                best[1],
                best[2],
                least,
                error(test, device, bytesPerWeight, best),
                error(test, device, bytesPerWeight, new double[] {0, 1, 1}));
    }

    private static double error(List<Point> points, Device device, double bytesPerWeight, double[] figures) {
        double sum = 0;
        for (Point each : points) {
            double compute = 2.0 * each.rows() * each.inner() * each.columns() / (device.flops() * figures[1]) * 1e6;
            double bytes = bytesPerWeight * each.inner() * each.columns()
                    + 2.0 * each.rows() * ((double) each.inner() + each.columns());
            double memory = bytes / (device.memoryBytesPerSecond() * figures[2]) * 1e6;
            double greater = Math.max(compute, memory);
            double ratio = Math.min(compute, memory) / greater;
            double squared = ratio * ratio;
            double micros = figures[0] + greater * Math.cbrt(Math.sqrt(1 + squared * squared * squared));
            sum += Math.abs(Math.log(micros / each.micros()));
        }
        return sum / points.size();
    }
}
