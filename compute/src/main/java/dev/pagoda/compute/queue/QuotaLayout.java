package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.CohortSpec;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.fleet.NearestName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The constant part of a [QuotaTree]: its nodes, parents before children, and tables `[node][flavor]` of what
/// they own, lend and may borrow, in thousandths.
final class QuotaLayout {
    static final long UNLIMITED = -1;

    final QuotaPlan plan;
    final String[] flavors;
    /// Thousandths of the reference device's throughput in one device; 0 for flavors that are no accelerator.
    final long[] unitsMilli;

    final String[] names;
    final int[] parents;
    /// The nodes from the root to each node, which is the last.
    final int[][] paths;
    final double[] weights;
    final long[][] nominal;
    /// What the node and its descendants own and do not keep from it.
    final long[][] subtree;
    /// The part of `subtree` that the parent never sees.
    final long[][] guaranteed;
    final long[][] borrowing;
    /// What the node could use if nothing else ran.
    final long[][] potential;
    /// Whether the node itself has a quota of the flavor, be it 0.
    final boolean[][] listed;
    private final Map<String, Integer> flavorIndex = new LinkedHashMap<>();
    private final Map<String, Integer> queues = new LinkedHashMap<>();
    private final Map<Integer, QueueSpec> specs = new HashMap<>();

    QuotaLayout(QuotaPlan plan, ToLongFunction<String> unitsMilliOf) {
        this.plan = plan;
        var nodes = new ArrayList<Row>();
        Map<String, Integer> cohorts = new LinkedHashMap<>();
        for (CohortSpec cohort : parentsFirst(plan.cohorts())) {
            cohorts.put(cohort.name(), nodes.size());
            nodes.add(Row.of(cohort, cohorts));
        }
        for (QueueSpec queue : plan.queues()) {
            if (queues.putIfAbsent(queue.name(), nodes.size()) != null) {
                throw new IllegalArgumentException("two queues are named " + queue.name());
            }
            specs.put(nodes.size(), queue);
            nodes.add(Row.of(queue, cohorts));
        }
        for (Row row : nodes) {
            row.quotas.forEach(quota -> flavorIndex.putIfAbsent(quota.flavor(), flavorIndex.size()));
        }
        flavors = flavorIndex.keySet().toArray(String[]::new);
        unitsMilli = Arrays.stream(flavors)
                .mapToLong(flavor -> isAccelerator(flavor) ? unitsMilliOf.applyAsLong(flavor) : 0)
                .toArray();
        int count = nodes.size();
        names = nodes.stream().map(Row::name).toArray(String[]::new);
        parents = nodes.stream().mapToInt(Row::parent).toArray();
        weights = nodes.stream().mapToDouble(Row::weight).toArray();
        nominal = new long[count][flavors.length];
        listed = new boolean[count][flavors.length];
        borrowing = new long[count][flavors.length];
        long[][] lending = new long[count][flavors.length];
        for (int node = 0; node < count; node++) {
            Arrays.fill(borrowing[node], UNLIMITED);
            Arrays.fill(lending[node], UNLIMITED);
            for (Quota quota : nodes.get(node).quotas) {
                int flavor = flavor(quota.flavor());
                listed[node][flavor] = true;
                nominal[node][flavor] = quota.nominalMilli();
                borrowing[node][flavor] = orUnlimited(quota.borrowingLimitMilli());
                lending[node][flavor] = orUnlimited(quota.lendingLimitMilli());
            }
        }
        subtree = new long[count][flavors.length];
        guaranteed = new long[count][flavors.length];
        sumUp(lending);
        potential = new long[count][flavors.length];
        findPotential();
        paths = new int[count][];
        for (int node = 0; node < count; node++) {
            int[] above = parents[node] < 0 ? new int[0] : paths[parents[node]];
            paths[node] = Arrays.copyOf(above, above.length + 1);
            paths[node][above.length] = node;
        }
    }

    static boolean isAccelerator(String flavor) {
        return !flavor.equals(Quota.UNITS) && !flavor.equals(Quota.CPU) && !flavor.equals(Quota.MEMORY);
    }

    int nodes() {
        return names.length;
    }

    /// @return -1 when no node has a quota of it
    int flavor(String name) {
        return flavorIndex.getOrDefault(name, -1);
    }

    boolean hasQueue(String name) {
        return queues.containsKey(name);
    }

    /// @throws IllegalArgumentException if there is no such queue, naming the nearest
    int queue(String name) {
        Integer node = queues.get(name);
        if (node == null) {
            throw new IllegalArgumentException("there is no queue " + name + "; the nearest is "
                    + NearestName.of(name, queues.keySet()).orElse("none"));
        }
        return node;
    }

    QueueSpec spec(String queue) {
        return Objects.requireNonNull(specs.get(queue(queue)));
    }

    private void sumUp(long[][] lending) {
        for (int node = nodes() - 1; node >= 0; node--) {
            for (int flavor = 0; flavor < flavors.length; flavor++) {
                subtree[node][flavor] += nominal[node][flavor];
                long limit = lending[node][flavor];
                guaranteed[node][flavor] = limit == UNLIMITED ? 0 : Math.max(0, subtree[node][flavor] - limit);
                if (parents[node] >= 0) {
                    subtree[parents[node]][flavor] += subtree[node][flavor] - guaranteed[node][flavor];
                }
            }
        }
    }

    private void findPotential() {
        for (int node = 0; node < nodes(); node++) {
            int parent = parents[node];
            for (int flavor = 0; flavor < flavors.length; flavor++) {
                long most = subtree[node][flavor];
                if (parent >= 0) {
                    most = guaranteed[node][flavor] + potential[parent][flavor];
                    long limit = borrowing[node][flavor];
                    most = limit == UNLIMITED ? most : Math.min(most, subtree[node][flavor] + limit);
                }
                potential[node][flavor] = most;
            }
        }
    }

    private static long orUnlimited(@Nullable Long limit) {
        return limit == null ? UNLIMITED : limit;
    }

    private static List<CohortSpec> parentsFirst(List<CohortSpec> cohorts) {
        Map<String, CohortSpec> byName = new LinkedHashMap<>();
        for (CohortSpec cohort : cohorts) {
            if (byName.putIfAbsent(cohort.name(), cohort) != null) {
                throw new IllegalArgumentException("two cohorts are named " + cohort.name());
            }
        }
        Set<String> sorted = new LinkedHashSet<>();
        for (CohortSpec cohort : cohorts) {
            var path = new ArrayList<String>();
            for (CohortSpec at = cohort; at != null && !sorted.contains(at.name()); at = parent(at, byName)) {
                if (path.contains(at.name())) {
                    path.add(at.name());
                    throw new IllegalArgumentException("cohorts form a cycle: "
                            + String.join(" -> ", path.subList(path.indexOf(at.name()), path.size())));
                }
                path.add(at.name());
            }
            sorted.addAll(path.reversed());
        }
        return sorted.stream().map(byName::get).toList();
    }

    private static @Nullable CohortSpec parent(CohortSpec cohort, Map<String, CohortSpec> byName) {
        if (cohort.parent() == null) {
            return null;
        }
        CohortSpec parent = byName.get(cohort.parent());
        if (parent == null) {
            throw unknownCohort("cohort " + cohort.name(), cohort.parent(), byName.keySet());
        }
        return parent;
    }

    private static IllegalArgumentException unknownCohort(String child, String parent, Set<String> known) {
        return new IllegalArgumentException(
                child + " is in cohort " + parent + ", which does not exist; the nearest is "
                        + NearestName.of(parent, known).orElse("none"));
    }

    private record Row(String name, int parent, double weight, List<Quota> quotas) {
        static Row of(CohortSpec cohort, Map<String, Integer> cohorts) {
            return of(
                    "cohort " + cohort.name(),
                    cohort.name(),
                    cohort.parent(),
                    cohort.weight(),
                    cohort.quotas(),
                    cohorts);
        }

        static Row of(QueueSpec queue, Map<String, Integer> cohorts) {
            return of("queue " + queue.name(), queue.name(), queue.cohort(), queue.weight(), queue.quotas(), cohorts);
        }

        private static Row of(
                String what,
                String name,
                @Nullable String parent,
                double weight,
                List<Quota> quotas,
                Map<String, Integer> cohorts) {
            if (parent == null) {
                for (Quota quota : quotas) {
                    if (quota.borrowingLimitMilli() != null || quota.lendingLimitMilli() != null) {
                        throw new IllegalArgumentException(what + " limits borrowing or lending of " + quota.flavor()
                                + " but belongs to no cohort");
                    }
                }
                return new Row(name, -1, weight, quotas);
            }
            Integer index = cohorts.get(parent);
            if (index == null) {
                throw unknownCohort(what, parent, cohorts.keySet());
            }
            return new Row(name, index, weight, quotas);
        }
    }
}
