package dev.pagoda.vectors.text;

import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.ScoredNodes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Which slots have which index of a sparse vector, and with what value.
///
/// One writer adds and removes slots; any number of threads search meanwhile. A list of postings is appended to
/// or replaced: a reader sees the length that was published with it. A removed slot stays in the lists for a
/// while, and the caller's `accept` leaves it out; only the counts behind the inverse document frequency follow
/// at once. When enough have gathered, each [#sweep] replaces some lists by ones without them; then
/// [#isReusable] says so.
public final class InvertedIndex {
    /// A sweep begins when this share of the postings is of removed slots, and no fewer than [#LEAST].
    private static final int SHARE = 8;

    private static final int LEAST = 256;

    /// Postings looked at by one call.
    private static final int STEP = 8192;

    private final ConcurrentHashMap<Integer, Postings> lists = new ConcurrentHashMap<>();
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicLong entries = new AtomicLong();

    /// The writer's: removed slots that wait for a sweep, and how many postings they have.
    private BitSet waiting = new BitSet();

    private long waitingEntries;

    /// The writer's: the slots of the sweep that runs and the lists it has still to see.
    private BitSet leaving = new BitSet();

    private @Nullable Iterator<Map.Entry<Integer, Postings>> unswept;

    /// The writer's; the slot was never added, or is reusable.
    public void add(int slot, Sparse vector) {
        for (int i = 0; i < vector.indices().length; i++) {
            lists.computeIfAbsent(vector.indices()[i], _ -> new Postings()).append(slot, vector.values()[i]);
        }
        live.incrementAndGet();
        entries.addAndGet(vector.indices().length);
    }

    /// The writer's: a slot with this vector has died.
    public void remove(int slot, Sparse vector) {
        for (int index : vector.indices()) {
            Postings postings = lists.get(index);
            if (postings != null) {
                postings.live.decrementAndGet();
            }
        }
        live.decrementAndGet();
        waiting.set(slot);
        waitingEntries += vector.indices().length;
    }

    /// The writer's: whether no posting of a removed slot is left.
    public boolean isReusable(int slot) {
        return !waiting.get(slot) && !leaving.get(slot);
    }

    /// The writer's: does a share of the work that removals have left.
    public void sweep() {
        Iterator<Map.Entry<Integer, Postings>> rest = unswept;
        if (rest == null) {
            if (waitingEntries < Math.max(LEAST, entries.get() / SHARE)) {
                return;
            }
            leaving = waiting;
            waiting = new BitSet();
            waitingEntries = 0;
            rest = lists.entrySet().iterator();
            unswept = rest;
        }
        int left = STEP;
        while (left > 0 && rest.hasNext()) {
            Postings postings = rest.next().getValue();
            left -= 1 + postings.published.size;
            entries.addAndGet(-postings.drop(leaving));
            if (postings.published.size == 0) {
                rest.remove();
            }
        }
        if (!rest.hasNext()) {
            unswept = null;
            leaving = new BitSet();
        }
    }

    /// Slots added and not removed.
    public int size() {
        return live.get();
    }

    /// Estimate of the memory taken.
    public long bytes() {
        return entries.get() * 12 + lists.size() * 120L;
    }

    /// A query whose values are multiplied by the inverse document frequency of their indices.
    public Sparse weighted(Sparse query) {
        int total = live.get();
        float[] values = new float[query.values().length];
        for (int i = 0; i < values.length; i++) {
            Postings postings = lists.get(query.indices()[i]);
            values[i] = query.values()[i] * idf(total, postings == null ? 0 : postings.live.get());
        }
        return new Sparse(query.indices(), values);
    }

    /// As [#weighted(Sparse)], but only some slots are counted.
    ///
    /// @param total how many those are
    public Sparse weighted(Sparse query, int total, IntPredicate counted) {
        float[] values = new float[query.values().length];
        for (int i = 0; i < values.length; i++) {
            Postings postings = lists.get(query.indices()[i]);
            int having = 0;
            if (postings != null) {
                Published list = postings.published;
                for (int p = 0; p < list.size; p++) {
                    having += counted.test(list.slots[p]) ? 1 : 0;
                }
            }
            values[i] = query.values()[i] * idf(total, having);
        }
        return new Sparse(query.indices(), values);
    }

    /// The accepted slots with the greatest dot product; a slot that shares no index with the query is no hit.
    ///
    /// @param k      at least 1
    /// @param end    slots `0 ... end - 1` are asked for
    /// @param accept which slots count; asked at most once a slot
    public Neighbours search(Sparse query, int k, int end, IntPredicate accept) {
        if (k < 1) {
            throw new IllegalArgumentException("k " + k + " is below 1");
        }
        float[] scores = new float[end];
        long[] touched = new long[(end + 63) >>> 6];
        for (int i = 0; i < query.indices().length; i++) {
            Postings postings = lists.get(query.indices()[i]);
            if (postings == null) {
                continue;
            }
            float weight = query.values()[i];
            Published list = postings.published;
            for (int p = 0; p < list.size; p++) {
                int slot = list.slots[p];
                if (slot < end) {
                    scores[slot] += weight * list.values[p];
                    touched[slot >>> 6] |= 1L << slot;
                }
            }
        }
        ScoredNodes best = new ScoredNodes();
        for (int word = 0; word < touched.length; word++) {
            for (long bits = touched[word]; bits != 0; bits &= bits - 1) {
                int slot = (word << 6) + Long.numberOfTrailingZeros(bits);
                if (accept.test(slot)) {
                    best.offer(ScoredNodes.key(scores[slot], slot), k);
                }
            }
        }
        return best.drain(k);
    }

    /// https://qdrant.tech/documentation/concepts/indexing/#idf-modifier
    private static float idf(int total, int having) {
        return (float) Math.log1p((Math.max(0, total - having) + 0.5) / (Math.max(0, having) + 0.5));
    }

    /// The postings of one index.
    private static final class Postings {
        private final AtomicInteger live = new AtomicInteger();
        private volatile Published published = new Published(new int[4], new float[4], 0);

        void append(int slot, float value) {
            Published now = published;
            int[] slots = now.slots;
            float[] values = now.values;
            if (now.size == slots.length) {
                slots = Arrays.copyOf(slots, slots.length * 2);
                values = Arrays.copyOf(values, values.length * 2);
            }
            slots[now.size] = slot;
            values[now.size] = value;
            published = new Published(slots, values, now.size + 1);
            live.incrementAndGet();
        }

        /// @return postings dropped
        int drop(BitSet gone) {
            Published now = published;
            int kept = 0;
            for (int p = 0; p < now.size; p++) {
                kept += gone.get(now.slots[p]) ? 0 : 1;
            }
            if (kept == now.size) {
                return 0;
            }
            int[] slots = new int[Math.max(4, kept + (kept >> 3))];
            float[] values = new float[slots.length];
            int to = 0;
            for (int p = 0; p < now.size; p++) {
                if (!gone.get(now.slots[p])) {
                    slots[to] = now.slots[p];
                    values[to++] = now.values[p];
                }
            }
            published = new Published(slots, values, kept);
            return now.size - kept;
        }
    }

    /// Arrays of which the first `size` elements never change.
    private record Published(int[] slots, float[] values, int size) {}
}
