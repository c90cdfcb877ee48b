package dev.pagoda.compute.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What arrives and how often, as far as it is known: from a history, or from what waits.
///
/// @param all     every kind
/// @param typical the most frequent kinds, which the published policy looks at
public record ArrivalMix(List<TypicalTask> all, List<TypicalTask> typical) {
    /// Nothing is known.
    public static final ArrivalMix UNKNOWN = new ArrivalMix(List.of(), List.of());

    private static final double TYPICAL_PERCENT = 95;

    public ArrivalMix {
        all = List.copyOf(all);
        typical = List.copyOf(typical);
    }

    /// The mix of a history. Kinds are the different demands, most frequent first; typical are those that make
    /// up 95 %, whatever their memory.
    public static ArrivalMix of(List<Demand> arrivals) {
        if (arrivals.isEmpty()) {
            return UNKNOWN;
        }
        return new ArrivalMix(kinds(arrivals), TypicalTask.of(arrivals, TYPICAL_PERCENT));
    }

    /// The different demands with their shares, most frequent first, then in the order of first arrival.
    public static List<TypicalTask> kinds(List<Demand> arrivals) {
        Map<Demand, Integer> counts = new LinkedHashMap<>();
        arrivals.forEach(each -> counts.merge(each, 1, Integer::sum));
        List<Map.Entry<Demand, Integer>> ordered = new ArrayList<>(counts.entrySet());
        ordered.sort(Map.Entry.<Demand, Integer>comparingByValue().reversed());
        return TypicalTask.mostFrequent(ordered, arrivals.size(), 100);
    }
}
