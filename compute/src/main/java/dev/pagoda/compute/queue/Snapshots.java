package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobCost;
import dev.pagoda.compute.api.TaskPlace;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Condition;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Grant;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.queue.SchedulerSnapshot.DeviceRecord;
import dev.pagoda.compute.queue.SchedulerSnapshot.JobRecord;
import dev.pagoda.compute.queue.SchedulerSnapshot.NodeRecord;
import dev.pagoda.compute.queue.SchedulerSnapshot.Tally;
import dev.pagoda.compute.queue.SchedulerSnapshot.Times;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Writes a state down and reads it again.
final class Snapshots {
    private Snapshots() {}

    static SchedulerSnapshot take(State state, Collection<Job> over) {
        List<JobRecord> jobs = new ArrayList<>();
        state.pending.values().forEach(job -> jobs.add(record(state, job)));
        state.running.values().forEach(job -> jobs.add(record(state, job)));
        over.forEach(job -> jobs.add(record(state, job)));
        return new SchedulerSnapshot(
                state.nowMicros,
                state.lastSequence,
                state.room.quotas().plan(),
                nodes(state),
                jobs,
                state.staging.record(state.room.cluster()),
                state.history.record(),
                List.copyOf(state.added));
    }

    private static List<NodeRecord> nodes(State state) {
        Cluster cluster = state.room.cluster();
        List<NodeRecord> nodes = new ArrayList<>(cluster.nodes());
        for (int node = 0; node < cluster.nodes(); node++) {
            List<DeviceRecord> devices = new ArrayList<>();
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                String mode = cluster.mode(node, device).map(Object::toString).orElse("");
                devices.add(new DeviceRecord(
                        cluster.condition(node, device),
                        mode,
                        state.modes.target(node, device).orElse(null),
                        state.modes.readyAtMicros(node, device)));
            }
            nodes.add(new NodeRecord(
                    cluster.host(node).id(),
                    cluster.condition(node),
                    state.linkHealth.getOrDefault(node, 1.0),
                    devices));
        }
        return nodes;
    }

    private static JobRecord record(State state, Job job) {
        Seat seat = job.seat;
        return new JobRecord(
                job.spec,
                job.phase,
                job.sequence,
                seat == null ? "" : seat.accelerator(),
                state.places(job),
                new Times(
                        job.submittedMicros,
                        job.pendingSinceMicros,
                        job.startedMicros,
                        job.ranMicros,
                        job.endedMicros,
                        job.activeMicros,
                        job.grownMicros,
                        job.servedSinceMicros),
                new Tally(
                        job.starts,
                        job.preemptions,
                        job.requeues,
                        job.moves,
                        job.resizes,
                        job.servedDeviceSeconds,
                        job.lostDeviceSeconds,
                        job.cost),
                job.progress.state(),
                job.note,
                job.start,
                job.staged);
    }

    /// @param nodes the same in the same order as when the snapshot was taken
    static State read(SchedulerSnapshot snapshot, List<Host> nodes, SchedulerSetup setup, Collection<Job> over) {
        List<String> ids = nodes.stream().map(Host::id).toList();
        List<String> expected = snapshot.nodes().stream().map(NodeRecord::id).toList();
        if (!ids.equals(expected)) {
            throw new IllegalArgumentException("the snapshot was taken of " + expected.size()
                    + " nodes, but there are other nodes or another order: " + difference(expected, ids));
        }
        Cluster cluster = new Cluster(nodes);
        divide(cluster, snapshot.nodes());
        QuotaTree quotas = QuotaTree.of(snapshot.quotas(), setup.units()::of);
        var room = new Room(cluster, setup.placement(), quotas, setup.units());
        var staging = Staging.of(snapshot.staging(), setup.nodes(), cluster);
        var history = new ArrivalHistory(setup.history());
        if (snapshot.history() != null && setup.history() > 0) {
            room.expect(history.restore(snapshot.history()));
        }
        var state = new State(
                setup.policy(),
                new StepRate(setup.links(), setup.units()),
                room,
                staging,
                history,
                snapshot.nowMicros());
        state.lastSequence = snapshot.lastSequence();
        state.added.addAll(Objects.requireNonNullElse(snapshot.added(), List.of()));
        for (JobRecord record : snapshot.jobs()) {
            Job job = job(record);
            switch (record.phase()) {
                case PENDING -> state.pending.put(job.id(), job);
                case RUNNING -> {
                    job.seat = seat(room, record);
                    state.run(job);
                    state.findEnd(job);
                }
                case FINISHED, CANCELLED, REJECTED -> over.add(job);
            }
        }
        condition(state, snapshot.nodes());
        return state;
    }

    private static String difference(List<String> expected, List<String> ids) {
        for (int i = 0; i < Math.min(expected.size(), ids.size()); i++) {
            if (!expected.get(i).equals(ids.get(i))) {
                return "node " + i + " was " + expected.get(i) + " and is " + ids.get(i);
            }
        }
        return "there are " + ids.size();
    }

    private static void divide(Cluster cluster, List<NodeRecord> nodes) {
        for (int node = 0; node < nodes.size(); node++) {
            List<DeviceRecord> devices = nodes.get(node).devices();
            if (devices.size() != cluster.host(node).devices()) {
                throw new IllegalArgumentException("node " + nodes.get(node).id() + " had " + devices.size()
                        + " devices and has " + cluster.host(node).devices());
            }
            for (int device = 0; device < devices.size(); device++) {
                DeviceRecord record = devices.get(device);
                String mode = record.mode().isEmpty() ? PartitionSchemes.WHOLE_MODE : record.mode();
                cluster.repartition(node, device, mode);
                if (record.condition() != Condition.REPARTITIONING) {
                    cluster.open(node, device);
                }
            }
        }
    }

    /// Takes down what was down; after the jobs have their seats, for what drains still holds some.
    private static void condition(State state, List<NodeRecord> nodes) {
        Cluster cluster = state.room.cluster();
        for (int node = 0; node < nodes.size(); node++) {
            NodeRecord record = nodes.get(node);
            for (int device = 0; device < record.devices().size(); device++) {
                DeviceRecord each = record.devices().get(device);
                switch (each.condition()) {
                    case DOWN -> cluster.fail(node, device);
                    case DRAINING -> cluster.drain(node, device);
                    case UP, REPARTITIONING -> {}
                }
                if (each.next() != null) {
                    state.modes.resume(node, device, each.next(), each.readyAtMicros(), state.nowMicros);
                }
            }
            switch (record.condition()) {
                case DOWN -> cluster.fail(node);
                case DRAINING -> cluster.drain(node);
                case UP, REPARTITIONING -> {}
            }
            if (record.linkLeft() < 1) {
                state.linkHealth.put(node, record.linkLeft());
            }
        }
    }

    private static Job job(JobRecord record) {
        var job = new Job(record.spec(), record.sequence(), record.times().submittedMicros());
        job.phase = record.phase();
        job.pendingSinceMicros = record.times().pendingSinceMicros();
        job.startedMicros = record.times().startedMicros();
        job.ranMicros = record.times().ranMicros();
        job.endedMicros = record.times().endedMicros();
        job.activeMicros = record.times().activeMicros();
        job.grownMicros = record.times().grownMicros();
        job.servedSinceMicros = record.times().servedSinceMicros();
        job.starts = record.tally().starts();
        job.preemptions = record.tally().preemptions();
        job.requeues = record.tally().requeues();
        job.moves = record.tally().moves();
        job.resizes = record.tally().resizes();
        job.servedDeviceSeconds = record.tally().servedDeviceSeconds();
        job.lostDeviceSeconds = record.tally().lostDeviceSeconds();
        job.cost = Objects.requireNonNullElse(record.tally().cost(), JobCost.NONE);
        job.progress.restore(record.progress());
        job.note = record.note();
        job.start = record.start();
        job.staged = Objects.requireNonNullElse(record.staged(), Map.of());
        return job;
    }

    private static Seat seat(Room room, JobRecord record) {
        Demand demand = Asking.demand(record.spec().task(), record.accelerator());
        List<Allotment> allotments = new ArrayList<>();
        for (TaskPlace place : record.places()) {
            int node = room.cluster()
                    .find(place.node())
                    .orElseThrow(() ->
                            new IllegalArgumentException("job " + record.spec().id() + " runs on node " + place.node()
                                    + ", which the snapshot does not have"));
            List<Grant> grants = place.devices().stream()
                    .map(part -> new Grant(part.index(), part.milli(), part.bytes(), part.slots()))
                    .toList();
            allotments.add(new Allotment(0, node, demand, grants));
        }
        Use use = room.use(record.spec(), record.accelerator()).times(allotments.size());
        return room.hold(record.spec().queue(), new Seat(record.accelerator(), allotments, use));
    }
}
