package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.placement.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A random but repeatable life of a small cluster: jobs of all kinds, failures and repairs.
final class RandomLife {
    static final List<String> QUEUES = List.of("a", "b", "c");
    private static final PreemptionRules[] RULES = {
        PreemptionRules.never(),
        PreemptionRules.defaults(),
        new PreemptionRules(
                PreemptionRules.WithinQueue.LOWER_OR_NEWER_EQUAL_PRIORITY,
                PreemptionRules.Reclaim.LOWER_PRIORITY,
                PreemptionRules.Borrow.LOWER_PRIORITY,
                5),
    };

    private static final List<PartitionScheme> MODES =
            List.of(PartitionSchemes.named(AcceleratorCatalogue.shipped().get(Samples.H100), "mig"));

    private static final List<JobKind> KINDS = List.of(JobKind.values());
    private static final List<TopologyLevel> LEVELS = List.of(TopologyLevel.values());

    private final SplittableRandom random;
    private final List<String> jobs = new ArrayList<>();
    private long nowMicros;

    RandomLife(long seed) {
        this.random = new SplittableRandom(seed);
    }

    record Timed(long atMicros, SchedulerEvent event) {}

    static List<Host> nodes() {
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            List<String> links = i % 2 == 0
                    ? List.of()
                    : List.of("x" + i, "x" + i, "x" + i, "x" + i, "y" + i, "y" + i, "y" + i, "y" + i);
            var domains = new Host.Domains(links, "r" + i / 2, "z0");
            hosts.add(new Host("h" + i, 64_000, 1 << 19, Samples.H100, 8, 80 * Samples.GIB, domains, MODES));
        }
        for (int i = 0; i < 3; i++) {
            var domains = new Host.Domains(List.of(), "r3", "z1");
            hosts.add(new Host("l" + i, 32_000, 1 << 18, Samples.L40S, 4, 48 * Samples.GIB, domains, List.of()));
        }
        return hosts;
    }

    /// Quotas that together are about the fleet, with limits here and there.
    QuotaPlan plan() {
        List<QueueSpec> queues = new ArrayList<>();
        for (String name : QUEUES) {
            List<Quota> quotas = new ArrayList<>();
            quotas.add(new Quota(Samples.H100, 16_000, limit(16), limit(16)));
            quotas.add(new Quota(Samples.L40S, 4_000, limit(8), limit(4)));
            if (random.nextBoolean()) {
                quotas.add(new Quota(Quota.CPU, 160_000, null, null));
            }
            queues.add(new QueueSpec(name, "org", 1 + random.nextInt(3), quotas, RULES[random.nextInt(RULES.length)]));
        }
        return new QuotaPlan(List.of(CohortSpec.root("org")), queues);
    }

    private @Nullable Long limit(int most) {
        return random.nextInt(3) > 0 ? null : (long) random.nextInt(most + 1) * 1_000;
    }

    Timed next() {
        nowMicros += random.nextInt(4) == 0 ? 0 : random.nextLong(40 * Samples.SECOND);
        return new Timed(nowMicros, event());
    }

    private SchedulerEvent event() {
        String node = random.nextInt(3) == 0 ? "l" + random.nextInt(3) : "h" + random.nextInt(6);
        return switch (random.nextInt(24)) {
            case 0 -> new SchedulerEvent.NodeFailed(node);
            case 1, 2 -> new SchedulerEvent.NodeRepaired(node);
            case 3 -> new SchedulerEvent.DeviceFailed(node, random.nextInt(4));
            case 4, 5 -> new SchedulerEvent.DeviceRepaired(node, random.nextInt(4));
            case 6 -> new SchedulerEvent.LinkDegraded(node, 0.25);
            case 7 -> new SchedulerEvent.LinkRepaired(node);
            case 8, 9 -> new SchedulerEvent.Cancel(anyJob());
            case 10 -> new SchedulerEvent.Active(anyJob());
            case 11 -> new SchedulerEvent.Finished(anyJob());
            case 12 -> new SchedulerEvent.Tick();
            case 13 ->
                random.nextBoolean() ? new SchedulerEvent.NodeDrained(node) : new SchedulerEvent.NodeEvicted(node);
            case 14 ->
                new SchedulerEvent.Repartition(
                        "h" + random.nextInt(2),
                        random.nextInt(8),
                        random.nextInt(3) == 0 ? PartitionSchemes.WHOLE_MODE : "mig");
            case 15 -> new SchedulerEvent.RepartitionCalledOff("h" + random.nextInt(2), random.nextInt(8));
            default -> new SchedulerEvent.Submit(job());
        };
    }

    /// What brings the cluster back into the condition it began in, in two steps between which devices change.
    List<SchedulerEvent> endOfArrivals() {
        List<SchedulerEvent> events = new ArrayList<>();
        for (Host host : nodes()) {
            events.add(new SchedulerEvent.NodeRepaired(host.id()));
            for (int device = 0; device < host.devices(); device++) {
                events.add(new SchedulerEvent.DeviceRepaired(host.id(), device));
            }
            events.add(new SchedulerEvent.LinkRepaired(host.id()));
        }
        return events;
    }

    private String anyJob() {
        return jobs.isEmpty() ? "none" : jobs.get(random.nextInt(jobs.size()));
    }

    private JobSpec job() {
        String id = "j" + jobs.size();
        jobs.add(id);
        JobKind kind = KINDS.get(random.nextInt(KINDS.size()));
        boolean ends = kind == JobKind.TRAINING || kind == JobKind.BATCH;
        int min = 1 + random.nextInt(4);
        int max = random.nextInt(3) == 0 ? min + random.nextInt(5) : min;
        return new JobSpec(
                id,
                QUEUES.get(random.nextInt(QUEUES.size())),
                kind,
                random.nextInt(4) * 3,
                task(),
                new GangSpec(min, max, level(), null),
                ends
                        ? new WorkSpec(
                                1 + random.nextInt(200),
                                1 + random.nextInt(10),
                                random.nextBoolean() ? 1e10 : 0,
                                Map.of(Samples.L40S, 0.4))
                        : null,
                random.nextInt(3) == 0
                        ? CheckpointSpec.none()
                        : new CheckpointSpec(1 + random.nextInt(60), random.nextInt(3), random.nextInt(20)),
                new JobSpec.Limits(
                        ends && random.nextInt(4) > 0 ? null : 50.0 + random.nextInt(500),
                        kind == JobKind.NOTEBOOK ? 20.0 + random.nextInt(100) : null));
    }

    private TaskSpec task() {
        List<String> kinds = switch (random.nextInt(4)) {
            case 0 -> List.of();
            case 1 -> List.of(Samples.L40S, Samples.H100);
            default -> List.of(Samples.H100);
        };
        return switch (random.nextInt(7)) {
            case 0 ->
                new TaskSpec(
                        1_000L * random.nextInt(20), 1_024, 1, 100 + 100 * random.nextInt(9), Samples.GIB, "", kinds);
            case 2 -> new TaskSpec(1_000, 1_024, 1, 1_000, 0, random.nextBoolean() ? "1g.10gb" : "3g.40gb", kinds);
            case 1 -> new TaskSpec(1_000L + 1_000L * random.nextInt(40), 2_048, 0, 1_000, 0, "", List.of());
            default ->
                new TaskSpec(1_000L * random.nextInt(10), 4_096, 1 << random.nextInt(5) >> 1, 1_000, 0, "", kinds);
        };
    }

    private @Nullable TopologyLevel level() {
        return random.nextBoolean() ? LEVELS.get(random.nextInt(LEVELS.size())) : null;
    }
}
