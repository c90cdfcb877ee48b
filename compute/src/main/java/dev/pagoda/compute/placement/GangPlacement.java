package dev.pagoda.compute.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One try to place a gang.
///
/// **Where.** A gang that must share a level is tried in one domain of that level after another: first those
/// with room for all its tasks, the one with the least free devices first, so that large domains stay whole;
/// then those with room for its minimum, the roomiest first. A preference goes on with the next wider level.
/// Room is estimated before, so that most domains cost no try, and tries are bounded.
///
/// **All or none.** Minimums of all sets are placed before any set grows, the set with the most devices a task
/// first. What does not get its minimum is taken back at once, in the reverse order, and the state is as before
/// but for the versions of the nodes that were touched.
final class GangPlacement {
    /// Room is estimated for each set alone, so that a domain may promise too much; so many promises are tried.
    private static final int MAX_TRIES = 64;

    private final Placer placer;
    private final Cluster cluster;
    private final Gang gang;
    private @Nullable Refusal nearest;

    GangPlacement(Placer placer, Gang gang) {
        this.placer = placer;
        this.cluster = placer.cluster();
        this.gang = gang;
    }

    GangVerdict place() {
        Topology.Level level = gang.topology().level();
        Topology.Level widest = gang.topology().isStrict() ? level : Topology.Level.CLUSTER;
        for (Topology.Level each : EnumSet.range(level, widest)) {
            List<Allotment> granted = placeWithin(each);
            if (granted != null) {
                return new GangVerdict.Granted(granted, each);
            }
        }
        if (nearest == null) {
            throw new IllegalStateException("a gang was refused without a try");
        }
        return new GangVerdict.Refused(nearest);
    }

    private record Room(Scope scope, boolean isForAll, int tasks, long freeMilli) {}

    private @Nullable List<Allotment> placeWithin(Topology.Level level) {
        if (level == Topology.Level.CLUSTER) {
            return attempt(placer.scopes(level).getFirst(), level);
        }
        List<Room> rooms = new ArrayList<>();
        for (Scope scope : placer.scopes(level)) {
            rooms.add(room(scope));
        }
        rooms.sort(Comparator.comparing((Room room) -> !room.isForAll)
                .thenComparingInt(room -> -room.tasks)
                .thenComparingLong(Room::freeMilli));
        int tries = 0;
        for (Room room : rooms) {
            boolean mayFit = room.tasks >= gang.minTasks();
            if (tries >= MAX_TRIES || (!mayFit && tries > 0)) {
                break;
            }
            // The roomiest is tried even without hope, for its refusal.
            tries++;
            List<Allotment> granted = attempt(room.scope, level);
            if (granted != null) {
                return granted;
            }
        }
        if (rooms.isEmpty()) {
            nearest = refusal(
                    gang.taskSets().getFirst(),
                    0,
                    placer.scopes(Topology.Level.CLUSTER).getFirst(),
                    level);
        }
        return null;
    }

    /// How many tasks each set would find room for on its own, at most its count; 0 when any misses its
    /// minimum.
    private Room room(Scope scope) {
        int tasks = 0;
        boolean isForAll = true;
        boolean isEnough = true;
        for (TaskSet each : gang.taskSets()) {
            int capacity = scope.capacity(cluster, each.demand(), each.count());
            tasks += capacity;
            isForAll &= capacity == each.count();
            isEnough &= capacity >= each.minCount();
        }
        return new Room(
                scope, isForAll, isEnough ? tasks : Math.min(tasks, gang.minTasks() - 1), scope.freeMilli(cluster));
    }

    private @Nullable List<Allotment> attempt(Scope scope, Topology.Level level) {
        List<TaskSet> sets = gang.taskSets();
        List<List<Allotment>> bySet = new ArrayList<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < sets.size(); i++) {
            bySet.add(new ArrayList<>());
            order.add(i);
        }
        if (order.size() > 1) {
            order.sort(Comparator.comparingInt(i -> -sets.get(i).demand().devices()));
        }
        for (int i : order) {
            TaskSet set = sets.get(i);
            fill(set.demand(), set.minCount(), bySet.get(i), scope, level);
            int placed = bySet.get(i).size();
            if (placed < set.minCount()) {
                if (nearest == null || placed > nearest.placed()) {
                    nearest = refusal(set, placed, scope, level);
                }
                takeBack(bySet);
                return null;
            }
        }
        for (int i : order) {
            fill(sets.get(i).demand(), sets.get(i).count(), bySet.get(i), scope, level);
        }
        List<Allotment> all = new ArrayList<>();
        for (List<Allotment> each : bySet) {
            all.addAll(each);
        }
        return all;
    }

    private void fill(Demand demand, int count, List<Allotment> placed, Scope scope, Topology.Level level) {
        while (placed.size() < count) {
            Allotment next = level == Topology.Level.CLUSTER ? placer.put(demand) : placer.put(demand, scope);
            if (next == null) {
                return;
            }
            placed.add(next);
        }
    }

    private void takeBack(List<List<Allotment>> bySet) {
        for (List<Allotment> placed : bySet) {
            for (int i = placed.size() - 1; i >= 0; i--) {
                cluster.release(placed.get(i));
            }
        }
    }

    /// Counted while what was placed is still there.
    @SuppressWarnings("EnumOrdinal") // counted for a thousand nodes, where a map would box each count
    private Refusal refusal(TaskSet set, int placed, Scope scope, Topology.Level level) {
        int[] counts = new int[Lack.values().length];
        long[] allowed = new long[cluster.nodes()];
        for (int i = 0; i < scope.nodes().length; i++) {
            allowed[scope.nodes()[i]] = scope.allowed()[i];
        }
        for (int node = 0; node < cluster.nodes(); node++) {
            Lack lack = Fit.lack(cluster, node, set.demand(), allowed[node]);
            if (lack == null && allowed[node] == 0) {
                lack = Lack.DOMAIN;
            }
            if (lack != null) {
                counts[lack.ordinal()]++;
            }
        }
        Map<Lack, Integer> nodes = new EnumMap<>(Lack.class);
        for (Lack lack : Lack.values()) {
            if (counts[lack.ordinal()] > 0) {
                nodes.put(lack, counts[lack.ordinal()]);
            }
        }
        return new Refusal(set.name(), placed, set.minCount() - placed, dominant(nodes), nodes, level);
    }

    private static Lack dominant(Map<Lack, Integer> nodes) {
        Lack dominant = Lack.ACCELERATOR;
        int most = -1;
        boolean isMendable = nodes.keySet().stream().anyMatch(lack -> !lack.isPermanent());
        for (Map.Entry<Lack, Integer> each : nodes.entrySet()) {
            if (each.getKey().isPermanent() != isMendable && each.getValue() > most) {
                most = each.getValue();
                dominant = each.getKey();
            }
        }
        return dominant;
    }
}
