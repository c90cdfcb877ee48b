package dev.pagoda.deploy.bench;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.NodeShape;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.placement.Share;
import dev.pagoda.compute.queue.LinkTable;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.compute.queue.SchedulerPolicy;
import dev.pagoda.compute.queue.SchedulerSetup;
import dev.pagoda.compute.queue.Units;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;

/// Alibaba's cluster under our scheduler, with its pods as jobs of one queue.
record OpenbScheduler(List<OpenbNode> nodes, List<OpenbPod> pods) {
    private static final String QUEUE = "openb";
    /// From 10 minutes to a day, spread evenly over the orders of magnitude.
    private static final double LEAST_SECONDS = 600;

    private static final double ORDERS = Math.log(86_400 / LEAST_SECONDS);

    OpenbScheduler {
        nodes = List.copyOf(nodes);
        pods = List.copyOf(pods);
        if (nodes.stream().noneMatch(node -> node.gpus() > 0) || pods.stream().noneMatch(pod -> pod.gpus() > 0)) {
            throw new IllegalArgumentException("no node has a GPU or no pod asks for one, so nothing can be measured");
        }
    }

    /// An idle cluster.
    Scheduler idle(String policy) {
        var mix = ArrivalMix.of(pods.stream().map(OpenbScheduler::demand).toList());
        var setup = new SchedulerSetup(
                SchedulerPolicy.defaults(), Policies.named(policy, mix, 1), LinkTable.defaults(), Units.equal());
        return new Scheduler(hosts(), QuotaPlan.unlimited(QUEUE), setup, 0);
    }

    /// A gang of single devices of any kind.
    static JobSpec gang(String id, int devices) {
        return new JobSpec(
                id,
                QUEUE,
                JobKind.TRAINING,
                0,
                TaskSpec.devices(1),
                new GangSpec(devices, devices, null, null),
                WorkSpec.seconds(3_600, devices),
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    /// Lets pods come in a seeded order at one moment until so many GPUs were asked for.
    ///
    /// @param inflation of the GPUs there are
    /// @return how many came
    int fill(Scheduler scheduler, double inflation, long seed) {
        long limit =
                Math.round(inflation * nodes.stream().mapToLong(OpenbNode::gpus).sum() * Share.WHOLE_MILLI);
        var random = new Random(seed);
        List<OpenbPod> order = new ArrayList<>(pods);
        long asked = 0;
        int count = 0;
        while (true) {
            Collections.shuffle(order, random);
            for (OpenbPod pod : order) {
                asked += (long) pod.gpus() * pod.gpuMilli();
                if (asked >= limit) {
                    return count;
                }
                double seconds = LEAST_SECONDS * Math.exp(ORDERS * random.nextDouble());
                scheduler.apply(new SchedulerEvent.Submit(job(pod, count++, seconds)), 0);
            }
        }
    }

    /// A node like the most frequent one.
    NodeShape usualNode() {
        OpenbNode usual =
                nodes.stream().max((a, b) -> Integer.compare(like(a), like(b))).orElseThrow();
        return new NodeShape(usual.model(), usual.gpus(), 0, usual.cpuMilli(), usual.memoryMib(), "", "");
    }

    private int like(OpenbNode node) {
        return (int) nodes.stream()
                .filter(each -> each.model().equals(node.model()) && each.gpus() == node.gpus())
                .count();
    }

    private List<Host> hosts() {
        return nodes.stream()
                .map(node -> Host.of(node.name(), node.cpuMilli(), node.memoryMib(), node.model(), node.gpus(), 0))
                .toList();
    }

    private static JobSpec job(OpenbPod pod, int number, double seconds) {
        return new JobSpec(
                "pod-" + number,
                QUEUE,
                JobKind.BATCH,
                0,
                new TaskSpec(
                        pod.cpuMilli(),
                        pod.memoryMib(),
                        pod.gpus(),
                        pod.gpus() == 0 ? Share.WHOLE_MILLI : pod.gpuMilli(),
                        0,
                        "",
                        pod.models()),
                new GangSpec(1, 1, null, null),
                WorkSpec.seconds(seconds, pod.gpus()),
                CheckpointSpec.none(),
                JobSpec.Limits.none());
    }

    private static Demand demand(OpenbPod pod) {
        boolean isPart = pod.gpus() == 1 && pod.gpuMilli() < Share.WHOLE_MILLI;
        return new Demand(
                pod.cpuMilli(),
                pod.memoryMib(),
                pod.gpus(),
                isPart ? new Share.Fraction(pod.gpuMilli(), 0) : Share.ANY_WHOLE,
                new LinkedHashSet<>(pod.models()));
    }
}
