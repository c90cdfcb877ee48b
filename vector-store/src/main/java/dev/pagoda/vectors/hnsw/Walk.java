package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.Rows;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// One walk over the lowest layer, best first, and the memory it needs; used by one thread at a time.
///
/// **With edge codes** a node enters the queue by an estimate of its distance; when its turn comes, its
/// distance is computed and it enters again by that; when its turn comes again, all its neighbours are
/// estimated by one look at the node's codes. Several nodes are taken at once, up to [#EXPANDED] to expand and
/// [#COMPUTED] to compute, so that the misses of the cache overlap. A neighbour may enter several times by
/// different estimates; the best one counts.
///
/// **Without** them two nodes are taken at a time, and their neighbours are computed.
///
/// **End.** A histogram of the computed distances of accepted nodes gives the bucket of the last one that a
/// [Breadth] asks for. Nothing beyond it is taken. So the walk ends when as many as it asks for are expanded, or when
/// nothing is left. Under a filter an [Effort] says from which accepted and passed nodes on a walk may end; then
/// accepted nodes that were estimated to lie a little beyond are computed as well, which costs little, as most are not
/// accepted.
///
/// Longer than most, because every step of it works on the same queue, histogram, marks and batches, with and without
/// codes.
final class Walk {
    private static final int EXPANDED = 4;
    private static final int COMPUTED = 12;
    private static final int EXPANDED_WITHOUT_CODES = 2;
    private static final int REFINED = 1 << 31;

    /// Entries that a walk under a filter looks at after its end, for each node that it expanded, and the most
    /// that it computes.
    private static final int SWEPT = 1;

    private static final int SWEPT_COMPUTED = 64;

    private final EdgeCodes.@Nullable Query table;
    private final @Nullable EdgeCodes codes;
    private final BucketQueue queue = new BucketQueue();
    private final int[] histogram = new int[BucketQueue.CAPACITY];

    /// Nodes that an effort looks at and the filter refuses: their distances and, by bucket, their number.
    private float[] passedDistances = new float[256];
    private final int[] passedHistogram = new int[BucketQueue.CAPACITY];
    private int passedCount;

    private final float[] query;
    private Measure measure = Measure.SQUARED_L2;
    private float ceiling;

    private long[] visited = new long[64];
    private int[] touched = new int[256];
    private int touchedCount;

    /// Nodes from here on are not looked at.
    private int limit;

    private int[] found = new int[256];
    private float[] foundDistances = new float[256];
    private int foundCount;

    /// Number of accepted and of refused nodes up to the last bucket, as [#enter] left it.
    private int withinCount;
    private int passedWithin;

    /// What ends a walk without a filter.
    private Breadth breadth = Breadth.only(1);

    private final Reach reach = new Reach();

    /// What ends a walk under a filter, null without one.
    private @Nullable Effort effort;

    /// Where the last walk ended.
    private float bound;

    private final int[] expanding = new int[EXPANDED];
    private final float[] expandingDistances = new float[EXPANDED];
    private int[] computing = new int[COMPUTED];
    private float[] computed = new float[COMPUTED];
    private final float[] estimates;
    private final int[] hits;

    /// Sum of what was read only to have it in the cache, so that reading it is not left out.
    int touchedInts;

    private int expansions;
    private int estimated;
    private int computations;

    Walk(int dimensions, int groups, @Nullable EdgeCodes codes) {
        this.codes = codes;
        this.table = codes == null ? null : codes.new Query();
        this.query = new float[dimensions];
        this.estimates = new float[EXPANDED * groups * EdgeCodes.SLOTS];
        this.hits = new int[EXPANDED * groups];
    }

    /// Sets the query.
    ///
    /// @param ceiling for [Measure#DOT] a bound of every dot product, so that no distance is negative
    void prepare(float[] vector, Measure by, float ceiling) {
        System.arraycopy(vector, 0, query, 0, query.length);
        this.measure = by;
        this.ceiling = ceiling;
        if (table != null && codes != null) {
            System.arraycopy(vector, 0, table.rotated, 0, vector.length);
            codes.rotate(table.rotated);
            codes.prepare(table);
        }
    }

    /// Computes the distances of rows.
    void distances(Rows rows, int[] nodes, int from, int count, float[] out) {
        touchedInts += rows.touch(nodes, from, count);
        rows.near(measure, query, nodes, from, count, out);
        if (measure == Measure.DOT) {
            for (int i = from; i < from + count; i++) {
                out[i] = ceiling - out[i];
            }
        }
    }

    /// Walks to the nearest node of an upper layer.
    int descend(Rows rows, UpperLayers upper, int start, int fromLayer, int toLayer) {
        computing[0] = start;
        distances(rows, computing, 0, 1, computed);
        float least = computed[0];
        int nearest = start;
        for (int layer = fromLayer; layer > toLayer; layer--) {
            for (boolean moved = true; moved; ) {
                moved = false;
                int[] list = upper.list(nearest, layer);
                ensureComputing(list.length);
                distances(rows, list, 0, list.length, computed);
                for (int i = 0; i < list.length; i++) {
                    if (computed[i] < least) {
                        least = computed[i];
                        nearest = list[i];
                        moved = true;
                    }
                }
                computations += list.length;
            }
        }
        return nearest;
    }

    /// Walks a layer.
    ///
    /// @param upper   the upper layers; read if `layer` is above 0
    /// @param start   where to begin
    /// @param refuge  where to go on when everything reachable was seen and not enough are found, -1 for nowhere
    /// @param breadth how many nodes are enough
    /// @param nodes   nodes from here on are not looked at
    /// @param accept  null to accept all
    /// @return whether the walk came to its end before it had to give way
    boolean run(
            Links links,
            UpperLayers upper,
            int layer,
            Rows rows,
            int start,
            int refuge,
            Breadth breadth,
            int nodes,
            @Nullable IntPredicate accept) {
        effort = null;
        return walk(links, upper, layer, rows, start, refuge, breadth, nodes, accept);
    }

    /// Walks the lowest layer under a filter.
    ///
    /// @return whether the walk came to its end rather than to where a scan takes less
    boolean run(
            Links links,
            UpperLayers upper,
            Rows rows,
            int start,
            int refuge,
            int nodes,
            IntPredicate accept,
            Effort under) {
        effort = under;
        return walk(links, upper, 0, rows, start, refuge, Breadth.only(under.breadth()), nodes, accept);
    }

    private boolean walk(
            Links links,
            UpperLayers upper,
            int layer,
            Rows rows,
            int start,
            int refuge,
            Breadth enough,
            int nodes,
            @Nullable IntPredicate accept) {
        begin(nodes, enough);
        boolean coded = table != null && layer == 0;
        visit(start);
        computing[0] = start;
        distances(rows, computing, 0, 1, computed);
        queue.begin(computed[0]);
        int last = enter(1, accept, BucketQueue.CAPACITY - 1);
        boolean sheltered = refuge < 0;
        boolean ended = false;
        int width = coded ? EXPANDED : EXPANDED_WITHOUT_CODES;
        int checked = Effort.FIRST_LOOK;
        while (true) {
            if (effort != null && expansions >= checked) {
                if (effort.isHopeless(expansions, foundCount, passedCount)) {
                    break;
                }
                checked = expansions + Effort.LOOK;
            }
            if (enough.isTooWide(expansions, withinCount)) {
                break;
            }
            if (last == BucketQueue.CAPACITY - 1 && queue.isBeyondSpan() && queue.rescale()) {
                last = recount();
            }
            int expand = 0;
            int compute = 0;
            while (expand < width && compute < COMPUTED) {
                int entry = queue.poll(last);
                if (entry < 0) {
                    break;
                }
                int node = queue.node(entry);
                if (node < 0) {
                    expanding[expand] = node & ~REFINED;
                    expandingDistances[expand++] = queue.distance(entry);
                } else if (visit(node)) {
                    computing[compute++] = node;
                }
            }
            if (expand == 0 && compute == 0) {
                if (sheltered || suffices() || !visit(refuge)) {
                    ended = true;
                    break;
                }
                sheltered = true;
                computing[compute++] = refuge;
            }
            expansions += expand;
            if (coded && codes != null && table != null) {
                for (int i = 0; i < expand; i++) {
                    touchedInts += links.touch(expanding[i]);
                }
                float below = queue.end(last);
                for (int i = 0; i < expand; i++) {
                    estimate(links, codes, table, i, below);
                }
            } else {
                for (int i = 0; i < expand; i++) {
                    compute = layer > 0
                            ? gather(upper.list(expanding[i], layer), compute)
                            : gather(links, expanding[i], compute);
                }
            }
            if (compute > 0) {
                distances(rows, computing, 0, compute, computed);
                last = enter(compute, accept, last);
            }
            if (coded) {
                enterEstimated(links, expand);
            }
        }
        if (ended && coded && effort != null && accept != null) {
            sweep(rows, accept, effort, last);
        }
        leave();
        bound = queue.end(last);
        return ended;
    }

    /// Computes the distances of accepted nodes that were estimated to lie a little too far to be looked at.
    private void sweep(Rows rows, IntPredicate accept, Effort under, int lastBucket) {
        int count = 0;
        ensureComputing(SWEPT_COMPUTED);
        for (int polls = SWEPT * expansions; polls > 0 && count < SWEPT_COMPUTED; polls--) {
            int entry = queue.poll(BucketQueue.CAPACITY - 1);
            if (entry < 0) {
                break;
            }
            int node = queue.node(entry);
            if (node >= 0 && accept.test(node) && visit(node)) {
                computing[count++] = node;
            }
        }
        distances(rows, computing, 0, count, computed);
        computations += count;
        queue.ensureRoom(count);
        ensureFound(count);
        enter(count, accept, under, lastBucket);
    }

    /// Counts and queues the first nodes of `computing`.
    private int enter(int count, @Nullable IntPredicate accept, int lastBucket) {
        computations += count;
        queue.ensureRoom(count);
        ensureFound(count);
        if (effort != null && accept != null) {
            return enter(count, accept, effort, lastBucket);
        }
        int last = lastBucket;
        int within = withinCount;
        int kept = codes == null ? dropFarther(count, last) : count;
        for (int i = 0; i < kept; i++) {
            float distance = computed[i];
            int node = computing[i];
            int bucket = queue.bucket(distance);
            boolean counts = accept == null || accept.test(node);
            if (counts) {
                found[foundCount] = node;
                foundDistances[foundCount++] = distance;
            }
            if (bucket <= last) {
                queue.add(node | REFINED, distance, bucket);
                if (counts) {
                    histogram[bucket]++;
                    within++;
                    reach.add(bucket, histogram, queue);
                    while (within - histogram[last] >= reach.enough(last)) {
                        within -= histogram[last--];
                    }
                }
            }
        }
        withinCount = within;
        return last;
    }

    /// Drops those of the first nodes of `computing` that lie beyond a bucket, which is most of them, without a
    /// branch.
    ///
    /// @return how many are left
    private int dropFarther(int count, int lastBucket) {
        if (lastBucket == BucketQueue.CAPACITY - 1) {
            return count;
        }
        // the bits of floats that are not negative are in the order of the floats
        long end = Float.floatToRawIntBits(queue.end(lastBucket));
        int kept = 0;
        for (int i = 0; i < count; i++) {
            float distance = computed[i];
            computing[kept] = computing[i];
            computed[kept] = distance;
            kept += (int) ((Float.floatToRawIntBits(distance) - end) >>> 63);
        }
        return kept;
    }

    private int enter(int count, IntPredicate accept, Effort under, int lastBucket) {
        int last = lastBucket;
        if (passedCount + count > passedDistances.length) {
            passedDistances = Arrays.copyOf(passedDistances, 2 * (passedCount + count));
        }
        for (int i = 0; i < count; i++) {
            float distance = computed[i];
            int node = computing[i];
            int bucket = queue.bucket(distance);
            boolean counts = accept.test(node);
            if (counts) {
                found[foundCount] = node;
                foundDistances[foundCount++] = distance;
            } else {
                passedDistances[passedCount++] = distance;
            }
            if (bucket <= last) {
                queue.add(node | REFINED, distance, bucket);
                if (counts) {
                    histogram[bucket]++;
                    withinCount++;
                } else {
                    passedHistogram[bucket]++;
                    passedWithin++;
                }
                last = narrowed(under, last);
            }
        }
        return last;
    }

    /// The last bucket that is needed.
    private int narrowed(Effort under, int from) {
        int last = from;
        while (under.suffices(withinCount - histogram[last], passedWithin - passedHistogram[last])) {
            withinCount -= histogram[last];
            passedWithin -= passedHistogram[last--];
        }
        return last;
    }

    private boolean suffices() {
        return effort == null ? withinCount >= breadth.least() : effort.suffices(withinCount, passedWithin);
    }

    /// Counts the found nodes anew after the buckets have changed.
    private int recount() {
        Arrays.fill(histogram, 0);
        reach.begin(breadth);
        for (int i = 0; i < foundCount; i++) {
            int bucket = queue.bucket(foundDistances[i]);
            histogram[bucket]++;
            reach.add(bucket, histogram, queue);
        }
        int last = BucketQueue.CAPACITY - 1;
        int within = foundCount;
        if (effort != null) {
            Arrays.fill(passedHistogram, 0);
            for (int i = 0; i < passedCount; i++) {
                passedHistogram[queue.bucket(passedDistances[i])]++;
            }
            withinCount = foundCount;
            passedWithin = passedCount;
            return narrowed(effort, last);
        }
        while (within - histogram[last] >= reach.enough(last)) {
            within -= histogram[last--];
        }
        withinCount = within;
        return last;
    }

    private void estimate(Links links, EdgeCodes by, EdgeCodes.Query prepared, int index, float below) {
        int node = expanding[index];
        int[] block = links.block(node);
        int offset = links.offset(node);
        int groups = links.groups();
        for (int group = 0; group < groups; group++) {
            int at = index * groups + group;
            hits[at] = by.estimate(
                    block,
                    links.codesOffset(offset, group * EdgeCodes.SLOTS),
                    prepared,
                    expandingDistances[index],
                    below,
                    estimates,
                    at * EdgeCodes.SLOTS);
        }
        estimated += groups * EdgeCodes.SLOTS;
    }

    private void enterEstimated(Links links, int count) {
        int groups = links.groups();
        queue.ensureRoom(count * groups * EdgeCodes.SLOTS);
        for (int i = 0; i < count; i++) {
            int[] block = links.block(expanding[i]);
            int offset = links.offset(expanding[i]);
            for (int group = 0; group < groups; group++) {
                int at = i * groups + group;
                for (int left = hits[at]; left != 0; left &= left - 1) {
                    int slot = Integer.numberOfTrailingZeros(left);
                    int node = links.slot(block, offset, group * EdgeCodes.SLOTS + slot) & Links.NODE;
                    if (!isVisited(node)) {
                        float estimate = estimates[at * EdgeCodes.SLOTS + slot];
                        queue.add(node, estimate, queue.bucket(estimate));
                    }
                }
            }
        }
    }

    private int gather(Links links, int node, int count) {
        int[] block = links.block(node);
        int offset = links.offset(node);
        int slots = links.slots();
        ensureComputing(count + slots);
        int[] into = computing;
        long[] seen = visited;
        int total = count;
        for (int slot = 0; slot < slots; slot++) {
            int neighbour = links.slot(block, offset, slot) & Links.NODE;
            if (neighbour >= limit) {
                if (neighbour == Links.EMPTY) {
                    break;
                }
                continue;
            }
            // no branch: whether a neighbour was visited cannot be foretold
            into[total] = neighbour;
            long word = seen[neighbour >>> 6];
            seen[neighbour >>> 6] = word | (1L << neighbour);
            total += (int) (~word >>> neighbour) & 1;
        }
        touch(into, count, total);
        return total;
    }

    private int gather(int[] list, int count) {
        int total = count;
        ensureComputing(total + list.length);
        for (int neighbour : list) {
            if (visit(neighbour)) {
                computing[total++] = neighbour;
            }
        }
        return total;
    }

    private void begin(int nodes, Breadth enough) {
        breadth = enough;
        reach.begin(enough);
        int words = (nodes + 63) >>> 6;
        if (visited.length < words) {
            visited = new long[words + (words >>> 3)];
        }
        limit = nodes;
        Arrays.fill(histogram, 0);
        if (effort != null) {
            Arrays.fill(passedHistogram, 0);
        }
        foundCount = 0;
        passedCount = 0;
        withinCount = 0;
        passedWithin = 0;
        expansions = 0;
        estimated = 0;
        computations = 0;
    }

    private void leave() {
        for (int i = 0; i < touchedCount; i++) {
            visited[touched[i] >>> 6] = 0;
        }
        touchedCount = 0;
    }

    /// Whether the node was visited, or is none to look at.
    private boolean isVisited(int node) {
        return node >= limit || ((visited[node >>> 6] >>> node) & 1) != 0;
    }

    /// @return whether this is the first visit
    private boolean visit(int node) {
        if (isVisited(node)) {
            return false;
        }
        visited[node >>> 6] |= 1L << node;
        if (touchedCount == touched.length) {
            touched = Arrays.copyOf(touched, touchedCount * 2);
        }
        touched[touchedCount++] = node;
        return true;
    }

    private void touch(int[] nodes, int from, int to) {
        int count = to - from;
        if (touchedCount + count > touched.length) {
            touched = Arrays.copyOf(touched, 2 * (touchedCount + count));
        }
        System.arraycopy(nodes, from, touched, touchedCount, count);
        touchedCount += count;
    }

    private void ensureComputing(int count) {
        if (count > computing.length) {
            computing = Arrays.copyOf(computing, count * 2);
        }
        if (computing.length > computed.length) {
            computed = Arrays.copyOf(computed, computing.length);
        }
    }

    private void ensureFound(int more) {
        if (foundCount + more > found.length) {
            int length = Math.max(foundCount + more, found.length * 2);
            found = Arrays.copyOf(found, length);
            foundDistances = Arrays.copyOf(foundDistances, length);
        }
    }

    /// The nearest accepted nodes as keys of [ScoredNodes] with negated distances, nearest first.
    ///
    /// @param count at most so many
    long[] nearest(int count) {
        int last = 0;
        for (int sum = 0; last < BucketQueue.CAPACITY - 1; last++) {
            sum += histogram[last];
            if (sum >= count) {
                break;
            }
        }
        long[] keys = new long[Math.min(foundCount, count * 2)];
        int size = 0;
        for (int i = 0; i < foundCount; i++) {
            if (queue.bucket(foundDistances[i]) <= last) {
                if (size == keys.length) {
                    keys = Arrays.copyOf(keys, Math.min(foundCount, size * 2));
                }
                keys[size++] = ~ScoredNodes.key(-foundDistances[i], found[i]);
            }
        }
        Arrays.sort(keys, 0, size);
        long[] best = new long[Math.min(count, size)];
        for (int i = 0; i < best.length; i++) {
            best[i] = ~keys[i];
        }
        return best;
    }

    /// Copies the distances that the last walk computed.
    void copyComputed(ComputedDistances into) {
        float offset = measure == Measure.DOT ? ceiling : 0;
        into.begin(bound - offset);
        for (int i = 0; i < foundCount; i++) {
            into.put(found[i], foundDistances[i] - offset);
        }
    }

    int expansions() {
        return expansions;
    }

    int estimated() {
        return estimated;
    }

    int computations() {
        return computations;
    }
}
