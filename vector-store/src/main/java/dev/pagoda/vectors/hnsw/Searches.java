package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.FlatCodes;
import dev.pagoda.vectors.quant.Rows;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The searches of an index: by a walk over the graph, by a scan, or by both where some nodes wait for their links.
/// Safe from any thread that has entered the index's epochs.
final class Searches {
    /// Below so many live nodes an exact scan is as fast as a walk.
    private static final int FEW = 256;

    /// A hop takes as long as estimating so many nodes by their codes.
    private static final int CODES_A_HOP = 100;

    /// Nodes that a look at the codes of all leaves to be compared, for each that a walk expands at least.
    private static final int COMPARED = 8;

    /// Standard deviations that a sketch's bound of a distance allows for in a scan.
    private static final double DEVIATIONS = 2.5;

    /// A part of a scan takes about so long; less than two are not shared.
    private static final double PART_NANOS = 100_000;

    private static final int MOST_PARTS = 32;

    /// A scan that finds more is not shared, as too much of it would be found twice.
    private static final int MANY = 256;

    private final HnswIndex index;
    private final IndexConfig config;
    private final Rows rows;
    private final Links links;
    private final UpperLayers upper;
    private final Costs costs;

    Searches(HnswIndex index) {
        this.index = index;
        this.config = index.config();
        this.rows = index.rows;
        this.links = index.links;
        this.upper = index.upper;
        this.costs = Costs.of(config, rows, Links.ints(config.slots(), index.codes));
    }

    /// @param values fit to be compared with
    /// @param exact  whether to compare with every accepted node
    SearchResult answer(float[] values, int k, int ef, @Nullable IntPredicate accept, boolean exact) {
        int end = index.end();
        if (exact || !config.hasLinks() || index.size() <= Math.max(FEW, k)) {
            return scan(values, k, end, accept);
        }
        if (index.unlinked.isRestoring()) {
            return scanMatches(values, k, end, accept == null ? _ -> true : accept);
        }
        if (index.unlinked.count() == 0) {
            return answerByGraph(values, k, ef, accept, end, true);
        }
        // before the walk: what is linked meanwhile is found by one of the two
        SearchResult waiting = scanMatches(values, k, end, index.unlinked.matching(end, accept));
        SearchResult found = answerByGraph(values, k, ef, accept, end, false);
        return found.plan() != Plan.WALK
                ? found
                : new SearchResult(
                        Unlinked.merge(found.neighbours(), waiting.neighbours(), k),
                        Plan.WALK,
                        found.expansions(),
                        found.estimated() + waiting.estimated(),
                        found.computations() + waiting.computations());
    }

    /// @param whole whether all live nodes are in the graph
    private SearchResult answerByGraph(
            float[] values, int k, int ef, @Nullable IntPredicate accept, int end, boolean whole) {
        if (accept == null) {
            Breadth breadth = Breadth.of(ef, k, config.metric().walkMeasure());
            return walk(values, whole && isScannedByCodes(breadth, end) ? breadth.givingWay() : breadth, end);
        }
        double share = Effort.share(accept, index.live, index.size(), end);
        double scanNanos = Effort.scanNanos(index.size(), share, costs, index.sketches != null);
        Effort effort = new Effort(ef, k, share, costs.hopNanos(), scanNanos);
        return effort.isWalk() ? walk(values, k, end, accept, effort) : scanMatches(values, k, end, accept);
    }

    /// Compares with every live node.
    private SearchResult scan(float[] values, int k, int end, @Nullable IntPredicate accept) {
        ScoredNodes best = new ScoredNodes();
        Measure measure = config.metric().scoreMeasure();
        int computations = 0;
        NodeSet matches = accept instanceof NodeSet set ? set : null;
        for (int node = matches == null ? index.live.next(0) : matches.next(0);
                node >= 0 && node < end;
                node = matches == null ? index.live.next(node + 1) : matches.next(node + 1)) {
            if (matches == null ? accept == null || accept.test(node) : index.live.has(node)) {
                float score = config.metric().score(rows.exact(measure, values, node));
                best.offer(ScoredNodes.key(score, node), k);
                computations++;
            }
        }
        return new SearchResult(best.drain(k), Plan.SCAN, 0, 0, computations);
    }

    /// Compares with every match that may count, and ranks the best by whole vectors.
    private SearchResult scanMatches(float[] values, int k, int end, IntPredicate accept) {
        NodeSet matches = accept instanceof NodeSet set
                ? set
                : NodeSet.of(end, node -> index.live.has(node) && accept.test(node));
        boolean isSketched = index.sketches != null
                && !index.unlinked.hasUnsketched()
                && Effort.isSketched(matches.size(), end, costs);
        MatchScan scan = new MatchScan(
                rows,
                isSketched ? config.metric().walkMeasure() : config.metric().scoreMeasure(),
                values,
                isSketched && index.sketches != null ? index.sketches.query(values, DEVIATIONS) : null,
                costs.leastSketched(),
                k,
                config.metric() == Metric.COSINE ? 1 : index.greatestNorm);
        double nanos = matches.size() * Effort.matchNanos(matches.size(), end, costs, isSketched);
        int parts = k > MANY ? 1 : (int) Math.clamp(nanos / PART_NANOS, 1, MOST_PARTS);
        scan.run(matches, index.live, end, parts, index.epochs::readers);
        Neighbours found = ranked(values, k, scan.best());
        return new SearchResult(found, Plan.SCAN_OF_MATCHES, 0, scan.estimated(), scan.computations());
    }

    /// The `k` best of some nodes by whole vectors.
    private Neighbours ranked(float[] values, int k, long[] keys) {
        return ranked(values, k, nodes(keys, keys.length));
    }

    private static int[] nodes(long[] keys, int count) {
        int[] nodes = new int[count];
        for (int i = 0; i < count; i++) {
            nodes[i] = ScoredNodes.node(keys[i]);
        }
        return nodes;
    }

    /// The `k` best of nodes in the order of what a walk computed. Of those after the first `k` only as many are
    /// compared as rounding may have put there.
    private Neighbours ranked(Walk walk, float[] values, int k, long[] keys) {
        int count = Math.min(k, keys.length);
        if (keys.length > k) {
            Rounding rounding = Rounding.of(rows, config.metric().walkMeasure(), values, index.greatestNorm);
            float last = -ScoredNodes.score(keys[k - 1]);
            while (count < keys.length && rounding.mayBeNearer(-ScoredNodes.score(keys[count]), last)) {
                count++;
            }
        }
        int[] nodes = nodes(keys, count);
        walk.touchedInts += rows.touchRest(nodes, count);
        return ranked(values, k, nodes);
    }

    private Neighbours ranked(float[] values, int k, int[] nodes) {
        Measure measure = config.metric().scoreMeasure();
        ScoredNodes best = new ScoredNodes();
        for (int node : nodes) {
            best.offer(ScoredNodes.key(config.metric().score(rows.exact(measure, values, node)), node), k);
        }
        return best.drain(k);
    }

    /// Whether a walk that goes on after its usual end costs more than a look at the codes of all nodes.
    private boolean isScannedByCodes(Breadth breadth, int end) {
        return index.flat != null
                && index.flat.isReady()
                && end <= Math.min(FlatCodes.ROWS, (long) CODES_A_HOP * (breadth.most() - breadth.ef()));
    }

    private SearchResult walk(float[] values, Breadth breadth, int end) {
        int k = breadth.k();
        long from = index.entry;
        if (from == HnswIndex.NONE) {
            // the last nodes have left since they were counted
            return scan(values, k, end, null);
        }
        Walk walk = index.take();
        int start = descend(walk, values, from);
        SearchResult result;
        if (walk.run(links, upper, 0, rows, start, index.root, breadth, end, living())) {
            result = walked(walk, Plan.WALK, ranked(walk, values, k, nearest(walk, k, breadth.ef())), 0, 0);
        } else {
            result = scanCodes(walk, values, breadth, end);
        }
        index.giveBack(walk);
        // fewer if few live, or a repair has cut the way, or distances overflow
        return result.neighbours().size() < k ? scan(values, k, end, null) : result;
    }

    /// Estimates all nodes by their codes and compares with the promising ones.
    ///
    /// @param walk prepared for the query
    private SearchResult scanCodes(Walk walk, float[] values, Breadth breadth, int end) {
        CodeScan scan = new CodeScan((int) Math.min((long) COMPARED * breadth.ef(), end));
        FlatCodes flat = Objects.requireNonNull(index.flat);
        scan.run(flat, flat.query(values), index.linked, end);
        int[] nodes = scan.nodes();
        float[] distances = new float[nodes.length];
        walk.distances(rows, nodes, 0, nodes.length, distances);
        ScoredNodes best = new ScoredNodes();
        int wanted = rows.isNearExact() ? breadth.k() : 2 * breadth.k() + 8;
        for (int i = 0; i < nodes.length; i++) {
            best.offer(ScoredNodes.key(-distances[i], nodes[i]), wanted);
        }
        Neighbours found = ranked(walk, values, breadth.k(), best.drainDescending());
        return walked(walk, Plan.WALK_THEN_CODES, found, end, nodes.length);
    }

    /// Under a filter.
    private SearchResult walk(float[] values, int k, int end, IntPredicate accept, Effort effort) {
        long from = index.entry;
        if (from == HnswIndex.NONE) {
            return scan(values, k, end, accept);
        }
        Walk walk = index.take();
        int start = descend(walk, values, from);
        boolean ended = walk.run(
                links,
                upper,
                rows,
                start,
                index.root,
                end,
                node -> index.linked.has(node) && accept.test(node),
                effort);
        long[] keys = ended ? nearest(walk, k, effort.breadth()) : new long[0];
        SearchResult result;
        if (keys.length < k) {
            // only what is far away matches, or little, or a repair has cut the way, or distances overflow
            SearchResult scanned = scanMatches(values, k, end, accept);
            result = walked(
                    walk, Plan.WALK_THEN_SCAN, scanned.neighbours(), scanned.estimated(), scanned.computations());
        } else {
            result = walked(walk, Plan.WALK, ranked(walk, values, k, keys), 0, 0);
        }
        index.giveBack(walk);
        return result;
    }

    /// @return where the walk over the lowest layer begins
    private int descend(Walk walk, float[] values, long from) {
        walk.prepare(values, config.metric().walkMeasure(), index.ceiling(values));
        return walk.descend(rows, upper, (int) from, (int) (from >>> 32), 0);
    }

    private long[] nearest(Walk walk, int k, int ef) {
        return walk.nearest(rows.isNearExact() ? k : Math.min(ef, 2 * k + 8));
    }

    private static SearchResult walked(Walk walk, Plan plan, Neighbours found, int estimated, int computations) {
        return new SearchResult(
                found, plan, walk.expansions(), walk.estimated() + estimated, walk.computations() + computations);
    }

    /// What counts in a walk without a filter: live nodes; null if that is everything.
    private @Nullable IntPredicate living() {
        return index.leaving() == 0 ? null : index.linked::has;
    }
}
