package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.Change;
import dev.pagoda.compute.api.Explanation.Proposal;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobDecision.Action;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.NodeShape;
import dev.pagoda.compute.api.PendingReason;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Condition;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.placement.Repartitioner;
import dev.pagoda.compute.queue.Diagnosis.Finding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The smallest changes that start a pending job. Each is made on a fork of the whole state, decisions follow,
/// and only what really started the job is proposed.
final class Proposals {
    private static final int MAX_STEPS = 2_000;
    private static final int MAX_TRIES = 32;
    private static final int MAX_NODES = 64;

    private final Scheduler scheduler;
    private final State state;
    private final Job job;
    private final JobSpec spec;
    private final Finding finding;
    private final List<Proposal> proposals = new ArrayList<>();

    private Proposals(Scheduler scheduler, Job job, Finding finding) {
        this.scheduler = scheduler;
        this.state = scheduler.state();
        this.job = job;
        this.spec = job.spec;
        this.finding = finding;
    }

    static List<Proposal> of(Scheduler scheduler, Job job, Finding finding) {
        var search = new Proposals(scheduler, job, finding);
        search.search();
        return search.proposals;
    }

    private void search() {
        boolean isQuota = finding.flavor() != null || finding.reason() == PendingReason.FLAVOR_NOT_IN_QUEUE;
        waiting();
        if (isQuota) {
            raising();
        } else {
            repairing();
            dividing();
            moving();
        }
        lowering();
        if (!isQuota) {
            buying();
        }
        stopping();
    }

    private boolean starts(Change change) {
        return isRunning(Changes.applied(scheduler, List.of(change)));
    }

    private boolean isRunning(Scheduler fork) {
        return fork.job(job.id())
                .filter(view -> view.phase() == JobPhase.RUNNING)
                .isPresent();
    }

    private void propose(Change change, String sentence) {
        proposals.add(new Proposal(change, sentence, state.nowMicros));
    }

    private void waiting() {
        Start start = follow(scheduler.fork());
        if (start == null) {
            return;
        }
        long at = start.atMicros;
        List<String> ended = start.decisions.stream()
                .filter(each -> each.action() == Action.FINISHED)
                .map(JobDecision::job)
                .toList();
        String because = ended.isEmpty() ? "" : " when " + names(ended) + (ended.size() == 1 ? " ends" : " end");
        proposals.add(new Proposal(new Change.Wait(), "it starts at " + Words.at(at, state.nowMicros) + because, at));
    }

    /// @param decisions those with which it started
    private record Start(long atMicros, List<JobDecision> decisions) {}

    /// Lets a fork's time pass until the job starts; null when it does not within so many steps.
    private @Nullable Start follow(Scheduler fork) {
        List<JobDecision> last = List.of();
        for (int step = 0; step < MAX_STEPS && !isRunning(fork); step++) {
            long next = fork.nextMicros();
            if (next == Job.NEVER) {
                return null;
            }
            last = fork.apply(new SchedulerEvent.Tick(), next);
        }
        return isRunning(fork) ? new Start(fork.nowMicros(), last) : null;
    }

    private void dividing() {
        Optional<Repartitioner.Suggestion> suggestion = state.room.coveredKinds(spec).stream()
                .map(kind -> state.modes.suggest(Asking.demand(spec.task(), kind)))
                .flatMap(Optional::stream)
                .min(Comparator.comparingInt(Repartitioner.Suggestion::tasks));
        if (suggestion.isEmpty()) {
            return;
        }
        Repartitioner.Place place = suggestion.get().place();
        String node = state.room.cluster().host(place.node()).id();
        var change = new Change.Divide(node, place.device(), suggestion.get().mode());
        Start start = follow(Changes.applied(scheduler, List.of(change)));
        if (start != null) {
            String sentence = "bring device " + place.device() + " of node " + node + " into mode " + change.mode()
                    + ": it starts at " + Words.at(start.atMicros, state.nowMicros);
            proposals.add(new Proposal(change, sentence, start.atMicros));
        }
    }

    private void raising() {
        for (String kind : finding.kind().isEmpty() ? state.room.kinds(spec) : List.of(finding.kind())) {
            String flavor = finding.flavor() == null ? kind : finding.flavor();
            Use use = state.room.use(spec, kind).times(spec.gang().min());
            QuotaTree quotas = state.room.quotas();
            boolean isTooSmall = finding.reason() == PendingReason.QUOTA_TOO_SMALL;
            long needed = finding.flavor() == null ? use.deviceMilli() : quotas.milliOf(spec.queue(), flavor, use);
            long by = needed
                    - Math.min(
                            isTooSmall ? quotas.potentialMilli(spec.queue(), flavor) : Long.MAX_VALUE,
                            quotas.availableMilli(spec.queue(), flavor));
            if (by < 1 || by > needed + quotas.usedMilli(spec.queue(), flavor)) {
                continue;
            }
            var change = new Change.RaiseQuota(spec.queue(), flavor, by);
            if (starts(change)) {
                propose(change, "raise quota of " + spec.queue() + " by " + Words.milli(by) + " " + flavor);
                return;
            }
        }
    }

    private void repairing() {
        Cluster cluster = state.room.cluster();
        int tries = 0;
        for (int node = 0; node < cluster.nodes() && tries < MAX_TRIES; node++) {
            boolean isDown = cluster.condition(node) != Condition.UP;
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                isDown |= cluster.condition(node, device) != Condition.UP;
            }
            if (!isDown) {
                continue;
            }
            tries++;
            var change = new Change.RepairNode(cluster.host(node).id());
            if (starts(change)) {
                propose(change, "repair node " + change.node());
                return;
            }
        }
    }

    private void moving() {
        Optional<Plan> plan = Consolidation.anyPlan(state, job);
        if (plan.isEmpty()) {
            return;
        }
        var change = new Change.MoveJobs(job.id());
        if (starts(change)) {
            propose(
                    change,
                    "move " + names(plan.get().moved().stream().map(Job::id).toList()));
        }
    }

    private void lowering() {
        int min = spec.gang().min();
        int least = smallest(1, min - 1, fewer -> starts(new Change.LowerMinimum(job.id(), min - fewer)));
        if (least > 0) {
            var change = new Change.LowerMinimum(job.id(), min - least);
            propose(change, "start with " + Words.tasks(change.min()) + " instead of " + min);
        }
    }

    /// The fewest devices of one new node beside those there are, or the fewest whole nodes.
    private void buying() {
        Map<String, NodeShape> shapes = shapes();
        NodeShape best = null;
        int fewest = Integer.MAX_VALUE;
        int nodes = 0;
        for (NodeShape shape : shapes.values()) {
            int unit = Math.max(1, spec.task().devices());
            int most = Math.min(shape.devices() / unit, spec.gang().min());
            int units = shape.devices() == 0
                    ? 0
                    : smallest(1, most, count -> starts(new Change.AddNodes(1, withDevices(shape, count * unit))));
            if (units > 0 && units * unit < fewest) {
                fewest = units * unit;
                best = withDevices(shape, fewest);
                nodes = 1;
            } else if (units == 0 && (best == null || nodes > 1)) {
                int upTo = nodes > 1 ? nodes - 1 : MAX_NODES;
                int count = smallest(1, upTo, more -> starts(new Change.AddNodes(more, shape)));
                if (count > 0) {
                    best = shape;
                    nodes = count;
                }
            }
        }
        if (best != null) {
            propose(new Change.AddNodes(nodes, best), bought(nodes, best));
        }
    }

    private static String bought(int nodes, NodeShape shape) {
        String rack = shape.rack().isEmpty() ? "" : " in rack " + shape.rack();
        if (shape.devices() == 0) {
            return nodes + " more " + (nodes == 1 ? "node" : "nodes") + " of " + shape.cpuMilli() / 1_000 + " cores"
                    + rack;
        }
        return nodes == 1
                ? shape.devices() + " more " + shape.accelerator() + rack
                : nodes + " more nodes of " + shape.devices() + " " + shape.accelerator() + rack;
    }

    private static NodeShape withDevices(NodeShape shape, int devices) {
        return new NodeShape(
                shape.accelerator(),
                devices,
                shape.deviceBytes(),
                shape.cpuMilli(),
                shape.memoryMib(),
                shape.rack(),
                shape.zone());
    }

    /// One shape for each kind and rack that could matter: as the nodes there are, or as large as a task needs.
    private Map<String, NodeShape> shapes() {
        Cluster cluster = state.room.cluster();
        List<String> kinds = state.room.coveredKinds(spec);
        boolean staysTogether = spec.gang().required() != null && spec.gang().min() > 1;
        Map<String, NodeShape> shapes = new LinkedHashMap<>();
        for (int node = 0; node < cluster.nodes() && shapes.size() < MAX_TRIES; node++) {
            Host host = cluster.host(node);
            if (spec.task().devices() > 0 && !kinds.contains(host.accelerator())) {
                continue;
            }
            int devices = spec.task().devices() == 0
                    ? 0
                    : Math.max(host.devices(), spec.task().devices());
            String rack = staysTogether ? host.domains().rack() : "";
            shapes.putIfAbsent(
                    (devices == 0 ? "" : host.accelerator()) + " " + rack,
                    new NodeShape(
                            devices == 0 ? "" : host.accelerator(),
                            devices,
                            Math.max(host.deviceBytes(), spec.task().bytesPerDevice()),
                            Math.max(host.cpuMilli(), spec.task().cpuMilli()),
                            Math.max(host.memoryMib(), spec.task().memoryMib()),
                            rack,
                            staysTogether ? host.domains().zone() : ""));
        }
        return shapes;
    }

    /// The running job with the fewest devices without which this one starts.
    private void stopping() {
        List<Job> others = state.running.values().stream()
                .filter(each -> each.width() > 0)
                .sorted(Comparator.comparingInt(Job::width).thenComparingLong(each -> each.sequence))
                .toList();
        int tries = 0;
        for (Job each : others) {
            if (!couldHelp(each)) {
                continue;
            }
            if (++tries > MAX_TRIES) {
                return;
            }
            var change = new Change.CancelJob(each.id());
            if (starts(change)) {
                propose(change, "stop job " + each.id() + " of queue " + each.spec.queue());
                return;
            }
        }
    }

    private boolean couldHelp(Job other) {
        String kind = other.seatOrThrow().accelerator();
        return kind.isEmpty()
                || spec.task().devices() == 0
                || state.room.kinds(spec).contains(kind);
    }

    /// The smallest number of a range for which something holds that also holds for all above it; 0 when it
    /// does not hold for the largest.
    private static int smallest(int from, int to, IntPredicate holds) {
        if (to < from || !holds.test(to)) {
            return 0;
        }
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (holds.test(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static String names(List<String> jobs) {
        return (jobs.size() == 1 ? "job " : "jobs ") + (jobs.size() > 8 ? jobs.size() + "" : Words.list(jobs));
    }
}
