package dev.pagoda.workflow.rag;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.workflow.api.SourceDocument;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/// Documents, questions and which documents answer which question, in the layout of BEIR: `corpus.jsonl`
/// (or `.gz`), `queries.jsonl` and `qrels.tsv` in one folder.
///
/// @param name the folder's name
record JudgedSet(String name, List<SourceDocument> documents, List<Question> questions) {

    /// A question and the ids of the documents that answer it, at least one.
    record Question(String text, Set<String> answeredBy) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    /// @throws IOException with file and line when a file is missing or broken
    static JudgedSet read(Path folder) throws IOException {
        var zipped = folder.resolve("corpus.jsonl.gz");
        var documents = new ArrayList<SourceDocument>();
        for (var line : lines(Files.exists(zipped) ? zipped : folder.resolve("corpus.jsonl"))) {
            documents.add(
                    new SourceDocument(line.text("_id"), line.optional("title").replace('_', ' '), line.text("text")));
        }
        var answers = answers(folder.resolve("qrels.tsv"));
        var questions = new ArrayList<Question>();
        for (var line : lines(folder.resolve("queries.jsonl"))) {
            var answeredBy = answers.getOrDefault(line.text("_id"), Set.of());
            if (!answeredBy.isEmpty()) {
                questions.add(new Question(line.text("text"), answeredBy));
            }
        }
        if (documents.isEmpty() || questions.isEmpty()) {
            throw new IOException(folder + " holds " + documents.size() + " documents and " + questions.size()
                    + " judged questions; at least one of each is needed");
        }
        return new JudgedSet(String.valueOf(folder.toRealPath().getFileName()), documents, questions);
    }

    private static Map<String, Set<String>> answers(Path file) throws IOException {
        var answers = new HashMap<String, Set<String>>();
        var lines = Files.readAllLines(file);
        for (int i = 1; i < lines.size(); i++) {
            var fields = lines.get(i).split("\t", -1);
            if (fields.length != 3) {
                throw new IOException(file + " line " + (i + 1) + " has " + fields.length
                        + " fields; query, document and score are 3");
            }
            if (!fields[2].equals("0")) {
                answers.computeIfAbsent(fields[0], _ -> new HashSet<>()).add(fields[1]);
            }
        }
        return answers;
    }

    private record Line(Path file, int number, JsonNode object) {
        String text(String field) throws IOException {
            var value = object.get(field);
            if (value == null || !value.isTextual()) {
                throw new IOException(file + " line " + number + " has no text \"" + field + "\"");
            }
            return value.textValue();
        }

        String optional(String field) {
            return object.path(field).asText("");
        }
    }

    private static List<Line> lines(Path file) throws IOException {
        var lines = new ArrayList<Line>();
        try (var reader = new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
            int number = 0;
            for (var text = reader.readLine(); text != null; text = reader.readLine()) {
                number++;
                try {
                    lines.add(new Line(file, number, JSON.readTree(text)));
                } catch (JsonProcessingException broken) {
                    throw new IOException(file + " line " + number + " is not JSON", broken);
                }
            }
        }
        return lines;
    }

    private static InputStream open(Path file) throws IOException {
        var in = Files.newInputStream(file);
        return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
    }
}
