package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.placement.Lack;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One round over all pending jobs at one moment.
///
/// Each job in its turn is given a seat if there is one that delays no reservation. If not, room is made for it
/// in the way that costs others least: elastic gangs give back what is above their minimum, checkpointed jobs
/// move closer together, and last its queue's rules of preemption apply. Whoever is still blocked has its
/// earliest start reserved, as far as reservations go. When everybody had a turn, elastic gangs take what is
/// idle.
final class Pass {
    /// How many blocked jobs make room for themselves in one round; the search is the expensive part of it.
    private static final int MAX_SEARCHES = 64;

    private static final int MAX_FRUITLESS = 65_536;

    private final State state;
    private final Reservations reservations;
    private final WaitingLine line;
    private final Set<String> preempted = new HashSet<>();
    private final Map<String, String> behind = new HashMap<>();
    private int searches;
    /// [State#changes()] at its beginning, and still at its end if it decided nothing.
    private long seen;

    Pass(State state) {
        this.state = state;
        this.reservations = new Reservations(state);
        this.line = new WaitingLine(state);
    }

    /// Behind whose reservation each job stayed that would have fitted, in the last round.
    Map<String, String> behind() {
        return behind;
    }

    void run() {
        // what is freed on the way may suit one that had its turn, and asks for another round
        state.unsettled = false;
        long before = state.changes();
        Job blocker = null;
        for (Job job = line.next(); job != null; job = line.next()) {
            if (blocker != null) {
                behind.put(job.id(), blocker.id());
            } else if (!turn(job)) {
                blocker = job;
            }
        }
        if (state.policy.elasticity()) {
            new Growth(state).run();
        }
        seen = before;
    }

    /// Whether a job that came since may have its turn after all the others had, as it would have had in a new round:
    /// this one decided nothing, nothing else has happened since, everybody was looked at, and the job does not go
    /// before one for which a reservation was made.
    boolean admits(List<Job> arrived) {
        return seen == state.changes()
                && state.policy.backfill()
                && searches < MAX_SEARCHES
                && arrived.size() == 1
                && reservations.jobs().stream().noneMatch(ahead -> line.isBefore(arrived.getFirst(), ahead));
    }

    /// Gives it its turn, see [#admits].
    void run(Job arrived) {
        searches = 0;
        turn(arrived);
        if (state.policy.elasticity()) {
            new Growth(state).run();
        }
    }

    /// @return whether jobs behind may have a turn
    private boolean turn(Job job) {
        int min = job.spec.gang().min();
        switch (state.room.seat(job.spec, min, job.spec.gang().max())) {
            case Room.Answer.Seated(Seat seat) -> {
                return settle(job, seat);
            }
            case Room.Answer.Uncovered uncovered -> {
                return true;
            }
            case Room.Answer.NoQuota(String kind, int within) -> {
                if (state.room.quotas().potentialTasks(job.spec.queue(), state.room.use(job.spec, kind), min) < min) {
                    return true;
                }
                return makeRoom(job, false) || block(job, true);
            }
            case Room.Answer.NoRoom(String kind, var refusal) -> {
                if (refusal.isPermanent() && refusal.dominant() != Lack.PARTITION) {
                    return true;
                }
                return makeRoom(job, true) || block(job, false);
            }
        }
    }

    private boolean settle(Job job, Seat seat) {
        Optional<Job> delayed = reservations.take(job, seat, state.endIfStarted(job, seat));
        if (delayed.isEmpty()) {
            state.start(job, seat, "there is room for " + Words.tasks(seat.tasks()));
            return true;
        }
        state.room.giveBack(job.spec.queue(), seat);
        behind.put(job.id(), delayed.get().id());
        return true;
    }

    private boolean block(Job job, boolean byQuota) {
        if (reservations.size() < state.policy.reservations()) {
            reservations.reserve(job);
        }
        if (state.policy.backfill()) {
            return true;
        }
        if (byQuota) {
            line.drop(job.spec.queue());
        }
        return byQuota;
    }

    private record Ask(String queue, int priority, TaskSpec task, GangSpec gang) {
        static Ask of(Job job) {
            return new Ask(job.spec.queue(), job.spec.priority(), job.spec.task(), job.spec.gang());
        }
    }

    private boolean makeRoom(Job job, boolean devicesAreShort) {
        if (preempted.contains(job.id()) || searches >= MAX_SEARCHES) {
            return false;
        }
        Ask ask = Ask.of(job);
        Long fruitless = state.fruitless.get(ask);
        if (fruitless != null && fruitless == state.changes()) {
            return false;
        }
        searches++;
        if (search(job, devicesAreShort)) {
            return true;
        }
        if (state.fruitless.size() >= MAX_FRUITLESS) {
            state.fruitless.clear();
        }
        state.fruitless.put(ask, state.changes());
        return false;
    }

    private boolean search(Job job, boolean devicesAreShort) {
        List<Plan> plans = new ArrayList<>();
        if (state.policy.elasticity()) {
            Shrinking.plan(state, job).ifPresent(plans::add);
        }
        if (plans.isEmpty() && state.policy.consolidation() && devicesAreShort) {
            Consolidation.plan(state, job, () -> reservations.earliestMicros(job))
                    .ifPresent(plans::add);
        }
        if (plans.isEmpty() && state.policy.preemption()) {
            Preemption.plan(state, job).ifPresent(plans::add);
        }
        for (Plan plan : plans) {
            if (reservations.admit(plan.trial())) {
                carryOut(plan, job);
                return true;
            }
        }
        return false;
    }

    private void carryOut(Plan plan, Job job) {
        for (Job stopped : plan.carryOut(state, job)) {
            preempted.add(stopped.id());
            line.add(stopped);
        }
        reservations.rebuild();
    }
}
