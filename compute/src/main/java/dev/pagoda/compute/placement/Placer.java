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
/// score was made of; a look then costs one comparison a node, and only nodes that changed since are asked
/// again. The demands kept are bounded; a cluster may be changed by others between calls.
///
/// One owner's thread, the cluster's.
public final class Placer {
    /// Of [Scores#score]: does not fit.
    private static final int UNFIT = Integer.MIN_VALUE;
    private static final int MAX_DEMANDS = 4096;

    private final Cluster cluster;
    private final Policy policy;
    private final Map<Demand, Scores> scores = new HashMap<>();
    private final Map<Topology.Level, List<Scope>> scopes = new EnumMap<>(Topology.Level.class);
    private final Shapes shapes = new Shapes();
    private int[] shape = {};

    public Placer(Cluster cluster, Policy policy) {
        this.cluster = cluster;
        this.policy = policy;
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
    List<Scope> scopes(Topology.Level level) {
        knowNodes();
        return scopes.computeIfAbsent(level, each -> Scope.of(cluster, each));
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
        int node = best(scores(demand));
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

    private int best(Scores of) {
        int best = -1;
        int highest = UNFIT;
        for (int node = 0; node < cluster.nodes(); node++) {
            int score = of.at(node);
            if (score > highest) {
                highest = score;
                best = node;
            }
        }
        return best;
    }

    private Scores scores(Demand demand) {
        knowNodes();
        Scores known = scores.get(demand);
        if (known == null) {
            if (scores.size() >= MAX_DEMANDS) {
                scores.clear();
            }
            known = new Scores(demand);
            scores.put(demand, known);
        }
        known.grow();
        return known;
    }

    /// What each node is worth to one demand.
    private final class Scores {
        private final Demand demand;
        private int[] score = {};
        private int[] madeOf = {};
        /// By shape, of a node that is idle; empty before the first.
        private final Map<Integer, Integer> idle = new HashMap<>();

        Scores(Demand demand) {
            this.demand = demand;
        }

        void grow() {
            if (score.length < cluster.nodes()) {
                int known = score.length;
                score = Arrays.copyOf(score, cluster.nodes());
                madeOf = Arrays.copyOf(madeOf, cluster.nodes());
                // No node has this version: a new one begins with 1.
                Arrays.fill(madeOf, known, madeOf.length, 0);
            }
        }

        int at(int node) {
            int version = cluster.version(node);
            if (madeOf[node] != version) {
                madeOf[node] = version;
                score[node] = make(node);
            } else if (score[node] != UNFIT && policy.isLottery()) {
                score[node] = policy.score(cluster, node, demand);
            }
            return score[node];
        }

        private int make(int node) {
            return cluster.isIdle(node) && !policy.isLottery()
                    ? idle.computeIfAbsent(shape[node], unseen -> ask(node))
                    : ask(node);
        }

        private int ask(int node) {
            return Fit.lack(cluster, node, demand, Cluster.ALL) == null ? policy.score(cluster, node, demand) : UNFIT;
        }
    }
}
