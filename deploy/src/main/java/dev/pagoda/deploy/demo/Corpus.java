package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/// The shipped paragraphs of one language, and questions that people wrote about them.
///
/// @param language its tag, `en` or `zh`
public record Corpus(String language, List<Paragraph> paragraphs, List<Question> questions) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    public Corpus {
        paragraphs = List.copyOf(paragraphs);
        questions = List.copyOf(questions);
    }

    /// A paragraph of an encyclopedia's article.
    public record Paragraph(String id, String title, String text) {}

    /// @param answers   spans of the paragraph, each of which answers
    /// @param paragraph the id of the paragraph it was written about
    public record Question(String id, String text, List<String> answers, String paragraph) {
        public Question {
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

    public static Corpus english() {
        return read("en");
    }

    public static Corpus chinese() {
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
        return new Corpus(
                language,
                lines("xquad-" + language + "-paragraphs", Paragraph.class),
                lines("xquad-" + language + "-questions", Question.class));
    }

    private static <T> List<T> lines(String name, Class<T> type) {
        String resource = "/demo/" + name + ".jsonl.gz";
        try (InputStream in = Corpus.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            try (var reader =
                    new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
                return reader.lines().map(line -> parse(line, type)).collect(Collectors.toList());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T parse(String line, Class<T> type) {
        try {
            return JSON.readValue(line, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
