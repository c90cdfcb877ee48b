package dev.pagoda.vectors.hnsw;

/// How far a walk goes for the sake of distance, see [Breadth]: follows the `k`-th best of what was found, by buckets
/// of the walk's queue. Used by one thread.
final class Reach {
    private Breadth breadth = Breadth.only(1);

    /// The bucket of the `k`-th best, and how many were found up to it.
    private int best;

    private int within;
    private int last;

    /// Begins with nothing found.
    void begin(Breadth of) {
        breadth = of;
        within = 0;
        best = of.isFixed() ? -1 : BucketQueue.CAPACITY - 1;
        last = best;
    }

    /// Another node was found.
    ///
    /// @param histogram of the nodes found, this one included
    void add(int bucket, int[] histogram, BucketQueue queue) {
        if (bucket > best) {
            return;
        }
        within++;
        int before = best;
        while (within - histogram[best] >= breadth.k()) {
            within -= histogram[best--];
        }
        if (best < before) {
            last = queue.bucket(queue.end(best) * breadth.factor());
        }
    }

    /// How many nodes suffice to leave out a bucket.
    int enough(int bucket) {
        return bucket > last ? breadth.least() : breadth.most();
    }
}
