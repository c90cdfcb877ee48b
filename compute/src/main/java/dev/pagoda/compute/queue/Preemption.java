package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.placement.Allotment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Chooses whom to stop for a job: of those whom its queue's rules allow, a set that suffices and loses the
/// least work since the last checkpoints, counted in seconds of a device.
///
/// **Search.** Few candidates are searched exhaustively, so their set is the best. Of many, the cheapest are
/// added until the job fits and those that turn out needless are spared, from the dearest; this is done over
/// all candidates and over those of each place where the job could sit whole, and the cheapest outcome wins.
/// Equal losses go by priority, then to those that started last.
final class Preemption {
    private static final int MAX_EXACT = 8;
    private static final int MAX_PLACES = 64;

    private final State state;
    private final Job job;
    private final int min;
    private final List<String> kinds;
    private final PreemptionRules rules;

    private Preemption(State state, Job job) {
        this.state = state;
        this.job = job;
        this.min = job.spec.gang().min();
        this.kinds = state.room.kinds(job.spec);
        this.rules = state.room.quotas().rules(job.spec.queue());
    }

    static Optional<Plan> plan(State state, Job job) {
        return new Preemption(state, job).plan();
    }

    private record Victim(Job job, double loss) {
        static final Comparator<Victim> CHEAPEST = Comparator.comparingDouble(Victim::loss)
                .thenComparingInt(victim -> victim.job.spec.priority())
                .thenComparingLong(victim -> -victim.job.startedMicros)
                .thenComparingLong(victim -> -victim.job.sequence);
    }

    private Optional<Plan> plan() {
        List<Victim> victims = new ArrayList<>();
        for (Job each : state.running.values()) {
            if (mayStop(each)) {
                victims.add(new Victim(each, each.lossIfStopped(state.nowMicros)));
            }
        }
        victims.sort(Victim.CHEAPEST);
        if (victims.isEmpty()) {
            return Optional.empty();
        }
        List<Victim> chosen =
                victims.size() <= MAX_EXACT ? exact(victims) : min == 1 ? onOneNode(victims) : best(victims);
        if (chosen == null && min == 1 && victims.size() > MAX_EXACT) {
            chosen = greedy(victims);
        }
        if (chosen == null || chosen.size() > state.policy.maxVictims()) {
            return Optional.empty();
        }
        List<Job> stopped = chosen.stream().map(Victim::job).toList();
        var trial = new Trial(state);
        stopped.forEach(trial::stop);
        return trial.start(job, min, min)
                ? Optional.of(new Plan(trial, stopped, List.of(), List.of()))
                : Optional.empty();
    }

    private boolean mayStop(Job victim) {
        Seat seat = victim.seatOrThrow();
        String kind = seat.accelerator();
        boolean isOfUse =
                kind.isEmpty() || kinds.contains(kind) || job.spec.task().devices() == 0;
        return isOfUse && rulesAllow(victim, seat, kind) && state.room.isOpen(seat);
    }

    private boolean rulesAllow(Job victim, Seat seat, String kind) {
        int priority = job.spec.priority();
        if (victim.spec.queue().equals(job.spec.queue())) {
            return switch (rules.withinQueue()) {
                case NEVER -> false;
                case LOWER_PRIORITY -> victim.spec.priority() < priority;
                case LOWER_OR_NEWER_EQUAL_PRIORITY ->
                    victim.spec.priority() < priority || (victim.spec.priority() == priority && isNewer(victim));
            };
        }
        QuotaTree quotas = state.room.quotas();
        Use wanted = wanted(kind);
        if (!quotas.shareRoot(job.spec.queue(), victim.spec.queue())
                || !quotas.borrows(victim.spec.queue(), seat.use(), job.spec.queue(), wanted)) {
            return false;
        }
        boolean isLower = victim.spec.priority() < priority;
        if (!quotas.borrowsWith(job.spec.queue(), wanted)) {
            return switch (rules.reclaimWithinCohort()) {
                case NEVER -> false;
                case LOWER_PRIORITY -> isLower;
                case ANY -> true;
            };
        }
        return switch (rules.borrowWithinCohort()) {
            case NEVER -> false;
            case LOWER_PRIORITY ->
                isLower && (rules.borrowMaxPriority() == null || victim.spec.priority() <= rules.borrowMaxPriority());
        };
    }

    private boolean isNewer(Job victim) {
        return victim.submittedMicros == job.submittedMicros
                ? victim.sequence > job.sequence
                : victim.submittedMicros > job.submittedMicros;
    }

    private Use wanted(String victimKind) {
        String kind = kinds.contains(victimKind) ? victimKind : kinds.getFirst();
        return state.room.use(job.spec, kind).times(min);
    }

    private boolean suffices(List<Victim> victims) {
        var trial = new Trial(state);
        return stopAll(trial, victims) && trial.fits(job, min);
    }

    /// Stops them in turn; false when the queue of one has nothing borrowed left by then and may not lose it.
    private boolean stopAll(Trial trial, List<Victim> victims) {
        for (Victim victim : victims) {
            if (!mayLose(trial, victim)) {
                return false;
            }
            trial.stop(victim.job);
        }
        return true;
    }

    /// Whether a victim of another queue may still be stopped after others were: only while its queue borrows.
    private boolean mayLose(Trial trial, Victim victim) {
        Job each = victim.job;
        Seat seat = each.seatOrThrow();
        return each.spec.queue().equals(job.spec.queue())
                || trial.room
                        .quotas()
                        .borrows(each.spec.queue(), seat.use(), job.spec.queue(), wanted(seat.accelerator()));
    }

    /// As many of them as may be stopped together, the cheapest first.
    private List<Victim> allowed(List<Victim> victims) {
        var trial = new Trial(state);
        List<Victim> allowed = new ArrayList<>();
        for (Victim victim : victims) {
            if (mayLose(trial, victim)) {
                trial.stop(victim.job);
                allowed.add(victim);
            }
        }
        return allowed;
    }

    private @Nullable List<Victim> exact(List<Victim> victims) {
        List<Victim> best = null;
        double least = Double.POSITIVE_INFINITY;
        for (int mask = 1; mask < 1 << victims.size(); mask++) {
            List<Victim> set = new ArrayList<>();
            for (int i = 0; i < victims.size(); i++) {
                if ((mask >>> i & 1) == 1) {
                    set.add(victims.get(i));
                }
            }
            double loss = loss(set);
            if ((loss < least || (loss == least && best != null && set.size() < best.size())) && suffices(set)) {
                best = set;
                least = loss;
            }
        }
        return best;
    }

    /// For a job of one task: of each node the cheapest that suffice there, and of all nodes the cheapest.
    private @Nullable List<Victim> onOneNode(List<Victim> victims) {
        Map<Integer, List<Victim>> byNode = new LinkedHashMap<>();
        for (Victim victim : victims) {
            victim.job.seatOrThrow().allotments().stream()
                    .map(Allotment::node)
                    .distinct()
                    .forEach(node -> byNode.computeIfAbsent(node, index -> new ArrayList<>())
                            .add(victim));
        }
        var trial = new Trial(state);
        List<Victim> best = null;
        for (Map.Entry<Integer, List<Victim>> each : byNode.entrySet()) {
            if (!trial.room.couldFitOn(each.getKey(), job.spec)) {
                continue;
            }
            List<Victim> chosen = cheapestOn(trial, each.getKey(), each.getValue());
            if (chosen != null && (best == null || loss(chosen) < loss(best))) {
                best = chosen;
            }
            if (best != null && best.size() == 1 && loss(best) == 0) {
                break;
            }
        }
        return best;
    }

    private @Nullable List<Victim> cheapestOn(Trial trial, int node, List<Victim> victims) {
        List<Victim> stopped = new ArrayList<>();
        boolean fits = false;
        for (Victim victim : victims) {
            if (mayLose(trial, victim)) {
                trial.stop(victim.job);
                stopped.add(victim);
                fits = trial.room.fitsOn(node, job.spec);
                if (fits) {
                    break;
                }
            }
        }
        List<Victim> chosen = new ArrayList<>(stopped);
        for (int i = stopped.size() - 2; fits && i >= 0; i--) {
            Victim spared = stopped.get(i);
            trial.restore(spared.job);
            if (trial.room.fitsOn(node, job.spec)) {
                chosen.remove(spared);
            } else {
                trial.stop(spared.job);
            }
        }
        stopped.forEach(victim -> {
            if (trial.seat(victim.job) == null) {
                trial.restore(victim.job);
            }
        });
        return fits ? chosen : null;
    }

    private @Nullable List<Victim> best(List<Victim> victims) {
        List<Victim> best = greedy(victims);
        for (List<Victim> place : places(victims)) {
            List<Victim> other = greedy(place);
            if (other != null && (best == null || loss(other) < loss(best))) {
                best = other;
            }
        }
        return best;
    }

    private @Nullable List<Victim> greedy(List<Victim> victims) {
        List<Victim> allowed = allowed(victims);
        if (allowed.isEmpty() || !suffices(allowed)) {
            return null;
        }
        int low = 1;
        int high = allowed.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (suffices(allowed.subList(0, middle))) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        List<Victim> chosen = new ArrayList<>(allowed.subList(0, low));
        for (int i = chosen.size() - 2; i >= 0; i--) {
            List<Victim> spared = new ArrayList<>(chosen);
            spared.remove(i);
            if (suffices(spared)) {
                chosen = spared;
            }
        }
        return chosen;
    }

    /// The candidates of each node, for a job that fits in one, and of each rack and zone.
    private List<List<Victim>> places(List<Victim> victims) {
        Map<String, List<Victim>> places = new LinkedHashMap<>();
        for (Victim victim : victims) {
            Map<String, Boolean> touched = new TreeMap<>();
            victim.job.seatOrThrow().allotments().forEach(each -> {
                var host = state.room.cluster().host(each.node());
                touched.put("node " + host.id(), true);
                touched.put("rack " + host.domains().rack(), true);
                host.domains().links().stream().distinct().forEach(link -> touched.put("link " + link, true));
            });
            touched.keySet()
                    .forEach(place -> places.computeIfAbsent(place, name -> new ArrayList<>())
                            .add(victim));
        }
        return places.values().stream()
                .filter(place -> place.size() < victims.size())
                .sorted(Comparator.comparingDouble((List<Victim> place) -> loss(place)))
                .limit(MAX_PLACES)
                .toList();
    }

    private static double loss(List<Victim> victims) {
        return victims.stream().mapToDouble(Victim::loss).sum();
    }
}
