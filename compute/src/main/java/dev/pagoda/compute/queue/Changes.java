package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.Change;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.NodeShape;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.placement.TypicalTask;
import java.util.ArrayList;
import java.util.List;

/// Does to a fork what an operator could do to the platform.
final class Changes {
    /// Of the demands that a policy looking ahead has to expect, as its authors kept.
    private static final double TYPICAL_PERCENT = 95;

    private Changes() {}

    /// A fork of a scheduler after some changes and the decisions that follow at once.
    ///
    /// @throws IllegalArgumentException if a change names what does not exist
    static Scheduler applied(Scheduler scheduler, List<Change> changes) {
        Scheduler fork = scheduler.fork();
        for (Change change : changes) {
            fork = apply(fork, change);
        }
        fork.look();
        return fork;
    }

    private static Scheduler apply(Scheduler fork, Change change) {
        State state = fork.state();
        Cluster cluster = state.room.cluster();
        switch (change) {
            case Change.Wait() -> {}
            case Change.AddNodes(int count, NodeShape shape) ->
                fork.tell(new SchedulerEvent.NodesAdded(hosts(cluster, count, shape)));
            case Change.RaiseQuota(String queue, String flavor, long byMilli) ->
                fork.tell(new SchedulerEvent.QuotaChanged(raised(fork.quotas(), queue, flavor, byMilli)));
            case Change.ReplaceQuotas(QuotaPlan plan) -> fork.tell(new SchedulerEvent.QuotaChanged(plan));
            case Change.FailNode(String node) -> {
                mustExist(cluster, node);
                fork.tell(new SchedulerEvent.NodeFailed(node));
            }
            case Change.FailRack(String rack) -> {
                List<String> nodes = nodesOf(cluster, rack);
                if (nodes.isEmpty()) {
                    throw new IllegalArgumentException("no node stands in rack " + rack);
                }
                nodes.forEach(node -> fork.tell(new SchedulerEvent.NodeFailed(node)));
            }
            case Change.RepairNode(String node) -> {
                int index = mustExist(cluster, node);
                fork.tell(new SchedulerEvent.NodeRepaired(node));
                for (int device = 0; device < cluster.host(index).devices(); device++) {
                    fork.tell(new SchedulerEvent.DeviceRepaired(node, device));
                }
            }
            case Change.CancelJob(String job) -> {
                if (!state.knows(job)) {
                    throw new IllegalArgumentException("no job " + job + " waits or runs");
                }
                fork.tell(new SchedulerEvent.Cancel(job));
            }
            case Change.MoveJobs(String forJob) -> {
                Job job = pending(state, forJob);
                Consolidation.anyPlan(state, job).ifPresent(plan -> plan.carryOut(state, job));
            }
            case Change.Divide(String node, int device, String mode) -> {
                mustExist(cluster, node);
                fork.tell(new SchedulerEvent.Repartition(node, device, mode));
            }
            case Change.PlaceBy(String name) -> {
                var policy = Policies.named(name, typical(state), 0);
                return new Scheduler(fork.setup(), state.forkOn(state.room.forkWith(policy)));
            }
            case Change.LowerMinimum(String id, int min) -> {
                Job job = pending(state, id);
                JobSpec spec = job.spec;
                var gang = new GangSpec(
                        min,
                        Math.max(min, spec.gang().max()),
                        spec.gang().required(),
                        spec.gang().preferred());
                job.spec = new JobSpec(
                        spec.id(),
                        spec.queue(),
                        spec.kind(),
                        spec.priority(),
                        spec.task(),
                        gang,
                        spec.work(),
                        spec.checkpoint(),
                        spec.limits(),
                        spec.artefacts());
                state.unsettled = true;
            }
        }
        return fork;
    }

    private static int mustExist(Cluster cluster, String node) {
        return cluster.find(node).orElseThrow(() -> new IllegalArgumentException("the fleet has no node " + node));
    }

    private static Job pending(State state, String id) {
        Job job = state.pending.get(id);
        if (job == null) {
            throw new IllegalArgumentException("no job " + id + " waits");
        }
        return job;
    }

    private static List<String> nodesOf(Cluster cluster, String rack) {
        List<String> nodes = new ArrayList<>();
        for (int node = 0; node < cluster.nodes(); node++) {
            if (cluster.host(node).domains().rack().equals(rack)) {
                nodes.add(cluster.host(node).id());
            }
        }
        return nodes;
    }

    private static List<Host> hosts(Cluster cluster, int count, NodeShape shape) {
        List<Host> hosts = new ArrayList<>(count);
        for (int i = 0; hosts.size() < count; i++) {
            String id = "what-if-" + i;
            if (cluster.find(id).isEmpty()) {
                hosts.add(new Host(
                        id,
                        shape.cpuMilli(),
                        shape.memoryMib(),
                        shape.accelerator(),
                        shape.devices(),
                        shape.deviceBytes(),
                        new Host.Domains(List.of(), shape.rack(), shape.zone()),
                        List.of()));
            }
        }
        return hosts;
    }

    static QuotaPlan raised(QuotaPlan plan, String queue, String flavor, long byMilli) {
        QueueSpec spec = plan.queues().stream()
                .filter(each -> each.name().equals(queue))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no queue " + queue));
        Quota quota = spec.quotas().stream()
                .filter(each -> each.flavor().equals(flavor))
                .findFirst()
                .orElse(new Quota(flavor, 0, null, null));
        return plan.with(spec.with(quota.withNominalMilli(quota.nominalMilli() + byMilli)));
    }

    private static List<TypicalTask> typical(State state) {
        List<Demand> demands = new ArrayList<>();
        for (Job job : state.running.values()) {
            demands.add(Asking.demand(job.spec.task(), job.seatOrThrow().accelerator()));
        }
        for (Job job : state.pending.values()) {
            demands.add(Asking.demand(job.spec.task(), ""));
        }
        return demands.isEmpty() ? List.of() : TypicalTask.of(demands, TYPICAL_PERCENT);
    }
}
