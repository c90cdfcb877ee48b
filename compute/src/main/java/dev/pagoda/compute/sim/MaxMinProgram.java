package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Optimisation;
import org.ojalgo.optimisation.Variable;

/// The linear program behind Gavel's policies (Narayanan et al., OSDI 2020, section 4): shares of time x that
/// make the least value of any job as large as can be,
///
///     maximise z   subject to   z <= sum_j value[i][j] x[i][j]   for every job i
///                               sum_j x[i][j] <= 1               for every job i
///                               sum_i size[i] x[i][j] <= capacity[j]   for every pool j
///
/// Jobs meet only in the capacities of a few pools. So prices are put on these: at given prices each job's
/// cheapest way to any value is the lower hull of its few choices, and all together ask for one z, which is a
/// cut and a proposal (Dantzig and Wolfe 1960, Kelley 1960). The library's simplex solves the small programs
/// that find the next prices and in the end mix the proposals. Time grows with the number of jobs only in the
/// hulls.
final class MaxMinProgram {
    /// How far from the best z, relatively; shares are handed out in rounds that are far coarser.
    static final double TOLERANCE = 1e-5;

    private static final int MAX_CUTS = 200;

    private final double[][] value;
    private final double[] size;
    private final int[] count;
    private final double[] capacity;
    private final double scale;
    private final List<Proposal> proposals = new ArrayList<>();

    /// @param value per kind of job and pool, of its whole time there
    /// @param size  devices of a job
    /// @param count jobs of a kind
    MaxMinProgram(double[][] value, double[] size, int[] count, double[] capacity) {
        this.value = value;
        this.size = size;
        this.count = count;
        this.capacity = capacity;
        double most = Double.POSITIVE_INFINITY;
        for (double[] row : value) {
            most = Math.min(most, Arrays.stream(row).max().orElseThrow());
        }
        if (!(most > 0) || Double.isInfinite(most)) {
            throw new IllegalArgumentException("each kind of job needs a pool of value, and the least best is " + most);
        }
        this.scale = most;
    }

    /// @param z      the least value of any job
    /// @param shares per kind of job and pool
    record Solution(double z, double[][] shares) {}

    /// What all jobs ask for at some prices: the same z for all, scaled to 0..1, and what it takes of each
    /// pool, as a part of its capacity.
    private record Proposal(double z, double[] use, double[][] shares) {}

    Solution solve() {
        return solve(Double.POSITIVE_INFINITY);
    }

    /// @param enough at which z the search may stop, and below which as soon as it is known to stay below
    Solution solve(double enough) {
        int pools = capacity.length;
        proposals.add(new Proposal(0, new double[pools], new double[value.length][pools]));
        double[] prices = new double[pools];
        double upper = Double.POSITIVE_INFINITY;
        for (int i = 0; i < MAX_CUTS; i++) {
            Proposal answer = propose(prices);
            double bound = answer.z();
            for (int j = 0; j < pools; j++) {
                bound += prices[j] * (1 - answer.use()[j]);
            }
            upper = Math.min(upper, bound);
            proposals.add(answer);
            double lower = nextPrices(prices);
            if (upper - lower <= TOLERANCE * Math.max(upper, TOLERANCE)
                    || lower * scale >= enough
                    || (upper * scale < enough && enough < Double.POSITIVE_INFINITY)) {
                break;
            }
        }
        return mix();
    }

    /// The cheapest way to the z that is worth most after its cost.
    private Proposal propose(double[] prices) {
        int pools = capacity.length;
        Hull[] hulls = new Hull[value.length];
        List<double[]> bends = new ArrayList<>();
        for (int i = 0; i < value.length; i++) {
            hulls[i] = Hull.of(value[i], size[i], prices, capacity, scale);
            double slope = 0;
            for (int k = 0; k < hulls[i].slopes().length; k++) {
                bends.add(new double[] {hulls[i].from(k), (hulls[i].slopes()[k] - slope) * count[i]});
                slope = hulls[i].slopes()[k];
            }
        }
        bends.sort((a, b) -> Double.compare(a[0], b[0]));
        double z = 1;
        double slope = 0;
        for (double[] bend : bends) {
            slope += bend[1];
            if (slope > 1) {
                z = Math.min(1, bend[0]);
                break;
            }
        }
        double[] use = new double[pools];
        double[][] shares = new double[value.length][];
        for (int i = 0; i < value.length; i++) {
            shares[i] = hulls[i].shares(z, pools);
            for (int j = 0; j < pools; j++) {
                use[j] += shares[i][j] * size[i] * count[i] / capacity[j];
            }
        }
        return new Proposal(z, use, shares);
    }

    /// The prices at which the cuts found so far promise least.
    ///
    /// @param prices overwritten
    /// @return that least, which no solution made of the proposals exceeds and one of them reaches
    private double nextPrices(double[] prices) {
        var model = new ExpressionsBasedModel();
        Variable[] price = new Variable[capacity.length];
        for (int j = 0; j < price.length; j++) {
            price[j] = model.newVariable("p" + j).lower(0).weight(1);
        }
        Variable surplus = model.newVariable("surplus").lower(0).weight(1);
        for (int k = 0; k < proposals.size(); k++) {
            Proposal each = proposals.get(k);
            Expression cut = model.newExpression("cut" + k).lower(each.z());
            cut.set(surplus, 1);
            for (int j = 0; j < price.length; j++) {
                cut.set(price[j], each.use()[j]);
            }
        }
        Optimisation.Result result = model.minimise();
        if (!result.getState().isFeasible()) {
            throw new IllegalStateException("the program of prices is " + result.getState());
        }
        for (int j = 0; j < price.length; j++) {
            prices[j] = Math.max(0, result.doubleValue(j));
        }
        return result.getValue();
    }

    /// The best mixture of the proposals that the capacities allow.
    private Solution mix() {
        var model = new ExpressionsBasedModel();
        Expression one = model.newExpression("one").level(1);
        Expression[] use = new Expression[capacity.length];
        for (int j = 0; j < use.length; j++) {
            use[j] = model.newExpression("use" + j).upper(1);
        }
        for (int k = 0; k < proposals.size(); k++) {
            Proposal each = proposals.get(k);
            Variable weight = model.newVariable("w" + k).lower(0).weight(each.z());
            one.set(weight, 1);
            for (int j = 0; j < use.length; j++) {
                use[j].set(weight, each.use()[j]);
            }
        }
        Optimisation.Result result = model.maximise();
        if (!result.getState().isFeasible()) {
            throw new IllegalStateException("the program of proposals is " + result.getState());
        }
        double z = 0;
        double[][] shares = new double[value.length][capacity.length];
        for (int k = 0; k < proposals.size(); k++) {
            double weight = Math.max(0, result.doubleValue(k));
            if (weight > 0) {
                z += weight * proposals.get(k).z();
                for (int i = 0; i < shares.length; i++) {
                    for (int j = 0; j < capacity.length; j++) {
                        shares[i][j] += weight * proposals.get(k).shares()[i][j];
                    }
                }
            }
        }
        return new Solution(z * scale, shares);
    }

    /// The cheapest cost of each value a job can have: from nothing over some of its pools to its best one.
    ///
    /// @param pools  at the corners after the first, which is the origin
    /// @param values at them, ascending, scaled
    /// @param slopes of the edge before each, ascending
    private record Hull(int[] pools, double[] values, double[] slopes) {
        static Hull of(double[] value, double size, double[] prices, double[] capacity, double scale) {
            int[] pools = new int[value.length];
            double[] values = new double[value.length];
            double[] slopes = new double[value.length];
            int corners = 0;
            double atValue = 0;
            double atCost = 0;
            while (true) {
                int next = -1;
                double least = Double.POSITIVE_INFINITY;
                for (int j = 0; j < value.length; j++) {
                    double more = value[j] / scale - atValue;
                    if (more > 1e-12) {
                        double slope = (size * prices[j] / capacity[j] - atCost) / more;
                        if (slope < least || (slope == least && value[j] > value[next])) {
                            least = slope;
                            next = j;
                        }
                    }
                }
                if (next < 0) {
                    return new Hull(
                            Arrays.copyOf(pools, corners),
                            Arrays.copyOf(values, corners),
                            Arrays.copyOf(slopes, corners));
                }
                atValue = value[next] / scale;
                atCost = size * prices[next] / capacity[next];
                pools[corners] = next;
                values[corners] = atValue;
                slopes[corners++] = least;
            }
        }

        /// The value from which an edge leads.
        double from(int edge) {
            return edge == 0 ? 0 : values[edge - 1];
        }

        double[] shares(double z, int count) {
            double[] shares = new double[count];
            int edge = 0;
            while (edge < values.length - 1 && values[edge] < z) {
                edge++;
            }
            double from = from(edge);
            double part = Math.min(1, (z - from) / (values[edge] - from));
            shares[pools[edge]] = part;
            if (edge > 0) {
                shares[pools[edge - 1]] = 1 - part;
            }
            return shares;
        }
    }
}
