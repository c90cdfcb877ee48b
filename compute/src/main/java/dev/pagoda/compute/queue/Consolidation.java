package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Host;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Moves running jobs closer together so that a job which waits for connected devices fits.
///
/// Only jobs with checkpoints move, each to a place of the same size that was found on a fork. A move costs a
/// checkpoint and a restart of its devices; it must cost less than what the pending job's devices would wait
/// otherwise.
final class Consolidation {
    private static final int MAX_PLACES = 64;
    private static final int MAX_EXACT = 6;

    private final State state;
    private final Job job;
    private final int min;

    private Consolidation(State state, Job job) {
        this.state = state;
        this.job = job;
        this.min = job.spec.gang().min();
    }

    /// @param earliest when the job would start without; [Job#NEVER] when nobody knows
    static Optional<Plan> plan(State state, Job job, LongSupplier earliest) {
        if (state.movable.isEmpty()) {
            return Optional.empty();
        }
        long earliestMicros = earliest.getAsLong();
        double wait = earliestMicros == Job.NEVER
                ? state.policy.horizonSeconds()
                : Math.min(state.policy.horizonSeconds(), (earliestMicros - state.nowMicros) / 1e6);
        int width = Math.max(1, job.spec.task().devices()) * job.spec.gang().min();
        return new Consolidation(state, job).cheapest(wait * width);
    }

    /// The cheapest moves, whatever they cost.
    static Optional<Plan> anyPlan(State state, Job job) {
        return new Consolidation(state, job).cheapest(Double.POSITIVE_INFINITY);
    }

    private Optional<Plan> cheapest(double benefit) {
        List<Job> movers = state.movable.values().stream()
                .sorted(Comparator.comparingDouble(Consolidation::cost).thenComparingLong(each -> each.sequence))
                .toList();
        Plan best = null;
        double least = benefit;
        for (List<Job> place : places(movers)) {
            for (List<Job> set : sets(place)) {
                double cost = set.stream().mapToDouble(Consolidation::cost).sum();
                Plan plan = cost < least ? attempt(set) : null;
                if (plan != null) {
                    best = plan;
                    least = cost;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    private @Nullable Plan attempt(List<Job> set) {
        var trial = new Trial(state);
        set.forEach(trial::stop);
        if (!trial.start(job, min, min)) {
            return null;
        }
        List<Job> widestFirst = new ArrayList<>(set);
        widestFirst.sort(Comparator.comparingInt((Job each) -> -each.width()).thenComparingLong(each -> each.sequence));
        for (Job each : widestFirst) {
            if (!trial.reseat(each, each.seatOrThrow().tasks())) {
                return null;
            }
        }
        return new Plan(trial, List.of(), List.of(), widestFirst);
    }

    /// What moving it costs, in seconds of a device.
    private static double cost(Job job) {
        CheckpointSpec checkpoint = job.spec.checkpoint();
        return (checkpoint.costSeconds() + checkpoint.restartSeconds()) * job.width();
    }

    /// The jobs of each node, link domain and rack, the fewest first, and all of them.
    private List<List<Job>> places(List<Job> movers) {
        Map<String, List<Job>> places = new LinkedHashMap<>();
        for (Job mover : movers) {
            Set<String> touched = new LinkedHashSet<>();
            for (Allotment part : mover.seatOrThrow().allotments()) {
                Host host = state.room.cluster().host(part.node());
                touched.add("node " + host.id());
                touched.add("rack " + host.domains().rack());
                part.grants().stream()
                        .filter(grant -> !host.domains().links().isEmpty())
                        .forEach(grant ->
                                touched.add("link " + host.domains().links().get(grant.device())));
            }
            touched.forEach(place ->
                    places.computeIfAbsent(place, name -> new ArrayList<>()).add(mover));
        }
        places.put("everywhere", movers);
        return places.values().stream()
                .distinct()
                .sorted(Comparator.comparingInt((List<Job> place) -> place.size())
                        .thenComparingLong(place -> place.isEmpty() ? 0 : place.getFirst().sequence))
                .limit(MAX_PLACES)
                .toList();
    }

    /// All sets of a few jobs; of many the cheapest one, two, ...
    private List<List<Job>> sets(List<Job> place) {
        int most = Math.min(place.size(), state.policy.maxMoves());
        List<List<Job>> sets = new ArrayList<>();
        if (place.size() > MAX_EXACT) {
            for (int count = 1; count <= most; count++) {
                sets.add(place.subList(0, count));
            }
            return sets;
        }
        for (int mask = 1; mask < 1 << place.size(); mask++) {
            if (Integer.bitCount(mask) <= most) {
                List<Job> set = new ArrayList<>();
                for (int i = 0; i < place.size(); i++) {
                    if ((mask >>> i & 1) == 1) {
                        set.add(place.get(i));
                    }
                }
                sets.add(set);
            }
        }
        return sets;
    }
}
