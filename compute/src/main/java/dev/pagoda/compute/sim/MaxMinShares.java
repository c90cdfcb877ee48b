package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gavel's heterogeneity-aware max-min fairness (OSDI 2020, section 4.1): the job that is worst off gets as
/// much as can be, counted in what an even share of the whole cluster would give it and in devices. Jobs of the
/// same rates and size are one kind and fare alike. What capacity and time the program leaves goes where it
/// speeds most.
final class MaxMinShares implements SharesPolicy.Shares {
    /// Jobs between which nothing tells.
    private record Kind(List<Double> rate, int devices, int milli) {}

    @Override
    public double[][] of(JobPolicy.View view) {
        double[] capacity = capacity(view.cluster());
        Map<Kind, List<Integer>> kinds = new LinkedHashMap<>();
        for (int i = 0; i < view.jobs().size(); i++) {
            JobSpec spec = view.jobs().get(i).spec();
            var kind = new Kind(Arrays.stream(spec.rate()).boxed().toList(), spec.devices(), spec.milli());
            kinds.computeIfAbsent(kind, each -> new ArrayList<>()).add(i);
        }
        double[][] value = new double[kinds.size()][];
        double[] size = new double[kinds.size()];
        int[] count = new int[kinds.size()];
        int at = 0;
        for (List<Integer> members : kinds.values()) {
            JobSpec spec = view.jobs().get(members.getFirst()).spec();
            size[at] = size(spec);
            count[at] = members.size();
            value[at++] = value(spec, capacity);
        }
        double[][] byKind = solve(value, size, count, capacity);
        double[][] shares = new double[view.jobs().size()][];
        at = 0;
        for (List<Integer> members : kinds.values()) {
            for (int i : members) {
                shares[i] = byKind[at];
            }
            at++;
        }
        return shares;
    }

    static double[] capacity(ClusterShape cluster) {
        return cluster.pools().stream().mapToDouble(ClusterShape.Pool::devices).toArray();
    }

    static double size(JobSpec spec) {
        return spec.demandMilli() / (double) JobSpec.WHOLE;
    }

    /// Rates over that of an even share of all devices, times the devices it takes: who takes eight has eight
    /// times the value, so that all have the same of devices.
    static double[] value(JobSpec spec, double[] capacity) {
        double even = 0;
        for (int j = 0; j < capacity.length; j++) {
            even += spec.rate()[j] * capacity[j];
        }
        double norm = Arrays.stream(capacity).sum() * size(spec) / even;
        return Arrays.stream(spec.rate()).map(rate -> rate * norm).toArray();
    }

    private static double[][] solve(double[][] value, double[] size, int[] count, double[] capacity) {
        double[][] best = new double[value.length][capacity.length];
        double[] left = capacity.clone();
        for (int i = 0; i < value.length; i++) {
            int fastest = 0;
            for (int j = 1; j < capacity.length; j++) {
                fastest = value[i][j] > value[i][fastest] ? j : fastest;
            }
            best[i][fastest] = 1;
            left[fastest] -= size[i] * count[i];
        }
        if (Arrays.stream(left).allMatch(each -> each >= 0)) {
            return best;
        }
        double[][] shares =
                new MaxMinProgram(value, size, count, capacity).solve().shares();
        fill(shares, value, size, count, capacity);
        return shares;
    }

    /// Gives what is left of time and capacity to those it speeds most.
    static void fill(double[][] shares, double[][] value, double[] size, int[] count, double[] capacity) {
        double[] left = capacity.clone();
        List<int[]> pairs = new ArrayList<>();
        for (int i = 0; i < shares.length; i++) {
            for (int j = 0; j < capacity.length; j++) {
                left[j] -= shares[i][j] * size[i] * count[i];
                if (value[i][j] > 0) {
                    pairs.add(new int[] {i, j});
                }
            }
        }
        pairs.sort(Comparator.comparingDouble(pair -> -value[pair[0]][pair[1]] / size[pair[0]]));
        for (int[] pair : pairs) {
            int i = pair[0];
            int j = pair[1];
            double time = 1 - Arrays.stream(shares[i]).sum();
            double more = Math.min(time, left[j] / (size[i] * count[i]));
            if (more > 0) {
                shares[i][j] += more;
                left[j] -= more * size[i] * count[i];
            }
        }
    }
}
