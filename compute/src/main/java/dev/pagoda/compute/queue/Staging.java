package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.JobCost;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.compute.fleet.ArtefactCache;
import dev.pagoda.compute.fleet.ColdStart;
import dev.pagoda.compute.fleet.IsolationMode;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.fleet.RunningCost;
import dev.pagoda.compute.fleet.StorageTier;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.queue.SchedulerSnapshot.DiskRecord;
import dev.pagoda.compute.queue.SchedulerSnapshot.FetchRecord;
import dev.pagoda.compute.queue.SchedulerSnapshot.StagingRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Images and weights on their way to nodes and on their disks, and how long starts therefore take.
///
/// A gang is ready when its last node is. Every node fetches for itself what it does not have, from the storage
/// of its site and beside all others that fetch from the same kind of storage at that time; those that began
/// before are not slowed down by it. A fetch goes on to its end even if the task does not, and who needs the same
/// meanwhile waits for it. What a job needs stays on the disks of its nodes while it runs, and afterwards until
/// the room is needed. A bare machine is wiped for each task and keeps nothing.
///
/// One owner's thread; [#fork()] copies what can change.
final class Staging {
    private static final int IMAGE = 1;
    private static final int WEIGHTS = 2;

    private final NodeBook book;
    private final Map<Integer, ArtefactCache> disks = new TreeMap<>();
    private final List<FetchRecord> fetches = new ArrayList<>();

    Staging(NodeBook book) {
        this.book = book;
    }

    NodeBook book() {
        return book;
    }

    /// As it was recorded.
    static Staging of(@Nullable StagingRecord record, NodeBook book, Cluster cluster) {
        var staging = new Staging(book);
        if (record != null) {
            for (DiskRecord disk : record.disks()) {
                cluster.find(disk.node()).ifPresent(index -> {
                    Node node = describe(book, cluster, index);
                    long capacity = node == null ? 0 : capacity(node);
                    staging.disks.put(index, ArtefactCache.of(capacity, disk.kept()));
                });
            }
            staging.fetches.addAll(record.fetches());
        }
        return staging;
    }

    StagingRecord record(Cluster cluster) {
        List<DiskRecord> records = new ArrayList<>();
        disks.forEach(
                (node, disk) -> records.add(new DiskRecord(cluster.host(node).id(), disk.kept())));
        return new StagingRecord(records, fetches);
    }

    Staging fork() {
        var fork = new Staging(book);
        disks.forEach((node, disk) -> fork.disks.put(node, disk.copy()));
        fork.fetches.addAll(fetches);
        return fork;
    }

    /// How long a start on a seat would take.
    StartTimes times(Job job, Seat seat, Cluster cluster, long nowMicros) {
        return book.isEmpty() ? StartTimes.NONE : slowest(starts(job, devices(seat, Set.of()), cluster, nowMicros));
    }

    /// How long the nodes would take that a job does not have yet.
    StartTimes more(Job job, Seat seat, Cluster cluster, long nowMicros) {
        return book.isEmpty()
                ? StartTimes.NONE
                : slowest(starts(job, devices(seat, job.staged.keySet()), cluster, nowMicros));
    }

    /// Starts a job on all nodes of a seat.
    StartTimes begin(Job job, Seat seat, Cluster cluster, long nowMicros) {
        if (book.isEmpty()) {
            return StartTimes.NONE;
        }
        Map<Integer, Integer> before = job.staged;
        job.staged = Map.of();
        List<NodeStart> starts = starts(job, devices(seat, Set.of()), cluster, nowMicros);
        fetch(job, starts, nowMicros);
        // only now, so that what it moves with stays where it is
        before.forEach((node, bits) -> release(job, node, bits));
        return slowest(starts);
    }

    /// Starts a job on those nodes of a seat that it does not have yet, and ends it on those that it has no more.
    StartTimes follow(Job job, Seat seat, Cluster cluster, long nowMicros) {
        if (book.isEmpty()) {
            return StartTimes.NONE;
        }
        List<NodeStart> starts = starts(job, devices(seat, job.staged.keySet()), cluster, nowMicros);
        Map<Integer, Integer> all = devices(seat, Set.of());
        Map<Integer, Integer> kept = new TreeMap<>(job.staged);
        kept.keySet().retainAll(all.keySet());
        job.staged.forEach((node, bits) -> {
            if (!kept.containsKey(node)) {
                release(job, node, bits);
            }
        });
        job.staged = kept;
        fetch(job, starts, nowMicros);
        return slowest(starts);
    }

    /// Ends a job everywhere.
    void leave(Job job) {
        job.staged.forEach((node, bits) -> release(job, node, bits));
        job.staged = Map.of();
    }

    /// The part of a node's speed that tasks have behind what keeps them apart, on the slowest node of a seat.
    double share(Seat seat, Cluster cluster) {
        int most = 0;
        if (!book.isEmpty()) {
            for (Allotment part : seat.allotments()) {
                Node node = describe(book, cluster, part.node());
                most = node == null
                        ? most
                        : Math.max(most, node.service().isolation().computeOverheadMilli());
            }
        }
        return 1 - most / 1_000.0;
    }

    /// What a seat costs in a time.
    JobCost cost(Job job, Seat seat, Cluster cluster, long micros) {
        RunningCost cost = RunningCost.NONE;
        if (!book.isEmpty() && seat.use().deviceMilli() > 0) {
            double devices = seat.use().deviceMilli() / 1_000.0 / seat.tasks();
            double utilisation = job.spec.kind() == JobKind.NOTEBOOK ? 0 : 1;
            for (Allotment part : seat.allotments()) {
                Node node = describe(book, cluster, part.node());
                if (node != null) {
                    cost = cost.plus(RunningCost.of(node, devices, utilisation, micros));
                }
            }
        }
        return new JobCost(cost.usd(), cost.kwh(), cost.grams());
    }

    /// The start of one node of a gang.
    private record NodeStart(int index, Node node, StartTimes times, boolean fetchesImage, boolean fetchesWeights) {}

    /// Devices on each node of a seat, but for some nodes.
    private static Map<Integer, Integer> devices(Seat seat, Set<Integer> without) {
        Map<Integer, Integer> devices = new TreeMap<>();
        for (Allotment part : seat.allotments()) {
            if (!without.contains(part.node())) {
                devices.merge(part.node(), part.grants().size(), Integer::sum);
            }
        }
        return devices;
    }

    private List<NodeStart> starts(Job job, Map<Integer, Integer> devices, Cluster cluster, long nowMicros) {
        Artefacts needed = job.spec.artefacts();
        Map<StorageTier, Integer> readers = new TreeMap<>();
        for (FetchRecord fetch : fetches) {
            if (fetch.untilMicros() > nowMicros) {
                readers.merge(fetch.storage(), 1, Integer::sum);
            }
        }
        List<Node> nodes = new ArrayList<>();
        devices.keySet().forEach(index -> {
            Node node = describe(book, cluster, index);
            nodes.add(node);
            if (node != null
                    && (isMissing(index, needed.image(), needed.imageBytes())
                            || isMissing(index, needed.weights(), needed.weightBytes()))) {
                readers.merge(node.service().storage(), 1, Integer::sum);
            }
        });
        List<NodeStart> starts = new ArrayList<>();
        int place = 0;
        for (Map.Entry<Integer, Integer> each : devices.entrySet()) {
            Node node = nodes.get(place++);
            if (node != null) {
                int sharing = Math.max(1, readers.getOrDefault(node.service().storage(), 1));
                starts.add(start(each.getKey(), node, needed, each.getValue(), sharing, nowMicros));
            }
        }
        return starts;
    }

    private NodeStart start(int index, Node node, Artefacts needed, int devices, int readers, long nowMicros) {
        boolean lacksImage = isMissing(index, needed.image(), needed.imageBytes());
        boolean lacksWeights = isMissing(index, needed.weights(), needed.weightBytes());
        var load = new ColdStart.Load(needed.image(), needed.imageBytes(), needed.weights(), needed.weightBytes());
        ColdStart cold = ColdStart.of(node, load, !lacksImage, !lacksWeights, devices, readers, book.hostLink(node));
        long imageWait = lacksImage ? 0 : waitMicros(index, needed.image(), nowMicros);
        long image = cold.imageMicros() + imageWait;
        long weightsWait =
                lacksWeights ? 0 : waitMicros(index, needed.weights(), nowMicros + image + cold.isolationMicros());
        long weights = Math.max(cold.weightsMicros(), cold.loadMicros()) + weightsWait;
        var times = new StartTimes(
                millis(image),
                millis(cold.isolationMicros()),
                millis(weights),
                !lacksImage && imageWait == 0,
                !lacksWeights && weightsWait == 0);
        return new NodeStart(index, node, times, lacksImage, lacksWeights);
    }

    private void fetch(Job job, List<NodeStart> starts, long nowMicros) {
        fetches.removeIf(fetch -> fetch.untilMicros() <= nowMicros);
        Map<Integer, Integer> staged = new TreeMap<>(job.staged);
        starts.forEach(start -> staged.put(start.index, fetch(job, start, nowMicros)));
        job.staged = staged;
    }

    /// @return what stays on the disk
    private int fetch(Job job, NodeStart start, long nowMicros) {
        Artefacts needed = job.spec.artefacts();
        if (start.fetchesImage || start.fetchesWeights) {
            fetches.add(new FetchRecord(start.node.service().storage(), nowMicros + start.times.totalMillis() * 1_000));
        }
        int bits = 0;
        if (needed.imageBytes() > 0 || needed.weightBytes() > 0) {
            ArtefactCache disk = disks.computeIfAbsent(start.index, index -> new ArtefactCache(capacity(start.node)));
            long imageAt = nowMicros + start.times.imageMillis() * 1_000;
            bits |= use(disk, needed.image(), needed.imageBytes(), start.fetchesImage, imageAt) ? IMAGE : 0;
            long weightsAt = nowMicros + start.times.totalMillis() * 1_000;
            bits |= use(disk, needed.weights(), needed.weightBytes(), start.fetchesWeights, weightsAt) ? WEIGHTS : 0;
        }
        return bits;
    }

    /// @return whether it stays on the disk
    private static boolean use(ArtefactCache disk, String name, long bytes, boolean isFetched, long atMicros) {
        if (bytes == 0) {
            return false;
        }
        disk.use(name, bytes);
        if (isFetched) {
            disk.arrives(name, atMicros);
        }
        return disk.holds(name);
    }

    private void release(Job job, int node, int bits) {
        ArtefactCache disk = disks.get(node);
        if (disk != null && (bits & IMAGE) != 0) {
            disk.release(job.spec.artefacts().image());
        }
        if (disk != null && (bits & WEIGHTS) != 0) {
            disk.release(job.spec.artefacts().weights());
        }
    }

    private boolean isMissing(int node, String name, long bytes) {
        ArtefactCache disk = disks.get(node);
        return bytes > 0 && (disk == null || !disk.holds(name));
    }

    private long waitMicros(int node, String name, long nowMicros) {
        ArtefactCache disk = disks.get(node);
        return disk == null ? 0 : Math.max(0, disk.readyMicros(name) - nowMicros);
    }

    /// Of the node that is ready last; hot is what all nodes have.
    private static StartTimes slowest(List<NodeStart> starts) {
        StartTimes last = StartTimes.NONE;
        boolean imageHot = true;
        boolean weightsHot = true;
        for (NodeStart start : starts) {
            imageHot &= start.times.imageHot();
            weightsHot &= start.times.weightsHot();
            if (start.times.totalMillis() > last.totalMillis()) {
                last = start.times;
            }
        }
        return new StartTimes(last.imageMillis(), last.bootMillis(), last.weightsMillis(), imageHot, weightsHot);
    }

    private static @Nullable Node describe(NodeBook book, Cluster cluster, int index) {
        Host host = cluster.host(index);
        return book.describe(host.id(), host.accelerator(), host.devices()).orElse(null);
    }

    private static long capacity(Node node) {
        return node.service().isolation() == IsolationMode.BARE_METAL
                ? 0
                : node.service().cacheBytes();
    }

    private static long millis(long micros) {
        return (micros + 999) / 1_000;
    }
}
