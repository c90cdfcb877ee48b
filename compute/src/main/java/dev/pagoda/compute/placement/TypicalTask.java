package dev.pagoda.compute.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A demand that arrives often.
///
/// @param share part of the arrivals that are of this kind, above 0, at most 1
public record TypicalTask(Demand demand, double share) {
    public TypicalTask {
        Objects.requireNonNull(demand, "demand");
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("a share of " + share + " of the arrivals is outside 0 to 1");
        }
    }

    /// The most frequent kinds of what arrived, together at least so many percent of it, as shares of those
    /// kept. Kinds differ in cores, devices, share and accelerators, not in memory. Most frequent first; ties
    /// in the order of first arrival.
    ///
    /// @param percent of the arrivals that the kinds must cover, above 0, at most 100
    public static List<TypicalTask> of(List<Demand> arrivals, double percent) {
        Map<Demand, Integer> counts = new LinkedHashMap<>();
        for (Demand each : arrivals) {
            counts.merge(
                    new Demand(each.cpuMilli(), 0, each.devices(), each.share(), each.accelerators()), 1, Integer::sum);
        }
        List<Map.Entry<Demand, Integer>> ordered = new ArrayList<>(counts.entrySet());
        ordered.sort(Map.Entry.<Demand, Integer>comparingByValue().reversed());
        return mostFrequent(ordered, arrivals.size(), percent);
    }

    /// The first of the given kinds that together are at least so many percent of the total.
    ///
    /// @param ordered kinds with their counts, most frequent first
    public static List<TypicalTask> mostFrequent(List<Map.Entry<Demand, Integer>> ordered, int total, double percent) {
        double enough = percent * total / 100;
        int covered = 0;
        int kept = 0;
        while (covered < enough && kept < ordered.size()) {
            covered += ordered.get(kept++).getValue();
        }
        List<TypicalTask> typical = new ArrayList<>(kept);
        for (Map.Entry<Demand, Integer> each : ordered.subList(0, kept)) {
            double share = (double) each.getValue() / total;
            typical.add(new TypicalTask(
                    each.getKey(), kept == ordered.size() ? share : share / ((double) covered / total)));
        }
        return List.copyOf(typical);
    }
}
