package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// A set to measure on: files of rows and queries, and the exact answers.
///
/// @param rows   of the base
/// @param truths by tag, in order of the tags; ids nearest first
record VectorSet(
        String name,
        Metric metric,
        Path baseFile,
        Path queryFile,
        int rows,
        int dimensions,
        int queries,
        Map<ResultTag, int[][]> truths) {

    /// @throws StartRefused if a file is missing or does not fit the others
    static VectorSet open(Path folder, String name, Metric metric) {
        Path baseFile = folder.resolve(name + "_base.fvecs");
        Path queryFile = folder.resolve(name + "_query.fvecs");
        VectorFile.Shape base = VectorFile.shape(baseFile);
        VectorFile.Shape queries = VectorFile.shape(queryFile);
        if (base.length() != queries.length()) {
            throw new StartRefused(queryFile + " has rows of " + queries.length() + " values and " + baseFile + " of "
                    + base.length());
        }
        Map<ResultTag, int[][]> truths = new LinkedHashMap<>();
        Stream.of(ResultTag.ALL, ResultTag.TENTH, ResultTag.HUNDREDTH).forEach(tag -> {
            Path file = folder.resolve(tag.truthFile(name));
            if (tag.required() || Files.exists(file)) {
                truths.put(tag, truth(file, tag, base.rows(), queries.rows()));
            }
        });
        return new VectorSet(name, metric, baseFile, queryFile, base.rows(), base.length(), queries.rows(), truths);
    }

    private static int[][] truth(Path file, ResultTag tag, int rows, int queries) {
        int[][] truth = VectorFile.readInts(file);
        if (truth.length != queries) {
            throw new StartRefused(file + " answers " + truth.length + " queries and there are " + queries);
        }
        for (int[] ids : truth) {
            for (int id : ids) {
                if (id < 0 || id >= rows || !ResultTag.accepts(id, tag.modulus())) {
                    throw new StartRefused(
                            file + " names the row " + id + ", which is none of " + rows + " under " + tag.name());
                }
            }
        }
        return truth;
    }

    /// The share of the exact [ContenderLoop#LIMIT] nearest of all queries that were found; fewer where fewer exist.
    ///
    /// @param found [ContenderLoop#LIMIT] ids a query
    double recall(ResultTag tag, int[] found) {
        int[][] truth = truths.getOrDefault(tag, new int[0][]);
        if (found.length != queries * ContenderLoop.LIMIT) {
            throw new IllegalArgumentException(
                    found.length + " ids were found for " + queries + " queries of " + ContenderLoop.LIMIT);
        }
        long hits = 0;
        long wanted = 0;
        for (int query = 0; query < queries; query++) {
            int limit = Math.min(ContenderLoop.LIMIT, truth[query].length);
            wanted += limit;
            for (int i = 0; i < limit; i++) {
                // asked by exact neighbour, so that an id found twice counts once
                hits += contains(found, query * ContenderLoop.LIMIT, truth[query][i]) ? 1 : 0;
            }
        }
        return (double) hits / wanted;
    }

    private static boolean contains(int[] found, int from, int id) {
        for (int i = from; i < from + ContenderLoop.LIMIT; i++) {
            if (found[i] == id) {
                return true;
            }
        }
        return false;
    }

    long rawBytes() {
        return (long) rows * dimensions * Float.BYTES;
    }
}
