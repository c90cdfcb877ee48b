package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobDecision.Action;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.fleet.NearestName;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Condition;
import dev.pagoda.compute.placement.FleetHosts;
import dev.pagoda.compute.placement.Host;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What events do to the state before anything is decided.
final class Intake {
    private final State state;
    private final Map<String, Job> over;

    Intake(State state, Map<String, Job> over) {
        this.state = state;
        this.over = over;
    }

    void take(SchedulerEvent event) {
        Cluster cluster = state.room.cluster();
        if (!(event instanceof SchedulerEvent.Submit || event instanceof SchedulerEvent.Tick)) {
            state.settled = null;
        }
        switch (event) {
            case SchedulerEvent.Submit(JobSpec spec) -> submit(spec);
            case SchedulerEvent.Cancel(String id) -> end(id, JobPhase.CANCELLED, "its owner stopped it");
            case SchedulerEvent.Finished(String id) -> end(id, JobPhase.FINISHED, "it ended by itself");
            case SchedulerEvent.Active(String id) -> {
                Job job = state.running.get(id);
                if (job != null) {
                    job.activeMicros = state.nowMicros;
                    state.findEnd(job);
                }
            }
            case SchedulerEvent.NodeFailed(String node) ->
                cluster.find(node).ifPresent(index -> {
                    if (cluster.condition(index) != Condition.DOWN) {
                        lose(cluster.fail(index), "node " + node + " failed");
                    }
                });
            case SchedulerEvent.NodeRepaired(String node) ->
                cluster.find(node).ifPresent(index -> {
                    if (cluster.condition(index) != Condition.UP) {
                        cluster.open(index);
                        gain();
                    }
                });
            case SchedulerEvent.DeviceFailed(String node, int device) ->
                device(node, device).ifPresent(index -> {
                    if (cluster.condition(index, device) != Condition.DOWN) {
                        lose(
                                state.modes.failed(index, device, state.nowMicros),
                                "device " + device + " of node " + node + " failed");
                    }
                });
            case SchedulerEvent.DeviceRepaired(String node, int device) ->
                device(node, device).ifPresent(index -> {
                    if (cluster.condition(index, device) == Condition.DOWN) {
                        cluster.open(index, device);
                        gain();
                    }
                });
            case SchedulerEvent.Repartition(String node, int device, String mode) ->
                device(node, device).ifPresent(index -> repartition(index, device, mode));
            case SchedulerEvent.NodeDrained(String node) -> cluster.find(node).ifPresent(cluster::drain);
            case SchedulerEvent.NodeEvicted(String node) -> cluster.find(node).ifPresent(this::evict);
            case SchedulerEvent.RepartitionCalledOff(String node, int device) ->
                device(node, device).ifPresent(index -> {
                    state.modes.callOff(index, device);
                    gain();
                });
            case SchedulerEvent.LinkDegraded(String node, double left) ->
                cluster.find(node).ifPresent(index -> {
                    state.linkHealth.put(index, left);
                    state.changeRates();
                });
            case SchedulerEvent.LinkRepaired(String node) ->
                cluster.find(node).ifPresent(index -> {
                    state.linkHealth.remove(index);
                    state.changeRates();
                });
            case SchedulerEvent.QuotaChanged(QuotaPlan plan) -> replaceQuotas(plan);
            case SchedulerEvent.NodesAdded(List<Host> nodes) -> add(nodes);
            case SchedulerEvent.GroupAdded(NodeGroup group) -> {
                List<Node> nodes = state.staging.book().nodes(group);
                add(nodes.stream().map(FleetHosts::of).toList());
                state.staging.book().add(nodes);
                state.added.add(group);
            }
            case SchedulerEvent.Tick() -> {}
        }
    }

    private void evict(int node) {
        Cluster cluster = state.room.cluster();
        cluster.drain(node);
        List<Job> touched = state.running.values().stream()
                .filter(job -> job.seatOrThrow().allotments().stream().anyMatch(part -> part.node() == node))
                .toList();
        touched.forEach(job -> state.preempt(job, "node " + cluster.host(node).id() + " is drained"));
    }

    private void repartition(int node, int device, String mode) {
        try {
            state.modes.ask(node, device, mode, state.nowMicros);
        } catch (IllegalStateException notNow) {
            throw new IllegalArgumentException(notNow.getMessage(), notNow);
        }
        if (state.modes.state(node, device).takesWork()) {
            gain();
        }
    }

    private Optional<Integer> device(String node, int device) {
        Cluster cluster = state.room.cluster();
        return cluster.find(node)
                .filter(index -> device >= 0 && device < cluster.host(index).devices());
    }

    private void submit(JobSpec spec) {
        String refusal = refusal(spec);
        if (refusal != null) {
            state.decisions.add(new JobDecision(state.nowMicros, Action.REJECTED, spec.id(), 0, List.of(), refusal));
            return;
        }
        var job = new Job(spec, ++state.lastSequence, state.nowMicros);
        state.pending.put(job.id(), job);
        state.arrived.add(job);
        state.history.add(spec.task()).ifPresent(mix -> {
            state.room.expect(mix);
            state.settled = null;
        });
        state.decide(job, Action.QUEUED, "queue " + spec.queue() + " took it in");
    }

    private @Nullable String refusal(JobSpec spec) {
        if (state.knows(spec.id()) || over.containsKey(spec.id())) {
            return "there is a job " + spec.id() + " already";
        }
        QuotaTree quotas = state.room.quotas();
        if (!quotas.hasQueue(spec.queue())) {
            return "there is no queue " + spec.queue() + "; the nearest is "
                    + NearestName.of(spec.queue(), quotas.queueNames()).orElse("none");
        }
        return state.pending.size() + state.running.size() >= Scheduler.MAX_JOBS
                ? "there are " + Scheduler.MAX_JOBS + " jobs already"
                : null;
    }

    private void end(String id, JobPhase phase, String because) {
        Job job = state.running.get(id);
        job = job == null ? state.pending.get(id) : job;
        if (job != null) {
            state.end(job, phase, because);
        }
    }

    private void gain() {
        state.room.gained();
        state.unsettled = true;
    }

    /// Sorts out what jobs lost: those of independent tasks go on with the rest if it is enough, others start
    /// again from their last checkpoint.
    private void lose(List<Allotment> lost, String because) {
        state.room.gained();
        state.unsettled = true;
        Set<Allotment> gone = new HashSet<>(lost);
        Map<Job, Integer> hit = new LinkedHashMap<>();
        for (Job job : state.running.values()) {
            int tasks = (int) job.seatOrThrow().allotments().stream()
                    .filter(gone::contains)
                    .count();
            if (tasks > 0) {
                hit.put(job, job.seatOrThrow().tasks() - tasks);
            }
        }
        hit.forEach((job, left) -> {
            boolean independent = job.spec.kind() == JobKind.SERVING || job.spec.kind() == JobKind.BATCH;
            if (independent && left >= job.spec.gang().min()) {
                state.lose(job, gone, because);
            } else {
                state.requeue(job, gone, because);
            }
        });
    }

    private void replaceQuotas(QuotaPlan plan) {
        QuotaTree next = QuotaTree.of(plan, state.room.units()::of);
        for (Job job : state.running.values()) {
            mustHaveQueue(next, job);
        }
        state.pending.values().forEach(job -> mustHaveQueue(next, job));
        state.running
                .values()
                .forEach(job -> next.add(job.spec.queue(), job.seatOrThrow().use()));
        state.room.replaceQuotas(next);
        state.unsettled = true;
    }

    private static void mustHaveQueue(QuotaTree tree, Job job) {
        if (!tree.hasQueue(job.spec.queue())) {
            throw new IllegalArgumentException("the new quotas have no queue " + job.spec.queue() + ", in which job "
                    + job.id() + (job.isRunning() ? " runs" : " waits"));
        }
    }

    private void add(List<Host> nodes) {
        Cluster cluster = state.room.cluster();
        Set<String> ids = new HashSet<>();
        for (Host node : nodes) {
            if (cluster.find(node.id()).isPresent() || !ids.add(node.id())) {
                throw new IllegalArgumentException("two nodes are named " + node.id());
            }
        }
        nodes.forEach(state.room::add);
        state.unsettled = true;
    }
}
