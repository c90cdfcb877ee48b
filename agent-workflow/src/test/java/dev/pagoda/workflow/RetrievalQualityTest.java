package dev.pagoda.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.workflow.api.IngestDocuments;
import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.api.SourceDocument;
import dev.pagoda.workflow.api.Workflows;
import dev.pagoda.workflow.node.IntentNode;
import dev.pagoda.workflow.node.NodeTask;
import dev.pagoda.workflow.rag.Embedder;
import dev.pagoda.workflow.rag.Language;
import dev.pagoda.workflow.rag.RetrievalBench;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// What real embeddings and the real vector store find, on the judged questions that the demo ships.
@Tag("slow")
final class RetrievalQualityTest {
    private static final Path SETS = Path.of("../deploy/src/main/resources/demo");

    @TempDir
    Path temporary;

    private final RealNeighbours neighbours = new RealNeighbours();
    private RunningModule module;

    @BeforeEach
    void start() {
        var defaults = WorkflowConfig.defaults();
        module = new RunningModule(temporary.resolve("data"), defaults, neighbours::serve);
    }

    @AfterEach
    void stop() {
        module.close();
        neighbours.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"xquad-en", "xquad-zh"})
    void findsTheParagraphAmongTheFirstFive(String set) {
        var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        int exit = new CommandLine(new RetrievalBench())
                .setOut(out)
                .setErr(out)
                .execute(
                        "--data",
                        SETS.resolve(set).toString(),
                        "--url",
                        module.url(),
                        "--api-key",
                        "acme",
                        "--min-recall",
                        "0.97");
        assertEquals(0, exit);
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void partsQuestionsThatTheKnowledgeAnswersFromOthers(Language language) throws IOException {
        var folder = SETS.resolve("xquad-" + language.tag());
        var known = new HashSet<String>();
        var documents = new ArrayList<SourceDocument>();
        for (var line : lines(folder.resolve("corpus.jsonl.gz"))) {
            // articles are known or unknown as a whole
            if (line.get("title").asText().hashCode() % 2 == 0) {
                var id = line.get("_id").asText();
                known.add(id);
                documents.add(new SourceDocument(
                        id, line.get("title").asText(), line.get("text").asText()));
            }
        }
        RunningModule.await(
                module.bus.ask(Workflows.INGEST, new IngestDocuments("half", documents), module.call("acme")));
        var answers = new HashMap<String, String>();
        for (var line : Files.readAllLines(folder.resolve("qrels.tsv"))) {
            var fields = line.split("\t", -1);
            answers.put(fields[0], fields[1]);
        }
        var config = WorkflowConfig.defaults().answers();
        double enough = language == Language.EN ? config.enoughInEnglish() : config.enoughInChinese();
        int[] asked = new int[2];
        int[] fit = new int[2];
        for (var line : lines(folder.resolve("queries.jsonl"))) {
            int side = known.contains(answers.get(line.get("_id").asText())) ? 0 : 1;
            asked[side]++;
            fit[side] += relevance(line.get("text").asText()) >= enough ? 1 : 0;
        }
        double answerable = (double) fit[0] / asked[0];
        double others = (double) fit[1] / asked[1];
        System.out.printf(
                "%s: %.3f of %d answerable and %.3f of %d other questions count as answerable%n",
                language.tag(), answerable, asked[0], others, asked[1]);
        assertTrue(answerable >= 0.90 && others <= 0.15, answerable + " and " + others);
    }

    private double relevance(String question) {
        var found = RunningModule.await(
                module.bus.ask(Workflows.SEARCH, new SearchKnowledge("half", question, 4), module.call("acme")));
        return found.passages().stream()
                .mapToDouble(passage -> passage.relevance())
                .max()
                .orElse(0);
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void understandsWhatCustomersSayInWordsOfTheirOwn(Language language) throws IOException {
        var node = new IntentNode(new Embedder(
                module.bus,
                Map.of(
                        Language.EN, new Embedder.Model("all-minilm-l6-v2", 384),
                        Language.ZH, new Embedder.Model("bge-small-zh-v1.5", 512))));
        var mistakes = new ArrayList<String>();
        int asked = 0;
        for (var line : text(RetrievalQualityTest.class.getResourceAsStream("node/intents-heldout.tsv"))
                .lines()
                .toList()) {
            var fields = line.split("\t", -1);
            if (Language.detect(fields[1]) == language) {
                asked++;
                var understood = intent(node, fields[1]);
                if (!understood.equals(fields[0])) {
                    mistakes.add(fields[1] + " is " + fields[0] + ", not " + understood);
                }
            }
        }
        System.out.println(language.tag() + ": " + mistakes.size() + " of " + asked + " wrong: " + mistakes);
        assertTrue(mistakes.size() <= 0.15 * asked, mistakes.toString());
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void takesAQuestionForAQuestion(Language language) throws IOException {
        var node = new IntentNode(new Embedder(
                module.bus,
                Map.of(
                        Language.EN, new Embedder.Model("all-minilm-l6-v2", 384),
                        Language.ZH, new Embedder.Model("bge-small-zh-v1.5", 512))));
        var others = new ArrayList<String>();
        for (var line : lines(SETS.resolve("xquad-" + language.tag()).resolve("queries.jsonl"))) {
            var question = line.get("text").asText();
            if (!intent(node, question).equals("question")) {
                others.add(question);
            }
        }
        assertTrue(others.size() <= 12, others.toString());
    }

    private String intent(IntentNode node, String utterance) {
        Call call = module.call("acme");
        var result = RunningModule.await(node.run(new NodeTask("run", Map.of("query", utterance), _ -> {}, call)));
        return String.valueOf(result.outputs().get("intent"));
    }

    @Test
    void prefersThePassageInTheLanguageOfTheQuestion() {
        RunningModule.await(module.bus.ask(
                Workflows.INGEST,
                new IngestDocuments(
                        "both",
                        List.of(
                                new SourceDocument("en", "Shipping", "Parcels leave the warehouse every morning."),
                                new SourceDocument("zh", "发货", "包裹每天早上从仓库发出。"))),
                module.call("acme")));
        for (var question : List.of("When do parcels leave?", "包裹什么时候发出？")) {
            var best = RunningModule.await(module.bus.ask(
                            Workflows.SEARCH, new SearchKnowledge("both", question, 1), module.call("acme")))
                    .passages()
                    .getFirst();
            assertEquals(Language.detect(question).tag(), best.document());
        }
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        var in = Files.newInputStream(file);
        var objects = new ArrayList<JsonNode>();
        for (var line : text(file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in)
                .lines()
                .toList()) {
            objects.add(RunningModule.JSON.readTree(line));
        }
        return objects;
    }

    private static String text(InputStream in) throws IOException {
        try (in) {
            var bytes = new ByteArrayOutputStream();
            in.transferTo(bytes);
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
