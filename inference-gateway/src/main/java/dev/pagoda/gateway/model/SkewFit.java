package dev.pagoda.gateway.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How far decodes of unequal context take longer than as many of their mean context: a share `alpha` of the way to
/// as many of the longest. Measured shares lie in cells by the shape of the step; where there is none, one share
/// stands for all.
///
/// @param fallback share where no cell has one
/// @param axes     the bounds of the cells
/// @param cells    shares by the key that [#key] makes
public record SkewFit(double fallback, Axes axes, Map<String, Double> cells) {
    /// No step takes longer for unequal contexts.
    public static final SkewFit NONE = new SkewFit(0, Axes.NONE, Map.of());

    /// The cells' bounds, each axis with one label between two neighbouring bounds, the upper bound included.
    ///
    /// @param chunks the chunk sizes that were measured, ascending
    public record Axes(int[] chunks, Axis decodes, Axis rate, Axis longest, Axis past) {
        static final Axes NONE = new Axes(new int[0], Axis.NONE, Axis.NONE, Axis.NONE, Axis.NONE);
    }

    /// One axis.
    ///
    /// @param bounds one more than labels, ascending
    public record Axis(double[] bounds, List<String> labels) {
        static final Axis NONE = new Axis(new double[] {0, 1}, List.of("all"));

        public Axis {
            labels = List.copyOf(labels);
            if (labels.isEmpty() || bounds.length != labels.size() + 1) {
                throw new IllegalArgumentException(
                        bounds.length + " bounds do not enclose " + labels.size() + " labels; one more is needed");
            }
        }

        String label(double value) {
            for (int i = 0; i < labels.size(); i++) {
                if (value <= bounds[i + 1]) {
                    return labels.get(i);
                }
            }
            return labels.getLast();
        }
    }

    public SkewFit {
        cells = Map.copyOf(new HashMap<>(cells));
    }

    /// One share for all steps.
    public static SkewFit constant(double alpha) {
        return new SkewFit(alpha, Axes.NONE, Map.of());
    }

    /// The name of a cell, from the labels of its axes.
    public static String key(int chunk, String decodes, String rate, String longest, String past) {
        return chunk + "|" + decodes + "|" + rate + "|" + longest + "|" + past;
    }

    /// @param past tokens before the chunk of the step
    double alpha(StepShape step, double past) {
        if (cells.isEmpty()) {
            return fallback;
        }
        double spread = step.longestContext() - step.shortestContext();
        double rate = spread <= 0 ? 0 : (step.meanContext() - step.shortestContext()) / spread;
        String key = key(
                nearest(axes.chunks(), step.prefillTokens()),
                axes.decodes().label(step.decodes()),
                axes.rate().label(rate),
                axes.longest().label(step.longestContext()),
                axes.past().label(Math.rint(past)));
        return cells.getOrDefault(key, fallback);
    }

    /// The measured size whose ratio to the wanted one is nearest to 1; none is only like none.
    private static int nearest(int[] sizes, int wanted) {
        if (wanted == 0) {
            return 0;
        }
        int place = Arrays.binarySearch(sizes, wanted);
        if (place >= 0) {
            return wanted;
        }
        int upper = Math.min(-place - 1, sizes.length - 1);
        int lower = Math.max(0, upper - 1);
        double middle = Math.sqrt((double) sizes[lower] * sizes[upper]);
        return wanted <= middle ? sizes[lower] : sizes[upper];
    }
}
