package dev.pagoda.gateway.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How far decodes of unequal context take longer than as many of their mean context: a share `alpha` of the
/// way to as many of the longest. Measured shares lie in cells by the shape of the step; where there is none,
/// one share stands for all.
public sealed interface SkewFit {
    /// No step takes longer for unequal contexts.
    SkewFit NONE = constant(0);

    /// @param past          tokens before the chunk of the step
    /// @param meanMicros    of as many decodes of the mean context
    /// @param longestMicros of as many of the longest
    double alpha(StepShape step, double past, double meanMicros, double longestMicros);

    /// One share for all steps.
    static SkewFit constant(double alpha) {
        return new Cells(alpha, Axes.NONE, Map.of());
    }

    /// What is known where a profile has only its pooled share: that share in steps with a chunk of a prompt,
    /// more of it for fewer decodes, and less of it in steps of decodes alone. The ratios are medians over five
    /// profiles with all measurements (LLMServingSim's `skew.csv` of Llama-3.1-8B on an RTX 4090, and of
    /// Qwen3-32B and Qwen3-30B-A3B on one and two RTX PRO 6000).
    record Pooled(double share) implements SkewFit {
        private static final double DECODES_ALONE = .62;
        private static final Axis DECODES = Axis.around(new int[] {2, 4, 8, 16, 32, 64});
        private static final double[] WITH_A_CHUNK = {13.9, 12.3, 5.2, 4.1, 1.6, 1};

        @Override
        public double alpha(StepShape step, double past, double meanMicros, double longestMicros) {
            return step.prefillTokens() == 0
                    ? DECODES_ALONE * share
                    : Math.min(1, WITH_A_CHUNK[DECODES.place(step.decodes())] * share);
        }
    }

    /// The cells' bounds, each axis with one label between two neighbouring bounds, the upper bound included.
    ///
    /// @param chunks the chunk sizes that were measured, ascending
    record Axes(int[] chunks, Axis decodes, Axis rate, Axis longest, Axis past) {
        static final Axes NONE = new Axes(new int[0], Axis.NONE, Axis.NONE, Axis.NONE, Axis.NONE);
    }

    /// One axis.
    ///
    /// @param bounds one more than labels, ascending
    record Axis(double[] bounds, List<String> labels) {
        static final Axis NONE = new Axis(new double[] {0, 1}, List.of("all"));

        public Axis {
            labels = List.copyOf(labels);
            if (labels.isEmpty() || bounds.length != labels.size() + 1) {
                throw new IllegalArgumentException(
                        bounds.length + " bounds do not enclose " + labels.size() + " labels; one more is needed");
            }
        }

        /// Pieces around some values: each reaches to the geometric mean with the next.
        ///
        /// @param values at least one, ascending
        public static Axis around(int[] values) {
            double[] bounds = new double[values.length + 1];
            String[] labels = new String[values.length];
            for (int i = 0; i < values.length; i++) {
                labels[i] = String.valueOf(values[i]);
                bounds[i + 1] = i + 1 < values.length ? Math.sqrt((double) values[i] * values[i + 1]) : 1e9;
            }
            return new Axis(bounds, List.of(labels));
        }

        /// The piece that a value is in.
        int place(double value) {
            int place = 0;
            while (place < labels.size() - 1 && value > bounds[place + 1]) {
                place++;
            }
            return place;
        }

        String label(double value) {
            return labels.get(place(value));
        }
    }

    /// Shares by chunk, decodes, how far the mean lies between the shortest and the longest, the longest, and
    /// what precedes the chunk.
    ///
    /// @param fallback share where no cell has one
    /// @param axes     the bounds of the cells
    /// @param cells    shares by the key that [#key] makes
    record Cells(double fallback, Axes axes, Map<String, Double> cells) implements SkewFit {
        public Cells {
            cells = Map.copyOf(new HashMap<>(cells));
        }

        /// The name of a cell, from the labels of its axes.
        public static String key(int chunk, String decodes, String rate, String longest, String past) {
            return chunk + "|" + decodes + "|" + rate + "|" + longest + "|" + past;
        }

        @Override
        public double alpha(StepShape step, double past, double meanMicros, double longestMicros) {
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

    /// Shares by chunk, decodes and leverage: by what part of the mean's time the longest take more.
    ///
    /// @param fallback share where no cell has one
    /// @param fewest   decodes that were measured; fewer take the fallback
    /// @param most     decodes that were measured; more take the fallback
    /// @param slices   by the key that [#key] makes
    record Leverage(double fallback, int fewest, int most, Axis chunks, Axis leverage, Map<String, Slice> slices)
            implements SkewFit {
        public Leverage {
            slices = Map.copyOf(slices);
        }

        /// The name of a slice, from the labels of its axes.
        public static String key(String chunk, String leverage) {
            return chunk + "|" + leverage;
        }

        @Override
        public double alpha(StepShape step, double past, double meanMicros, double longestMicros) {
            if (step.decodes() < fewest || step.decodes() > most || !(meanMicros > 0)) {
                return fallback;
            }
            double by = (longestMicros - meanMicros) / meanMicros;
            Slice slice = slices.get(key(chunks.label(step.prefillTokens()), leverage.label(by)));
            if (slice == null) {
                return fallback;
            }
            double alpha = slice.alphas()[slice.decodes().place(step.decodes())];
            return Double.isNaN(alpha) ? fallback : alpha;
        }
    }

    /// Shares along one axis.
    ///
    /// @param alphas one for each piece; NaN where none was measured
    record Slice(Axis decodes, double[] alphas) {
        public Slice {
            if (alphas.length != decodes.labels().size()) {
                throw new IllegalArgumentException(
                        alphas.length + " shares for " + decodes.labels().size() + " pieces, expected as many");
            }
        }
    }
}
