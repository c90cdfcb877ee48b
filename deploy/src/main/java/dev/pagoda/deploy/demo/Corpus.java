package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/// The shipped paragraphs of one language, and questions that people wrote about them.
///
/// @param language its tag, `en` or `zh`
record Corpus(String language, List<Paragraph> paragraphs, List<Question> questions) {
    private static final ObjectMapper JSON = new ObjectMapper();

    Corpus {
        paragraphs = List.copyOf(paragraphs);
        questions = List.copyOf(questions);
    }

    /// A paragraph of an encyclopedia's article.
    record Paragraph(String id, String title, String text) {}

    /// @param answers   spans of the paragraph, each of which answers
    /// @param paragraph the id of the paragraph it was written about
    record Question(String id, String text, List<String> answers, String paragraph) {
        Question {
            answers = List.copyOf(answers);
        }

        /// Whether a passage holds one of the answers, letter case and white space aside.
        boolean isAnsweredBy(String passage) {
            String squeezed = squeeze(passage);
            return answers.stream().anyMatch(answer -> squeezed.contains(squeeze(answer)));
        }

        private static String squeeze(String text) {
            return text.toLowerCase(Locale.ROOT).replaceAll("\\s+", "");
        }
    }

    static Corpus english() {
        return read("en");
    }

    static Corpus chinese() {
        return read("zh");
    }

    /// Questions spread evenly over the whole set, so that nobody picked them.
    List<Question> sample(int count) {
        List<Question> sample = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sample.add(questions.get((int) ((i + 0.5) * questions.size() / count)));
        }
        return sample;
    }

    private static Corpus read(String language) {
        String folder = "/demo/xquad-" + language + "/";
        List<Paragraph> paragraphs = new ArrayList<>();
        for (String line : lines(folder + "corpus.jsonl.gz")) {
            JsonNode row = parse(line);
            paragraphs.add(new Paragraph(text(row, "_id"), text(row, "title").replace('_', ' '), text(row, "text")));
        }
        Map<String, String> answering = new HashMap<>();
        List<String> judgements = lines(folder + "qrels.tsv");
        for (String line : judgements.subList(1, judgements.size())) {
            String[] fields = line.split("\t", -1);
            answering.put(fields[0], fields[1]);
        }
        List<Question> questions = new ArrayList<>();
        for (String line : lines(folder + "queries.jsonl")) {
            JsonNode row = parse(line);
            List<String> answers = new ArrayList<>();
            row.required("answers").forEach(answer -> answers.add(answer.asText()));
            String id = text(row, "_id");
            questions.add(new Question(id, text(row, "text"), answers, answering.getOrDefault(id, "")));
        }
        return new Corpus(language, paragraphs, questions);
    }

    private static List<String> lines(String resource) {
        try (InputStream raw = Corpus.class.getResourceAsStream(resource)) {
            if (raw == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            InputStream in = resource.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(JsonNode row, String field) {
        return row.required(field).asText();
    }
}
