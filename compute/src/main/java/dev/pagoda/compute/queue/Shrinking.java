package dev.pagoda.compute.queue;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Takes back from elastic gangs what they have above their minimum, from as few of them as suffice: the lowest
/// priority first, then whoever has most to give.
final class Shrinking {
    private static final Comparator<Job> ORDER = Comparator.comparingInt((Job job) -> job.spec.priority())
            .thenComparingInt(job -> -surplus(job))
            .thenComparingLong(job -> -job.sequence);

    private Shrinking() {}

    static Optional<Plan> plan(State state, Job job) {
        List<String> kinds = state.room.kinds(job.spec);
        List<Job> givers = state.elastic.values().stream()
                .filter(each -> surplus(each) > 0)
                .filter(each -> each.seatOrThrow().accelerator().isEmpty()
                        || kinds.contains(each.seatOrThrow().accelerator())
                        || kinds.contains(""))
                .sorted(ORDER)
                .toList();
        if (givers.isEmpty() || !fits(state, job, givers, givers.size(), 0)) {
            return Optional.empty();
        }
        int low = 1;
        int high = givers.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (fits(state, job, givers, middle, 0)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Job last = givers.get(low - 1);
        int kept = 0;
        int most = surplus(last) - 1;
        while (kept < most) {
            int middle = (kept + most + 1) >>> 1;
            if (fits(state, job, givers, low, middle)) {
                kept = middle;
            } else {
                most = middle - 1;
            }
        }
        Trial trial = trial(state, givers, low, kept);
        int min = job.spec.gang().min();
        if (!trial.start(job, min, min)) {
            return Optional.empty();
        }
        return Optional.of(new Plan(trial, List.of(), givers.subList(0, low), List.of()));
    }

    private static boolean fits(State state, Job job, List<Job> givers, int count, int lastKeeps) {
        return trial(state, givers, count, lastKeeps).fits(job, job.spec.gang().min());
    }

    private static Trial trial(State state, List<Job> givers, int count, int lastKeeps) {
        var trial = new Trial(state);
        for (int i = 0; i < count; i++) {
            Job giver = givers.get(i);
            trial.shrink(giver, giver.spec.gang().min() + (i == count - 1 ? lastKeeps : 0));
        }
        return trial;
    }

    private static int surplus(Job job) {
        Seat seat = job.seat;
        return seat == null ? 0 : seat.tasks() - job.spec.gang().min();
    }
}
