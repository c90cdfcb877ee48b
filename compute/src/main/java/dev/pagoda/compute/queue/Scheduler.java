package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.Change;
import dev.pagoda.compute.api.Explanation;
import dev.pagoda.compute.api.Forecast;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.QueueView;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.PartitionState;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Host;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which job runs where and when.
///
/// **Time.** It has no clock: every event comes with the time at which it happened, never earlier than the one
/// before. What ends by itself in between (work that is done, limits, idle notebooks) ends at its own time, and
/// a round of decisions follows each such moment, so that the decisions do not depend on how often somebody
/// looks. [#nextMicros()] says when to look again.
///
/// **Determinism.** The same events at the same times give the same decisions, also on a [#fork()] and after
/// [#snapshot()] and [#restore]; only a placement policy that draws lots goes on differently after a restart.
///
/// One owner's thread.
public final class Scheduler {
    /// Jobs that wait or run; more are rejected.
    public static final int MAX_JOBS = 200_000;

    /// Jobs that are over and still known, the newest.
    public static final int MAX_OVER = 20_000;

    /// A hundred years.
    public static final long MAX_HORIZON_MICROS = 3_155_760_000_000_000L;

    /// At one moment; jobs that take each other's places for ever would never come to rest.
    private static final int MAX_ROUNDS = 16;

    private final SchedulerSetup setup;
    private final State state;
    private final Map<String, Job> over = new LinkedHashMap<>();
    /// Whether somebody has the decisions of the last event; nobody has when it was refused.
    private boolean isDelivered = true;

    /// An idle fleet without jobs.
    ///
    /// @param nodes with distinct ids
    /// @throws IllegalArgumentException if two nodes have one id or the plan is broken, saying how
    public Scheduler(List<Host> nodes, QuotaPlan plan, SchedulerSetup setup, long nowMicros) {
        this(
                setup,
                new State(
                        setup.policy(),
                        new StepRate(setup.links(), setup.units()),
                        new Room(
                                new Cluster(nodes),
                                setup.placement(),
                                QuotaTree.of(plan, setup.units()::of),
                                setup.units()),
                        new Staging(setup.nodes()),
                        new ArrivalHistory(setup.history()),
                        nowMicros));
    }

    Scheduler(SchedulerSetup setup, State state) {
        this.setup = setup;
        this.state = state;
    }

    /// The same state, to try things on; it does not know the jobs that are over.
    public Scheduler fork() {
        return new Scheduler(setup, state.fork());
    }

    /// Everything that [#restore] needs to go on from here.
    public SchedulerSnapshot snapshot() {
        return Snapshots.take(state, over.values());
    }

    /// The scheduler that a snapshot was taken of.
    ///
    /// @param nodes the nodes it had, those that were added since included, in their order
    /// @param setup the same as it had
    /// @throws IllegalArgumentException if the nodes are others, or a job sits where it cannot
    public static Scheduler restore(SchedulerSnapshot snapshot, List<Host> nodes, SchedulerSetup setup) {
        List<Job> over = new ArrayList<>();
        var scheduler = new Scheduler(setup, Snapshots.read(snapshot, nodes, setup, over));
        over.forEach(job -> scheduler.over.put(job.id(), job));
        return scheduler;
    }

    State state() {
        return state;
    }

    SchedulerSetup setup() {
        return setup;
    }

    /// Takes an event in.
    ///
    /// @return what was decided since the last one, in order
    /// @throws IllegalArgumentException if the time is before the last event's, or the event is broken; nothing
    ///     but time has changed then, and what was decided meanwhile comes with the next answer
    public List<JobDecision> apply(SchedulerEvent event, long nowMicros) {
        if (nowMicros < state.nowMicros) {
            throw new IllegalArgumentException(
                    "an event at " + nowMicros + " us is before the last one at " + state.nowMicros + " us");
        }
        if (isDelivered) {
            state.decisions.clear();
        }
        isDelivered = false;
        passTime(nowMicros);
        new Intake(state, over).take(event);
        settle();
        isDelivered = true;
        return List.copyOf(state.decisions);
    }

    /// Takes an event in without deciding anything yet.
    void tell(SchedulerEvent event) {
        new Intake(state, over).take(event);
    }

    /// Decides.
    void look() {
        settle();
    }

    /// When something ends by itself or may be decided anew; `Long.MAX_VALUE` when nothing does.
    public long nextMicros() {
        long next = Math.min(state.nextEnd(), state.modes.next().orElse(Job.NEVER));
        if (state.policy.elasticity()) {
            var growth = new Growth(state);
            for (Job job : state.elastic.values()) {
                long at = job.mayGrow() ? growth.nextMicros(job) : 0;
                next = at > state.nowMicros ? Math.min(next, at) : next;
            }
        }
        // Pending jobs are in the order in which they began to wait, so the first that does not starve is next.
        long patience = Progress.micros(state.policy.starvationSeconds());
        for (Job job : state.pending.values()) {
            long at = job.pendingSinceMicros + patience;
            if (at > state.nowMicros) {
                return Math.min(next, at);
            }
        }
        return next;
    }

    private void passTime(long untilMicros) {
        for (long next = nextMicros(); next <= untilMicros; next = nextMicros()) {
            state.nowMicros = Math.max(state.nowMicros, next);
            endDue();
            state.unsettled = true;
            settle();
        }
        state.nowMicros = untilMicros;
    }

    private void endDue() {
        for (Job job : state.due()) {
            job.progress.advance(state.nowMicros);
            if (job.progress.isDone()) {
                state.end(job, JobPhase.FINISHED, "all its work is done");
            } else if (job.spec.kind() == JobKind.NOTEBOOK && job.spec.limits().idleSeconds() != null && isIdle(job)) {
                state.end(
                        job,
                        JobPhase.FINISHED,
                        "nobody used it for " + job.spec.limits().idleSeconds() + " s");
            } else if (state.expectedEnd(job) <= state.nowMicros) {
                state.end(
                        job,
                        JobPhase.FINISHED,
                        "its run time limit of " + job.spec.limits().runSeconds() + " s is over");
            } else {
                state.findEnd(job);
            }
        }
    }

    private boolean isIdle(Job job) {
        Double idle = job.spec.limits().idleSeconds();
        return idle != null && state.nowMicros - job.activeMicros >= Progress.micros(idle);
    }

    private void settle() {
        state.changeModes();
        for (int round = 0; state.unsettled || !state.arrived.isEmpty(); round++) {
            Pass last = state.settled;
            if (state.unsettled || last == null || !last.admits(state.arrived)) {
                var pass = new Pass(state);
                state.settled = pass;
                pass.run();
            } else {
                last.run(state.arrived.getFirst());
            }
            state.arrived.clear();
            // what a round took off a device may have been its last
            state.changeModes();
            if (round == MAX_ROUNDS) {
                state.unsettled = false;
                state.settled = null;
            }
        }
        for (Job job : state.over) {
            over.put(job.id(), job);
        }
        state.over.clear();
        var oldest = over.keySet().iterator();
        for (int excess = over.size() - MAX_OVER; excess > 0; excess--) {
            oldest.next();
            oldest.remove();
        }
    }

    /// Why a job waits and what would start it.
    ///
    /// Tries up to some dozens of changes on forks; whoever cannot wait for that asks a [#fork()] elsewhere.
    ///
    /// @return empty when no such job waits
    public Optional<Explanation> explain(String id) {
        return explain(id, true);
    }

    /// The same, without looking for changes when `proposes` is false.
    public Optional<Explanation> explain(String id, boolean proposes) {
        Job job = state.pending.get(id);
        if (job == null) {
            return Optional.empty();
        }
        Diagnosis.Finding finding = Diagnosis.of(state, job);
        List<Explanation.Proposal> proposals = proposes ? Proposals.of(this, job, finding) : List.of();
        return Optional.of(new Explanation(
                id, state.nowMicros, finding.reason(), finding.sentence(), finding.counts(), proposals));
    }

    /// What some changes would do until some time from now, nobody submitting more; nothing is done here.
    ///
    /// @param horizonMicros at least 0
    /// @throws IllegalArgumentException if a change names what does not exist
    public Forecast whatIf(List<Change> changes, long horizonMicros) {
        if (horizonMicros < 0 || horizonMicros > MAX_HORIZON_MICROS) {
            throw new IllegalArgumentException(
                    "a horizon of " + horizonMicros + " us is outside 0 to " + MAX_HORIZON_MICROS);
        }
        return Forecasting.of(this, changes, horizonMicros);
    }

    /// The groups of nodes that were added since the beginning, in order.
    public List<NodeGroup> added() {
        return List.copyOf(state.added);
    }

    public long nowMicros() {
        return state.nowMicros;
    }

    /// The cluster as it is, to be read only.
    public Cluster cluster() {
        return state.room.cluster();
    }

    /// Where a device stands between its partition modes.
    public PartitionState mode(int node, int device) {
        return state.modes.state(node, device);
    }

    /// The share of its links to other nodes that a node has left.
    public double linkLeft(int node) {
        return state.linkHealth.getOrDefault(node, 1.0);
    }

    public QuotaPlan quotas() {
        return state.room.quotas().plan();
    }

    /// Every job that is known: waiting ones, running ones, then those that are over, each in the order they
    /// came to that.
    public List<JobView> jobs() {
        List<JobView> views = new ArrayList<>();
        state.pending.values().forEach(job -> views.add(view(job)));
        state.running.values().forEach(job -> views.add(view(job)));
        over.values().forEach(job -> views.add(view(job)));
        return views;
    }

    public Optional<JobView> job(String id) {
        Job job = find(id);
        return job == null ? Optional.empty() : Optional.of(view(job));
    }

    private @Nullable Job find(String id) {
        Job job = state.pending.get(id);
        job = job == null ? state.running.get(id) : job;
        return job == null ? over.get(id) : job;
    }

    /// Every queue in the order of the plan.
    public List<QueueView> queues() {
        Map<String, Integer> pending = new LinkedHashMap<>();
        Map<String, Integer> running = new LinkedHashMap<>();
        state.pending.values().forEach(job -> pending.merge(job.spec.queue(), 1, Integer::sum));
        state.running.values().forEach(job -> running.merge(job.spec.queue(), 1, Integer::sum));
        QuotaTree tree = state.room.quotas();
        return tree.plan().queues().stream()
                .map(queue -> new QueueView(
                        queue.name(),
                        pending.getOrDefault(queue.name(), 0),
                        running.getOrDefault(queue.name(), 0),
                        tree.borrowedShare(queue.name()),
                        tree.usedShare(queue.name()),
                        queue.quotas().stream()
                                .map(quota -> new QueueView.FlavorView(
                                        quota.flavor(),
                                        quota.nominalMilli(),
                                        tree.usedMilli(queue.name(), quota.flavor()),
                                        tree.availableMilli(queue.name(), quota.flavor())))
                                .toList()))
                .toList();
    }

    private JobView view(Job job) {
        Seat seat = job.seat;
        boolean ends = job.spec.work() != null;
        Progress now = job.progress.copy();
        if (job.isRunning()) {
            now.advance(state.nowMicros);
        }
        return new JobView(
                job.spec,
                job.phase,
                seat == null ? "" : seat.accelerator(),
                seat == null ? 0 : seat.tasks(),
                state.places(job),
                job.submittedMicros,
                job.starts == 0 ? null : job.startedMicros,
                job.phase.isOver() ? job.endedMicros : null,
                job.endsMicros == Job.NEVER ? null : job.endsMicros,
                ends ? now.steps() / now.totalSteps() : null,
                ends ? now.savedSteps() / now.totalSteps() : null,
                new JobView.Counts(
                        job.starts,
                        job.preemptions,
                        job.requeues,
                        job.moves,
                        job.resizes,
                        job.servedDeviceSeconds
                                + (job.isRunning() ? (state.nowMicros - job.servedSinceMicros) / 1e6 * job.width() : 0),
                        job.lostDeviceSeconds),
                job.start,
                state.cost(job),
                job.note);
    }
}
