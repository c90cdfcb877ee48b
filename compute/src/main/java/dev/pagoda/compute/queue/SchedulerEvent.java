package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.placement.Host;
import java.util.List;

/// What the scheduler is told. Events about jobs, nodes and devices that do not exist, or are in that state
/// already, change nothing.
public sealed interface SchedulerEvent {
    /// Somebody wants a job to run.
    record Submit(JobSpec spec) implements SchedulerEvent {}

    /// Its owner stops a job.
    record Cancel(String job) implements SchedulerEvent {}

    /// A job ended for reasons of its own, before its modelled work was done or without having any.
    record Finished(String job) implements SchedulerEvent {}

    /// Somebody uses a notebook.
    record Active(String job) implements SchedulerEvent {}

    record NodeFailed(String node) implements SchedulerEvent {}

    record NodeRepaired(String node) implements SchedulerEvent {}

    record DeviceFailed(String node, int device) implements SchedulerEvent {}

    record DeviceRepaired(String node, int device) implements SchedulerEvent {}

    /// Lets a node finish what it has and take nothing new, until it is repaired.
    record NodeDrained(String node) implements SchedulerEvent {}

    /// The same, and what it has goes elsewhere at once.
    record NodeEvicted(String node) implements SchedulerEvent {}

    /// Calls off a change of mode that still waits for jobs to end.
    record RepartitionCalledOff(String node, int device) implements SchedulerEvent {}

    /// A device shall be divided otherwise; it drains first.
    ///
    /// @param mode as `PartitionScheme` names it, `whole` for undivided
    record Repartition(String node, int device, String mode) implements SchedulerEvent {}

    /// The links of a node lost bandwidth.
    ///
    /// @param left the part that is left, above 0 and below 1
    record LinkDegraded(String node, double left) implements SchedulerEvent {
        public LinkDegraded {
            if (!(left > 0 && left < 1)) {
                throw new IllegalArgumentException(
                        "links of " + node + " keep " + left + " of their bandwidth, outside 0 to 1 (both exclusive)");
            }
        }
    }

    record LinkRepaired(String node) implements SchedulerEvent {}

    record QuotaChanged(QuotaPlan plan) implements SchedulerEvent {}

    /// Nodes as the configuration describes them; unlike [NodesAdded] it can be written down.
    record GroupAdded(NodeGroup group) implements SchedulerEvent {}

    record NodesAdded(List<Host> nodes) implements SchedulerEvent {
        public NodesAdded {
            nodes = List.copyOf(nodes);
        }
    }

    /// Time has passed.
    record Tick() implements SchedulerEvent {}
}
