package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.placement.Policy;
import java.util.ArrayList;
import java.util.List;

/// Fleets and jobs that tests have in common.
final class Samples {
    static final String H100 = "h100-sxm";
    static final String L40S = "l40s";
    static final long SECOND = 1_000_000;
    static final long GIB = 1L << 30;

    private Samples() {}

    /// The fullest node that fits, which leaves most whole.
    static final class Packed implements Policy {
        @Override
        public String name() {
            return "Packed";
        }

        @Override
        public int score(Cluster cluster, int node, Demand demand) {
            int free = 0;
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                free += cluster.freeMilli(node, device);
            }
            return 1_000_000 - free;
        }
    }

    /// The emptiest node that fits, which breaks the fleet into fragments.
    static final class Scattered implements Policy {
        @Override
        public String name() {
            return "Scattered";
        }

        @Override
        public int score(Cluster cluster, int node, Demand demand) {
            return 1_000_000 - new Packed().score(cluster, node, demand);
        }
    }

    static SchedulerSetup setup() {
        return setup(SchedulerPolicy.defaults());
    }

    static SchedulerSetup setup(SchedulerPolicy policy) {
        return new SchedulerSetup(policy, new Packed(), LinkTable.defaults(), Units.equal());
    }

    /// Nodes of 8 H100, four a rack.
    static List<Host> nodes(int count) {
        return nodes(count, 8);
    }

    static List<Host> nodes(int count, int devices) {
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            hosts.add(new Host(
                    "n" + i,
                    128_000,
                    1 << 20,
                    H100,
                    devices,
                    80 * GIB,
                    new Host.Domains(List.of(), "r" + i / 4, "z0"),
                    List.of()));
        }
        return hosts;
    }

    /// Work for that many seconds on its own number of devices.
    static JobSpec training(String id, int tasks, int devicesEach, double seconds) {
        return new JobSpec(
                id,
                "default",
                JobKind.TRAINING,
                0,
                TaskSpec.devices(devicesEach, H100),
                GangSpec.of(tasks),
                WorkSpec.seconds(seconds, tasks * devicesEach),
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    static JobSpec serving(String id, int tasks, int devicesEach) {
        return new JobSpec(
                id,
                "default",
                JobKind.SERVING,
                0,
                TaskSpec.devices(devicesEach, H100),
                GangSpec.of(tasks),
                null,
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    static JobSpec in(String queue, JobSpec spec) {
        return new JobSpec(
                spec.id(),
                queue,
                spec.kind(),
                spec.priority(),
                spec.task(),
                spec.gang(),
                spec.work(),
                spec.checkpoint(),
                spec.limits());
    }

    static JobSpec priority(int priority, JobSpec spec) {
        return new JobSpec(
                spec.id(),
                spec.queue(),
                spec.kind(),
                priority,
                spec.task(),
                spec.gang(),
                spec.work(),
                spec.checkpoint(),
                spec.limits());
    }

    static JobSpec saving(double interval, double cost, double restart, JobSpec spec) {
        return new JobSpec(
                spec.id(),
                spec.queue(),
                spec.kind(),
                spec.priority(),
                spec.task(),
                spec.gang(),
                spec.work(),
                new CheckpointSpec(interval, cost, restart),
                spec.limits());
    }

    static JobSpec gang(GangSpec gang, JobSpec spec) {
        return new JobSpec(
                spec.id(),
                spec.queue(),
                spec.kind(),
                spec.priority(),
                spec.task(),
                gang,
                spec.work(),
                spec.checkpoint(),
                spec.limits());
    }

    static JobSpec within(TopologyLevel level, JobSpec spec) {
        return gang(new GangSpec(spec.gang().min(), spec.gang().max(), level, null), spec);
    }

    static JobSpec elastic(int min, int max, JobSpec spec) {
        return gang(new GangSpec(min, max, null, null), spec);
    }

    static JobSpec limited(JobSpec.Limits limits, JobSpec spec) {
        return new JobSpec(
                spec.id(),
                spec.queue(),
                spec.kind(),
                spec.priority(),
                spec.task(),
                spec.gang(),
                spec.work(),
                spec.checkpoint(),
                limits);
    }
}
