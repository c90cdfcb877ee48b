package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.PreemptionRules;
import dev.pagoda.compute.api.QueueSpec;
import dev.pagoda.compute.api.Quota;
import dev.pagoda.compute.api.QuotaPlan;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The tenant tree with what each of its queues uses now.
///
/// **Quotas.** Per flavor every node owns a nominal quota. Of what a subtree owns, the part above its lending
/// limit is guaranteed to it; the rest stands in its parent, where neighbours may borrow it while it is unused.
/// What a node may still take is the unused part of its guarantee and what its parent has left, of which its
/// borrowing limit cuts what exceeds its own. Uses fill the guarantee first and go up with what is above it, so
/// each level knows only what was lent to it. These are the semantics of Kueue's ClusterQueues and hierarchical
/// Cohorts (https://kueue.sigs.k8s.io/docs/concepts/cohort/).
///
/// **Fair share.** Neighbours are compared by their dominant resource share divided by their weight: first what
/// they borrowed as a part of what can be lent to them, then what they use as a part of what they could use.
/// Accelerators of different kinds count by their throughput. Two queues compare as the two branches in which
/// their paths from the root part, so the order is total.
///
/// One owner's thread; [#fork()] shares what is constant and copies the uses. A question costs the depth of the
/// tree times the flavors of a use.
final class QuotaTree {
    private final QuotaLayout layout;
    private final long[][] used;

    private QuotaTree(QuotaLayout layout, long[][] used) {
        this.layout = layout;
        this.used = used;
    }

    /// An unused tree.
    ///
    /// @param unitsMilliOf the thousandths of the reference device's throughput that one device of a kind has
    /// @throws IllegalArgumentException if a name occurs twice, a parent is unknown, cohorts form a cycle, or a
    ///     node without a parent is given a borrowing or lending limit
    static QuotaTree of(QuotaPlan plan, ToLongFunction<String> unitsMilliOf) {
        var layout = new QuotaLayout(plan, unitsMilliOf);
        return new QuotaTree(layout, new long[layout.nodes()][layout.flavors.length]);
    }

    QuotaTree fork() {
        long[][] copy = new long[used.length][];
        for (int node = 0; node < copy.length; node++) {
            copy[node] = used[node].clone();
        }
        return new QuotaTree(layout, copy);
    }

    QuotaPlan plan() {
        return layout.plan;
    }

    boolean hasQueue(String queue) {
        return layout.hasQueue(queue);
    }

    List<String> queueNames() {
        return layout.plan.queues().stream().map(QueueSpec::name).toList();
    }

    PreemptionRules rules(String queue) {
        return layout.spec(queue).preemption();
    }

    /// Whether a queue may use a kind of accelerator at all.
    boolean covers(String queue, String accelerator) {
        int node = layout.queue(queue);
        return accelerator.isEmpty()
                || lists(node, layout.flavor(accelerator))
                || lists(node, layout.flavor(Quota.UNITS));
    }

    /// How many of some equal tasks a queue may add now, at most `limit`.
    int mostTasks(String queue, Use perTask, int limit) {
        return most(queue, perTask, limit, false);
    }

    /// How many of some equal tasks a queue could have if nothing else ran, at most `limit`.
    int potentialTasks(String queue, Use perTask, int limit) {
        return most(queue, perTask, limit, true);
    }

    boolean admits(String queue, Use use) {
        return most(queue, use, 1, false) == 1;
    }

    private int most(String queue, Use perTask, int limit, boolean idle) {
        if (!covers(queue, perTask.accelerator())) {
            return 0;
        }
        int node = layout.queue(queue);
        long most = limit;
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            long each = counted(node, flavor, perTask);
            if (each > 0) {
                long left = idle ? layout.potential[node][flavor] : available(node, flavor);
                most = Math.min(most, Math.max(0, left) / each);
            }
        }
        return (int) most;
    }

    void add(String queue, Use use) {
        int node = layout.queue(queue);
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            long amount = counted(node, flavor, use);
            if (amount > 0) {
                addUp(node, flavor, amount);
            }
        }
    }

    void remove(String queue, Use use) {
        int node = layout.queue(queue);
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            long amount = counted(node, flavor, use);
            if (amount > used[node][flavor]) {
                throw new IllegalStateException("queue " + queue + " returns " + amount + " thousandths of "
                        + layout.flavors[flavor] + " but uses " + used[node][flavor]);
            }
            if (amount > 0) {
                removeUp(node, flavor, amount);
            }
        }
    }

    /// Whether a queue would use more than its nominal quota of some flavor of a use after it is added.
    boolean borrowsWith(String queue, Use use) {
        int node = layout.queue(queue);
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            long amount = counted(node, flavor, use);
            if (amount > 0 && used[node][flavor] + amount > layout.nominal[node][flavor]) {
                return true;
            }
        }
        return false;
    }

    /// Whether a queue uses more than its nominal quota of a flavor that both uses count in.
    boolean borrows(String queue, Use held, String otherQueue, Use wanted) {
        int node = layout.queue(queue);
        int otherNode = layout.queue(otherQueue);
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            if (used[node][flavor] > layout.nominal[node][flavor]
                    && counted(node, flavor, held) > 0
                    && counted(otherNode, flavor, wanted) > 0) {
                return true;
            }
        }
        return false;
    }

    boolean shareRoot(String queue, String other) {
        return layout.paths[layout.queue(queue)][0] == layout.paths[layout.queue(other)][0];
    }

    long usedMilli(String queue, String flavor) {
        int index = layout.flavor(flavor);
        return index < 0 ? 0 : used[layout.queue(queue)][index];
    }

    long nominalMilli(String queue, String flavor) {
        int index = layout.flavor(flavor);
        return index < 0 ? 0 : layout.nominal[layout.queue(queue)][index];
    }

    long potentialMilli(String queue, String flavor) {
        int index = layout.flavor(flavor);
        return index < 0 ? 0 : layout.potential[layout.queue(queue)][index];
    }

    /// What a queue may still take of a flavor; negative when a quota was lowered below what runs.
    long availableMilli(String queue, String flavor) {
        int index = layout.flavor(flavor);
        return index < 0 ? 0 : available(layout.queue(queue), index);
    }

    /// The flavor of which a use is furthest above what is available (or could be, when `idle`); null when it
    /// is admitted.
    @Nullable
    String shortFlavor(String queue, Use use, boolean idle) {
        int node = layout.queue(queue);
        String worst = null;
        long missing = 0;
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            long amount = counted(node, flavor, use);
            long left = idle ? layout.potential[node][flavor] : available(node, flavor);
            if (amount > 0 && amount - left > missing) {
                missing = amount - left;
                worst = layout.flavors[flavor];
            }
        }
        return worst;
    }

    /// What of a flavor a use takes.
    long milliOf(String queue, String flavor, Use use) {
        int index = layout.flavor(flavor);
        return index < 0 ? 0 : counted(layout.queue(queue), index, use);
    }

    /// Negative when `queue` is further from its fair share than `other`, so that its jobs go first.
    int compareShares(String queue, String other) {
        int[] path = layout.paths[layout.queue(queue)];
        int[] otherPath = layout.paths[layout.queue(other)];
        int level = 0;
        while (level < path.length && level < otherPath.length && path[level] == otherPath[level]) {
            level++;
        }
        if (level == path.length || level == otherPath.length) {
            return 0;
        }
        int byBorrowed = Double.compare(borrowedShare(path[level]), borrowedShare(otherPath[level]));
        if (byBorrowed != 0) {
            return byBorrowed;
        }
        int byUsed = Double.compare(usedShare(path[level]), usedShare(otherPath[level]));
        return byUsed != 0 ? byUsed : layout.names[path[level]].compareTo(layout.names[otherPath[level]]);
    }

    /// The weighted dominant share of what a queue borrows of what its cohort can lend; 0 within its quota.
    double borrowedShare(String queue) {
        return borrowedShare(layout.queue(queue));
    }

    /// The weighted dominant share of what a queue uses of what it could use.
    double usedShare(String queue) {
        return usedShare(layout.queue(queue));
    }

    private double borrowedShare(int node) {
        int parent = layout.parents[node];
        if (parent < 0) {
            return 0;
        }
        return dominant(
                node,
                flavor -> Math.max(0, used[node][flavor] - layout.subtree[node][flavor]),
                flavor -> layout.potential[parent][flavor]);
    }

    private double usedShare(int node) {
        return dominant(node, flavor -> used[node][flavor], flavor -> layout.potential[node][flavor]);
    }

    private interface Amount {
        long of(int flavor);
    }

    private double dominant(int node, Amount part, Amount whole) {
        double accelerators = 0;
        double accelerated = 0;
        double share = 0;
        for (int flavor = 0; flavor < layout.flavors.length; flavor++) {
            if (layout.unitsMilli[flavor] > 0) {
                accelerators += (double) part.of(flavor) * layout.unitsMilli[flavor];
                accelerated += (double) whole.of(flavor) * layout.unitsMilli[flavor];
            } else {
                share = Math.max(share, ratio((double) part.of(flavor), (double) whole.of(flavor)));
            }
        }
        share = Math.max(share, ratio(accelerators, accelerated));
        return share == 0 ? 0 : share / layout.weights[node];
    }

    private static double ratio(double part, double whole) {
        return part == 0 ? 0 : part / whole;
    }

    private long available(int node, int flavor) {
        int parent = layout.parents[node];
        long own = layout.subtree[node][flavor];
        if (parent < 0) {
            return own - used[node][flavor];
        }
        long guaranteed = layout.guaranteed[node][flavor];
        long fromParent = available(parent, flavor);
        long limit = layout.borrowing[node][flavor];
        if (limit != QuotaLayout.UNLIMITED) {
            long takenFromParent = Math.max(0, used[node][flavor] - guaranteed);
            fromParent = Math.min(fromParent, own - guaranteed - takenFromParent + limit);
        }
        return Math.max(0, guaranteed - used[node][flavor]) + fromParent;
    }

    private void addUp(int node, int flavor, long amount) {
        long withinGuarantee = Math.max(0, layout.guaranteed[node][flavor] - used[node][flavor]);
        used[node][flavor] += amount;
        if (layout.parents[node] >= 0 && amount > withinGuarantee) {
            addUp(layout.parents[node], flavor, amount - withinGuarantee);
        }
    }

    private void removeUp(int node, int flavor, long amount) {
        long takenFromParent = used[node][flavor] - layout.guaranteed[node][flavor];
        used[node][flavor] -= amount;
        if (layout.parents[node] >= 0 && takenFromParent > 0) {
            removeUp(layout.parents[node], flavor, Math.min(amount, takenFromParent));
        }
    }

    private boolean lists(int node, int flavor) {
        return flavor >= 0 && layout.listed[node][flavor];
    }

    /// What of a flavor the use takes; 0 where the queue has no quota of it, so that it is not limited.
    private long counted(int node, int flavor, Use use) {
        if (!layout.listed[node][flavor]) {
            return 0;
        }
        String name = layout.flavors[flavor];
        return switch (name) {
            case Quota.UNITS -> use.unitsMilli();
            case Quota.CPU -> use.cpuMilli();
            case Quota.MEMORY -> use.memoryMilli();
            default -> name.equals(use.accelerator()) ? use.deviceMilli() : 0;
        };
    }
}
