package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Demand;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// What the latest jobs asked of devices, for placement policies that look ahead. A job counts once, however many
/// tasks it has. The mix is made anew after every [#STEP] arrivals, of as many before as are remembered, so that it
/// follows from the arrivals alone.
///
/// One owner's thread.
final class ArrivalHistory {
    static final int STEP = 50;

    private final int remembered;
    private final Deque<TaskSpec> tasks = new ArrayDeque<>();
    private int sinceMix;

    /// @param remembered arrivals that a mix is made of, 0 for none at all
    ArrivalHistory(int remembered) {
        this.remembered = remembered;
    }

    ArrivalHistory fork() {
        var fork = new ArrivalHistory(remembered);
        fork.tasks.addAll(tasks);
        fork.sinceMix = sinceMix;
        return fork;
    }

    /// @return the new mix when it is time for one
    Optional<ArrivalMix> add(TaskSpec task) {
        if (remembered == 0 || task.devices() == 0) {
            return Optional.empty();
        }
        tasks.add(task);
        if (tasks.size() > remembered + STEP) {
            tasks.removeFirst();
        }
        if (++sinceMix < STEP) {
            return Optional.empty();
        }
        sinceMix = 0;
        return Optional.of(mix());
    }

    SchedulerSnapshot.HistoryRecord record() {
        return new SchedulerSnapshot.HistoryRecord(List.copyOf(tasks), sinceMix);
    }

    /// @return the mix that was in force
    ArrivalMix restore(SchedulerSnapshot.HistoryRecord record) {
        tasks.addAll(record.tasks());
        sinceMix = record.sinceMix();
        return mix();
    }

    private ArrivalMix mix() {
        List<TaskSpec> all = new ArrayList<>(tasks);
        int end = Math.max(0, all.size() - sinceMix);
        List<Demand> demands = all.subList(Math.max(0, end - remembered), end).stream()
                .map(task -> Asking.demand(task, task.accelerators()))
                .toList();
        return demands.size() < STEP ? ArrivalMix.UNKNOWN : ArrivalMix.of(demands);
    }
}
