package dev.pagoda.deploy.bench;

import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/// A way to a Qdrant server, or to what stands in for one. Calls return at once; what they give fails with
/// [QdrantFailed] when the server refuses.
interface QdrantWire extends AutoCloseable {
    /// `rest`, `grpc` or `engine`.
    String label();

    /// What the server says it is.
    CompletableFuture<String> version();

    /// An empty collection of one unnamed vector, with an integer index of each filter's field.
    CompletableFuture<Void> create(String collection, int dimensions, QdrantDistance distance);

    /// Stores rows under their numbers, and is answered when they are visible.
    CompletableFuture<Void> upsert(String collection, float[][] base, int from, int to);

    /// How far a collection is.
    ///
    /// @param isGreen whether nothing is left to be indexed
    record State(boolean isGreen, long points, long indexed) {}

    CompletableFuture<State> state(String collection);

    /// A search that is ready to be sent, as often as wanted.
    interface Question {
        /// @return ids, best first
        CompletableFuture<int[]> ask();
    }

    /// @param ef breadth of the search, the server's own where empty
    Question question(String collection, float[] query, ResultTag tag, OptionalInt ef);

    /// Drops a collection; fine if it is not there.
    CompletableFuture<Void> drop(String collection);

    @Override
    void close();

    /// The payload field that a filter looks at; a point has its id modulo the tag's modulus there.
    static String field(ResultTag tag) {
        return "mod" + tag.modulus();
    }
}
