package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Points to load, questions to ask and the exact answers.
///
/// @param base   by id
/// @param truths by tag: ids nearest first, at most [#LIMIT] a query
record QdrantData(
        String name, QdrantDistance distance, float[][] base, float[][] queries, Map<ResultTag, int[][]> truths) {
    /// Hits asked for, whose recall is told.
    static final int LIMIT = 10;

    static final List<ResultTag> TAGS = List.of(ResultTag.ALL, ResultTag.TENTH, ResultTag.HUNDREDTH);

    /// The first rows of the files `NAME_base.fvecs` and `NAME_query.fvecs`.
    static QdrantData ofFiles(Path folder, String name, QdrantDistance distance, int points, int queries)
            throws InterruptedException {
        float[][] base = VectorFile.readFloats(folder.resolve(name + "_base.fvecs"));
        float[][] asked = VectorFile.readFloats(folder.resolve(name + "_query.fvecs"));
        if (base.length == 0 || asked.length == 0 || base[0].length != asked[0].length) {
            throw new StartRefused(folder + " holds no base and queries '" + name + "' of one dimension");
        }
        return of(
                name,
                distance,
                Arrays.copyOf(base, Math.min(points, base.length)),
                Arrays.copyOf(asked, Math.min(queries, asked.length)));
    }

    /// A set that is made anew, the same for the same arguments.
    static QdrantData made(
            String set, QdrantDistance distance, int points, int dimensions, int queries, long seed, Path texts)
            throws InterruptedException {
        MadeSet made = switch (set) {
            case "clustered" -> ClusteredSet.make(points, dimensions, queries, seed);
            case "glove" -> glove(points, queries, seed);
            case "sentences" ->
                SentenceSet.make(texts, points, queries, seed, Plan.BUILD_THREADS, new PrintStream(System.err));
            default ->
                throw new StartRefused("there is no set '" + set + "'; there are " + String.join(", ", DataMaker.SETS));
        };
        return of(set, distance, made.base(), made.queries());
    }

    private static MadeSet glove(int points, int queries, long seed) throws InterruptedException {
        Path scratch;
        try {
            scratch = Files.createTempDirectory("pagoda-glove");
        } catch (java.io.IOException unwritable) {
            throw new StartRefused("no scratch folder can be made: " + unwritable.getMessage(), unwritable);
        }
        try {
            return GloveSet.make(points, queries, seed, scratch);
        } finally {
            DataMaker.remove(scratch);
        }
    }

    private static QdrantData of(String name, QdrantDistance distance, float[][] base, float[][] queries)
            throws InterruptedException {
        if (distance == QdrantDistance.COSINE) {
            normalise(base, name);
            normalise(queries, name);
        }
        GroundTruth exact = new GroundTruth(base, queries, distance.metric());
        Map<ResultTag, int[][]> truths = new LinkedHashMap<>();
        for (ResultTag tag : TAGS) {
            truths.put(tag, exact.nearest(LIMIT, tag.modulus(), Plan.BUILD_THREADS));
        }
        return new QdrantData(name, distance, base, queries, truths);
    }

    private static void normalise(float[][] rows, String name) {
        for (int row = 0; row < rows.length; row++) {
            if (!MadeSet.normalise(rows[row])) {
                throw new StartRefused(
                        "row " + row + " of " + name + " has no length, so no cosine; choose another --distance");
            }
        }
    }

    int dimensions() {
        return base[0].length;
    }

    /// The share of the exact nearest of the answered queries that were found.
    ///
    /// @param found ids by query, null where the query was not answered
    double recall(ResultTag tag, int[][] found) {
        int[][] truth = truths.getOrDefault(tag, new int[0][]);
        long hits = 0;
        long wanted = 0;
        for (int query = 0; query < found.length; query++) {
            int[] ids = found[query];
            if (ids == null) {
                continue;
            }
            wanted += truth[query].length;
            // asked by exact neighbour, so that an id found twice counts once
            hits += Arrays.stream(truth[query])
                    .filter(id -> Arrays.stream(ids).anyMatch(each -> each == id))
                    .count();
        }
        return wanted == 0 ? Double.NaN : (double) hits / wanted;
    }
}
