package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobCost;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobDecision.Action;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.compute.api.TaskPlace;
import dev.pagoda.compute.api.TaskPlace.DevicePart;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Grant;
import dev.pagoda.compute.placement.Repartitioner;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Everything the scheduler knows at one moment, and the steps that change it. Each step keeps the room, the
/// jobs and the account of their time in agreement and notes what was decided.
///
/// One owner's thread. [#fork()] copies what can change; jobs that are over are not carried along.
final class State {
    final SchedulerPolicy policy;
    final StepRate rates;
    final Map<String, Job> pending = new LinkedHashMap<>();
    final Map<String, Job> running = new LinkedHashMap<>();
    /// Those that run and may have more or fewer tasks than now.
    final Map<String, Job> elastic = new LinkedHashMap<>();
    /// Those that run and keep checkpoints, so that they can go on elsewhere.
    final Map<String, Job> movable = new LinkedHashMap<>();
    /// Those that run and end by themselves, the next first.
    private final TreeSet<Job> ends =
            new TreeSet<>(Comparator.comparingLong((Job job) -> job.endsMicros).thenComparingLong(job -> job.sequence));

    /// The part of its link bandwidth that a node has left, by index.
    final TreeMap<Integer, Double> linkHealth = new TreeMap<>();

    final Room room;
    final ArrivalHistory history;
    /// What is on the disks of the nodes and on its way there.
    final Staging staging;
    /// Nodes that came after the first, in their order.
    final List<NodeGroup> added = new ArrayList<>();
    /// Brings devices into other modes.
    final Repartitioner modes;
    final List<JobDecision> decisions = new ArrayList<>();
    /// Jobs that ended since the owner looked.
    final List<Job> over = new ArrayList<>();

    /// Searches for room that found none, by what was asked for, with [#changes()] at that time.
    final Map<Object, Long> fruitless = new HashMap<>();

    long nowMicros;
    long lastSequence;
    private long changes;
    /// Whether something happened that may let a job start, grow or be reserved for.
    boolean unsettled;

    /// Jobs that came since the last round.
    final List<Job> arrived = new ArrayList<>();

    /// The last round, as long as nothing but arrivals happened since.
    @Nullable
    Pass settled;

    State(SchedulerPolicy policy, StepRate rates, Room room, Staging staging, ArrivalHistory history, long nowMicros) {
        this(policy, rates, room, staging, history, new Repartitioner(room.cluster()), nowMicros);
    }

    private State(
            SchedulerPolicy policy,
            StepRate rates,
            Room room,
            Staging staging,
            ArrivalHistory history,
            Repartitioner modes,
            long nowMicros) {
        this.policy = policy;
        this.rates = rates;
        this.room = room;
        this.staging = staging;
        this.history = history;
        this.modes = modes;
        this.nowMicros = nowMicros;
    }

    State fork() {
        return forkOn(room.fork());
    }

    State forkOn(Room other) {
        var fork =
                new State(policy, rates, other, staging.fork(), history.fork(), modes.fork(other.cluster()), nowMicros);
        pending.forEach((id, job) -> fork.pending.put(id, job.copy()));
        running.values().forEach(job -> fork.run(job.copy()));
        fork.added.addAll(added);
        fork.linkHealth.putAll(linkHealth);
        fork.changes = changes;
        fork.lastSequence = lastSequence;
        fork.unsettled = unsettled || !arrived.isEmpty();
        return fork;
    }

    /// Lets devices go on to the modes that they were asked for, as far as they are empty and have had their
    /// time.
    void changeModes() {
        int before = modes.moving().size();
        modes.settle(nowMicros);
        modes.advance(nowMicros);
        if (modes.moving().size() < before) {
            room.gained();
            unsettled = true;
        }
    }

    /// Grows with whatever starts, stops or changes what a job holds, and with whatever adds to the room.
    long changes() {
        return changes + room.gains();
    }

    boolean knows(String job) {
        return pending.containsKey(job) || running.containsKey(job);
    }

    void start(Job job, Seat seat, String because) {
        pending.remove(job.id());
        job.phase = JobPhase.RUNNING;
        job.seat = seat;
        job.startedMicros = nowMicros;
        job.activeMicros = nowMicros;
        job.grownMicros = nowMicros;
        job.servedSinceMicros = nowMicros;
        job.starts++;
        job.start = staging.begin(job, seat, room.cluster(), nowMicros);
        job.progress.start(nowMicros, rate(job, seat), job.start.totalMillis() * 1_000);
        run(job);
        findEnd(job);
        decide(job, Action.STARTED, because);
    }

    /// Counts a job that has its seat among those that run.
    void run(Job job) {
        running.put(job.id(), job);
        if (job.spec.gang().isElastic()) {
            elastic.put(job.id(), job);
        }
        if (job.spec.checkpoint().isKept()) {
            movable.put(job.id(), job);
        }
        if (job.endsMicros != Job.NEVER) {
            ends.add(job);
        }
    }

    private void runNoMore(Job job) {
        running.remove(job.id());
        elastic.remove(job.id());
        movable.remove(job.id());
        ends.remove(job);
    }

    /// When the next running job ends by itself.
    long nextEnd() {
        return ends.isEmpty() ? Job.NEVER : ends.first().endsMicros;
    }

    /// The running jobs that end by themselves, the next first; to be read only.
    Collection<Job> ends() {
        return ends;
    }

    /// The running jobs that end by themselves by now, the first first.
    List<Job> due() {
        List<Job> due = new ArrayList<>();
        for (Job job : ends) {
            if (job.endsMicros > nowMicros) {
                break;
            }
            due.add(job);
        }
        return due;
    }

    /// Takes everything from a job, which waits again with what its last checkpoint saved.
    void preempt(Job job, String because) {
        job.preemptions++;
        stop(job);
        room.release(job.spec.queue(), job.seatOrThrow());
        wait(job, Action.PREEMPTED, because);
    }

    /// The same for a job that lost some of its tasks; the cluster has released `gone` already.
    void requeue(Job job, Set<Allotment> gone, String because) {
        job.requeues++;
        stop(job);
        room.release(job.spec.queue(), room.without(job.spec, job.seatOrThrow(), gone));
        wait(job, Action.REQUEUED, because);
    }

    private void stop(Job job) {
        account(job);
        job.lostDeviceSeconds += job.lossIfStopped(nowMicros);
        job.progress.stop(nowMicros);
        job.ranMicros += nowMicros - job.startedMicros;
        staging.leave(job);
        runNoMore(job);
        unsettled = true;
    }

    private void wait(Job job, Action action, String because) {
        job.seat = null;
        job.phase = JobPhase.PENDING;
        job.pendingSinceMicros = nowMicros;
        job.endsMicros = Job.NEVER;
        pending.put(job.id(), job);
        decide(job, action, because);
    }

    /// Ends a job, whether it runs or waits.
    void end(Job job, JobPhase phase, String because) {
        if (job.isRunning()) {
            account(job);
            job.progress.advance(nowMicros);
            job.ranMicros += nowMicros - job.startedMicros;
            staging.leave(job);
            runNoMore(job);
            room.release(job.spec.queue(), job.seatOrThrow());
            job.seat = null;
        } else {
            pending.remove(job.id());
        }
        unsettled = true;
        job.phase = phase;
        job.endedMicros = nowMicros;
        job.endsMicros = Job.NEVER;
        job.note = because;
        over.add(job);
        decide(job, phase == JobPhase.FINISHED ? Action.FINISHED : Action.CANCELLED, because);
    }

    /// Gives a running job another seat of the same size; it had been told to release the old one.
    void move(Job job, Seat seat, String because) {
        account(job);
        job.moves++;
        job.seat = seat;
        unsettled = true;
        job.start = staging.begin(job, seat, room.cluster(), nowMicros);
        job.progress.relocate(nowMicros, rate(job, seat), job.start.totalMillis() * 1_000);
        findEnd(job);
        decide(job, Action.MOVED, because);
    }

    /// Lets a running job go on with what is in `seat`, saving its progress first.
    void resize(Job job, Seat seat, String because) {
        account(job);
        if (seat.tasks() > job.seatOrThrow().tasks()) {
            job.grownMicros = nowMicros;
        } else {
            unsettled = true;
        }
        job.resizes++;
        job.seat = seat;
        StartTimes more = staging.follow(job, seat, room.cluster(), nowMicros);
        job.progress.relocate(nowMicros, rate(job, seat), more.totalMillis() * 1_000);
        findEnd(job);
        decide(job, Action.RESIZED, because);
    }

    /// Lets a job of independent tasks go on without those that failed; the cluster has released them already.
    void lose(Job job, Set<Allotment> gone, String because) {
        account(job);
        Seat left = room.without(job.spec, job.seatOrThrow(), gone);
        job.resizes++;
        job.seat = left;
        staging.follow(job, left, room.cluster(), nowMicros);
        job.progress.changeRate(nowMicros, rate(job, left));
        findEnd(job);
        unsettled = true;
        decide(job, Action.RESIZED, because);
    }

    /// Looks at the links again, whose bandwidth changed.
    void changeRates() {
        for (Job job : running.values()) {
            double rate = rate(job, job.seatOrThrow());
            if (rate != job.progress.rate()) {
                job.progress.changeRate(nowMicros, rate);
                findEnd(job);
                changes++;
            }
        }
    }

    double rate(Job job, Seat seat) {
        return rates.of(job.spec, seat, room.cluster(), linkHealth) * staging.share(seat, room.cluster());
    }

    /// When a pending job would end if it started now on a seat.
    long endIfStarted(Job job, Seat seat) {
        Progress then = job.progress.copy();
        long start = staging.times(job, seat, room.cluster(), nowMicros).totalMillis() * 1_000;
        then.start(nowMicros, rate(job, seat), start);
        return Math.min(then.endMicros(), limitMicros(job, nowMicros));
    }

    void findEnd(Job job) {
        long end = Math.min(job.progress.endMicros(), limitMicros(job, job.startedMicros));
        Double idle = job.spec.limits().idleSeconds();
        if (idle != null) {
            end = Math.min(end, job.activeMicros + Progress.micros(idle));
        }
        ends.remove(job);
        job.endsMicros = end;
        if (end != Job.NEVER) {
            ends.add(job);
        }
    }

    private static long limitMicros(Job job, long startMicros) {
        Double limit = job.spec.limits().runSeconds();
        return limit == null ? Job.NEVER : startMicros + Math.max(0, Progress.micros(limit) - job.ranMicros);
    }

    /// When a running job is expected to free its seat, for plans; an idle timeout is no promise.
    long expectedEnd(Job job) {
        return Math.min(job.progress.endMicros(), limitMicros(job, job.startedMicros));
    }

    /// What a job has cost by now.
    JobCost cost(Job job) {
        Seat seat = job.seat;
        return seat == null || !job.isRunning()
                ? job.cost
                : job.cost.plus(staging.cost(job, seat, room.cluster(), nowMicros - job.servedSinceMicros));
    }

    private void account(Job job) {
        job.cost = cost(job);
        job.servedDeviceSeconds += (nowMicros - job.servedSinceMicros) / 1e6 * job.width();
        job.servedSinceMicros = nowMicros;
    }

    void decide(Job job, Action action, String because) {
        // who only waits changes nothing for those who do, too
        changes += action == Action.QUEUED ? 0 : 1;
        Seat seat = job.seat;
        List<TaskPlace> places = action == Action.STARTED || action == Action.MOVED || action == Action.RESIZED
                ? places(job)
                : List.of();
        decisions.add(new JobDecision(
                nowMicros, action, job.id(), seat == null ? 0 : seat.tasks(), places, because, cost(job)));
    }

    List<TaskPlace> places(Job job) {
        Seat seat = job.seat;
        if (seat == null) {
            return List.of();
        }
        List<TaskPlace> places = new ArrayList<>(seat.tasks());
        for (Allotment each : seat.allotments()) {
            List<DevicePart> parts = new ArrayList<>(each.grants().size());
            for (Grant grant : each.grants()) {
                parts.add(new DevicePart(grant.device(), grant.milli(), grant.bytes(), grant.slots()));
            }
            places.add(new TaskPlace(room.cluster().host(each.node()).id(), parts));
        }
        return places;
    }
}
