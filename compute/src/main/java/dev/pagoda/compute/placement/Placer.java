package dev.pagoda.compute.placement;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Places tasks and gangs on one cluster by one policy.
///
/// **Caches.** For each distinct demand it keeps the score of every node and the version of the node that the
/// score was made of, under a tournament of the nodes; so a look costs the nodes that changed since, times the
/// logarithm of their number. The demands kept are bounded; a cluster may be changed by others between calls. A
/// placer beside another one, on a fork of its cluster, begins with what that one knows.
///
/// One owner's thread, the cluster's.
public final class Placer {
    /// Of [Scores#at]: does not fit.
    private static final int UNFIT = Integer.MIN_VALUE;
    private static final int MAX_DEMANDS = 4096;

    private final Cluster cluster;
    private final Policy policy;
    private final @Nullable Placer origin;
    private final Map<Demand, Scores> scores = new HashMap<>();
    private final Map<Topology.Level, List<Scope>> scopes;
    private final Shapes shapes;
    private int[] shape;

    public Placer(Cluster cluster, Policy policy) {
        this.cluster = cluster;
        this.policy = policy;
        this.origin = null;
        this.scopes = new EnumMap<>(Topology.Level.class);
        this.shapes = new Shapes();
        this.shape = new int[0];
    }

    private Placer(Cluster fork, Placer origin) {
        origin.knowNodes();
        this.cluster = fork;
        this.policy = origin.policy;
        this.origin = origin;
        this.scopes = new EnumMap<>(origin.scopes);
        this.shapes = origin.shapes;
        this.shape = origin.shape;
    }

    /// A placer on a fork of the cluster, for the same thread.
    public Placer beside(Cluster fork) {
        return new Placer(fork, this);
    }

    public Cluster cluster() {
        return cluster;
    }

    public Policy policy() {
        return policy;
    }

    /// Gives one task its part of a node; empty when no node can take it, and then nothing has changed.
    public Optional<Allotment> place(Demand demand) {
        return Optional.ofNullable(put(demand));
    }

    /// Gives a gang its parts, or says why not and changes nothing. See [GangPlacement].
    public GangVerdict place(Gang gang) {
        return new GangPlacement(this, gang).place();
    }

    /// The domains of a level; where a node stands never changes.
    @SuppressWarnings("ReferenceEquality") // one array for both as long as neither took notice of new nodes
    List<Scope> scopes(Topology.Level level) {
        knowNodes();
        List<Scope> known = scopes.get(level);
        if (known == null) {
            Placer other = origin;
            known = other != null && other.shape == shape ? other.scopes(level) : Scope.of(cluster, level);
            scopes.put(level, known);
        }
        return known;
    }

    /// Takes notice of nodes that were added.
    private void knowNodes() {
        int known = shape.length;
        if (known == cluster.nodes()) {
            return;
        }
        shape = Arrays.copyOf(shape, cluster.nodes());
        for (int node = known; node < shape.length; node++) {
            shape[node] = shapes.of(cluster.host(node));
        }
        scopes.clear();
    }

    @Nullable
    Allotment put(Demand demand) {
        int node = scores(demand).best();
        return node < 0 ? null : take(node, demand, Cluster.ALL);
    }

    @Nullable
    Allotment put(Demand demand, Scope scope) {
        Scores of = scores(demand);
        int best = -1;
        int highest = UNFIT;
        for (int i = 0; i < scope.nodes().length; i++) {
            int node = scope.nodes()[i];
            long allowed = scope.allowed()[i];
            int score = allowed == Cluster.ALL
                    ? of.at(node)
                    : Fit.lack(cluster, node, demand, allowed) == null ? policy.score(cluster, node, demand) : UNFIT;
            if (score > highest) {
                highest = score;
                best = i;
            }
        }
        return best < 0 ? null : take(scope.nodes()[best], demand, scope.allowed()[best]);
    }

    private Allotment take(int node, Demand demand, long allowed) {
        return cluster.allot(node, demand, policy.choose(cluster, node, demand, allowed));
    }

    private Scores scores(Demand demand) {
        knowNodes();
        Scores known = scores.get(demand);
        if (known == null) {
            if (scores.size() >= MAX_DEMANDS) {
                scores.clear();
            }
            Placer other = origin;
            known = other == null || policy.isLottery() ? new Scores(demand) : new Scores(other.whole(demand));
            scores.put(demand, known);
        }
        known.grow();
        return known;
    }

    /// The scores of a demand with none that is old.
    private Scores whole(Demand demand) {
        Scores known = scores(demand);
        known.refresh();
        return known;
    }

    /// What each node is worth to one demand.
    private final class Scores {
        private final Demand demand;
        /// A tournament: the scores of the nodes from [#width] on, and in front of them at `i` the higher one of
        /// those at `2i` and `2i + 1`.
        private int[] tree = {};
        private int width;
        private long[] madeOf = {};
        /// Of [Cluster#changes()] those that are in the tournament; -1 when all nodes have to be looked at.
        private long seen = -1;
        /// By shape, of a node that is idle; empty before the first.
        private final Map<Integer, Integer> idle;

        Scores(Demand demand) {
            this.demand = demand;
            this.idle = new HashMap<>();
        }

        /// Those of another placer's cluster, to begin with.
        Scores(Scores origin) {
            demand = origin.demand;
            tree = origin.tree.clone();
            width = origin.width;
            madeOf = origin.madeOf.clone();
            idle = origin.idle;
        }

        void grow() {
            int known = madeOf.length;
            int nodes = cluster.nodes();
            if (known < nodes) {
                // No node has version 0.
                madeOf = Arrays.copyOf(madeOf, nodes);
                seen = -1;
                if (width < nodes) {
                    int[] before = tree;
                    int from = width;
                    width = Integer.highestOneBit(Math.max(1, nodes - 1)) << 1;
                    tree = new int[2 * width];
                    Arrays.fill(tree, UNFIT);
                    for (int node = 0; node < known; node++) {
                        set(node, before[from + node]);
                    }
                }
            }
        }

        /// The node with the highest score, the first of equals; -1 when none fits.
        int best() {
            refresh();
            if (madeOf.length == 0 || tree[1] == UNFIT) {
                return -1;
            }
            int at = 1;
            while (at < width) {
                at = tree[2 * at] == tree[at] ? 2 * at : 2 * at + 1;
            }
            return at - width;
        }

        private void refresh() {
            long changes = cluster.changes();
            if (policy.isLottery() || seen < 0 || changes - seen > Cluster.RECENT) {
                for (int node = 0; node < madeOf.length; node++) {
                    at(node);
                }
            } else {
                for (long change = seen; change < changes; change++) {
                    at(cluster.changed(change));
                }
            }
            seen = changes;
        }

        int at(int node) {
            long version = cluster.version(node);
            int score = tree[width + node];
            if (madeOf[node] != version) {
                score = make(node);
                madeOf[node] = version;
                set(node, score);
            } else if (score != UNFIT && policy.isLottery()) {
                score = policy.score(cluster, node, demand);
                set(node, score);
            }
            return score;
        }

        private void set(int node, int score) {
            tree[width + node] = score;
            for (int at = (width + node) >> 1; at > 0; at >>= 1) {
                int higher = Math.max(tree[2 * at], tree[2 * at + 1]);
                if (tree[at] == higher) {
                    return;
                }
                tree[at] = higher;
            }
        }

        private int make(int node) {
            if (!cluster.isIdle(node) || policy.isLottery()) {
                return ask(node);
            }
            Integer known = idle.get(shape[node]);
            if (known == null) {
                known = ask(node);
                idle.put(shape[node], known);
            }
            return known;
        }

        private int ask(int node) {
            return Fit.lack(cluster, node, demand, Cluster.ALL) == null ? policy.score(cluster, node, demand) : UNFIT;
        }
    }
}
