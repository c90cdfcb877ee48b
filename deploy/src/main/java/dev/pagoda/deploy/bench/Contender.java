package dev.pagoda.deploy.bench;

import java.io.IOException;

/// An index under measurement, alone in its process. Used from one thread; its searchers from one thread each.
interface Contender {
    /// What it runs on, for people: kernel, version.
    String about();

    /// Builds the index. Row number is id.
    ///
    /// @param base    not changed afterwards, may be kept
    /// @param threads how many to use
    /// @return how many were used
    int build(float[][] base, Metric metric, int threads) throws IOException, InterruptedException;

    /// Memory of the finished index with its rows; pages of mapped files count.
    long bytes() throws IOException;

    /// A searcher for one more thread.
    Searcher searcher() throws IOException;

    /// Searches of one thread.
    interface Searcher {
        /// @param ef      breadth of the search, at least `found.length`
        /// @param modulus only rows that [ResultTag#accepts] by it
        /// @param found   gets the ids, nearest first, then -1
        void search(float[] query, int ef, int modulus, int[] found) throws IOException;
    }
}
