package dev.pagoda.deploy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.backend.EmbeddingModel;
import dev.pagoda.gateway.backend.OnnxEmbedder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// Sentence embeddings (all-MiniLM-L6-v2) of judged sets of texts: titles, texts and questions, sentence by sentence.
final class SentenceSet {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration REPORT = Duration.ofSeconds(15);

    private SentenceSet() {}

    /// Embeds every sentence, keeps each vector once and holds out `queries` of them.
    ///
    /// @param texts a folder of folders with `corpus.jsonl` and `queries.jsonl`, or either with `.gz`
    /// @param rows  at most so many remain as the base
    static MadeSet make(Path texts, int rows, int queries, long seed, int threads, PrintStream out)
            throws InterruptedException {
        List<String> sentences = List.copyOf(sentences(texts));
        sentences = sentences.subList(0, (int) Math.min(sentences.size(), (long) rows + queries));
        out.println("sentences: " + sentences.size() + " to embed");
        List<float[]> vectors = unlike(embed(sentences, threads, out));
        if (vectors.size() <= queries) {
            throw new StartRefused(
                    texts + " gives " + vectors.size() + " vectors, of which " + queries + " would be queries");
        }
        return MadeSet.holdingOut("sentences", Metric.IP, vectors, queries, seed);
    }

    /// Every sentence of the texts once, in order of folders, files and lines.
    static Set<String> sentences(Path texts) {
        if (!Files.isDirectory(texts)) {
            throw new StartRefused("there is no folder " + texts + " with texts; name one with --texts");
        }
        Set<String> sentences = new LinkedHashSet<>();
        try (Stream<Path> files = Files.walk(texts, 2)) {
            List<Path> wanted = files.filter(
                            file -> file.getFileName().toString().matches("(corpus|queries)\\.jsonl(\\.gz)?"))
                    .sorted()
                    .toList();
            for (Path file : wanted) {
                read(file, sentences);
            }
        } catch (IOException unreadable) {
            throw new StartRefused(texts + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
        return sentences;
    }

    private static void read(Path file, Set<String> sentences) throws IOException {
        try (InputStream bytes = Files.newInputStream(file);
                InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
                BufferedReader lines = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode object = JSON.readTree(line);
                split(object.path("title").asText("").replace('_', ' '), sentences);
                split(object.path("text").asText(""), sentences);
            }
        }
    }

    private static void split(String text, Set<String> sentences) {
        BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
        ends.setText(text);
        int from = ends.first();
        for (int to = ends.next(); to != BreakIterator.DONE; from = to, to = ends.next()) {
            String sentence = text.substring(from, to).strip();
            if (!sentence.isEmpty()) {
                sentences.add(sentence);
            }
        }
    }

    private static List<float[]> embed(List<String> sentences, int threads, PrintStream out)
            throws InterruptedException {
        float[][] vectors = new float[sentences.size()][];
        AtomicInteger next = new AtomicInteger();
        try (OnnxEmbedder embedder = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2)) {
            Thread[] workers = new Thread[threads];
            for (int t = 0; t < threads; t++) {
                workers[t] = Thread.ofPlatform().daemon().start(() -> {
                    for (int i = next.getAndIncrement(); i < vectors.length; i = next.getAndIncrement()) {
                        float[] vector = embedder.embed(sentences.get(i)).vector();
                        if (MadeSet.normalise(vector)) {
                            vectors[i] = vector;
                        }
                    }
                });
            }
            for (Thread worker : workers) {
                while (!worker.join(REPORT)) {
                    out.println("sentences: " + Math.min(next.get(), vectors.length) + " of " + vectors.length);
                }
            }
        }
        if (Arrays.stream(vectors).anyMatch(Objects::isNull)) {
            throw new IllegalStateException("a sentence was not embedded");
        }
        return Arrays.asList(vectors);
    }

    /// Every vector once: what the model reads alike would make the ten nearest a matter of chance.
    static List<float[]> unlike(List<float[]> vectors) {
        Set<FloatBuffer> seen = HashSet.newHashSet(vectors.size());
        return vectors.stream()
                .filter(vector -> seen.add(FloatBuffer.wrap(vector)))
                .collect(Collectors.toCollection(ArrayList::new));
    }
}
