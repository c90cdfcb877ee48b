package dev.pagoda.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.workflow.api.IngestDocuments;
import dev.pagoda.workflow.api.RunWorkflow;
import dev.pagoda.workflow.api.SearchKnowledge;
import dev.pagoda.workflow.api.SourceDocument;
import dev.pagoda.workflow.api.WorkflowStatus;
import dev.pagoda.workflow.api.Workflows;
import io.vertx.core.Future;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkflowRoutesTest {
    private static final String RUNS = "/platform/workflows/customer-service/runs";

    @TempDir
    Path temporary;

    private final FakeVectors vectors = new FakeVectors();
    private final FakeGateway gateway = new FakeGateway();
    private RunningModule module;

    @BeforeEach
    void start() {
        module = new RunningModule(temporary.resolve("data"), RunningModule.config(temporary), (_, bus) -> {
            vectors.serve(bus);
            gateway.serve(bus);
        });
        RunningModule.await(module.bus.ask(
                Workflows.INGEST,
                new IngestDocuments(
                        "shop",
                        List.of(
                                new SourceDocument(
                                        "shipping", "Shipping", "Parcels leave the warehouse every morning."),
                                new SourceDocument("发货", "发货", "包裹每天早上从仓库发出。"))),
                module.call("acme")));
    }

    @AfterEach
    void stop() {
        module.close();
    }

    private static String ask(String query, boolean stream) {
        return "{\"query\":\"" + query + "\",\"knowledge_base\":\"shop\",\"stream\":" + stream + "}";
    }

    private JsonNode run(String query) throws Exception {
        return module.expect(200, "acme", "POST", RUNS, ask(query, false)).get("data");
    }

    private List<JsonNode> events(String query) throws Exception {
        var response = module.send("acme", "POST", RUNS, ask(query, true));
        assertEquals(200, response.statusCode(), response.body());
        var events = new ArrayList<JsonNode>();
        for (var block : response.body().split("\n\n", 0)) {
            assertTrue(block.startsWith("data: "), block);
            events.add(RunningModule.JSON.readTree(block.substring(6)));
        }
        return events;
    }

    @Test
    void answersAnEnglishQuestionWithACitation() throws Exception {
        var run = run("when do the parcels leave the warehouse");
        assertEquals("succeeded", run.get("status").asText());
        assertEquals(
                "Parcels leave the warehouse every morning. [1]",
                run.at("/outputs/answer").asText());
        assertEquals("shipping", run.at("/outputs/citations/0/document").asText());
        assertTrue(run.at("/outputs/ticket").isMissingNode());
        assertEquals(102, run.get("total_tokens").asInt(), "the query twice, and the answer");
        assertEquals("0.000005020", run.get("total_price").asText());
    }

    @Test
    void answersAChineseQuestionWithACitation() throws Exception {
        var run = run("包裹每天什么时候从仓库发出？");
        assertEquals("包裹每天早上从仓库发出。 [1]", run.at("/outputs/answer").asText());
        assertEquals("zh", run.at("/outputs/language").asText());
        assertTrue(
                gateway.prompts().getFirst().contains("问题："), gateway.prompts().toString());
    }

    @Test
    void opensATicketInTheQuestionsLanguageWhenNothingFits() throws Exception {
        var english = run("who invented the telescope");
        var chinese = run("望远镜是谁发明的？");
        assertTrue(english.at("/outputs/answer").asText().startsWith("Our documents do not answer this"));
        assertTrue(chinese.at("/outputs/answer").asText().startsWith("我们的资料中没有"));
        assertEquals(List.of(), gateway.prompts(), "a question without passages asks no model");
        var tickets = module.expect(200, "acme", "GET", "/platform/tickets?status=open", "")
                .get("data");
        assertEquals(2, tickets.size());
        assertEquals("望远镜是谁发明的？", tickets.get(0).get("question").asText());
        assertEquals("zh", tickets.get(0).get("language").asText());
        assertTrue(english.at("/outputs/answer")
                .asText()
                .contains(tickets.get(1).get("id").asText()));
    }

    @Test
    void opensATicketWhenTheModelCitesNothing() throws Exception {
        gateway.knowNothing();
        var run = run("when do the parcels leave the warehouse");
        assertTrue(run.at("/outputs/ticket").asText().startsWith("T-"), run.toString());
        assertTrue(run.at("/outputs/answer").asText().startsWith("Our documents"), run.toString());
    }

    @Test
    void opensATicketForWhoeverAsksForAPerson() throws Exception {
        var run = run("I want to talk to a real person");
        assertEquals("human", run.at("/outputs/intent").asText());
        assertTrue(run.at("/outputs/ticket").asText().startsWith("T-"));
        assertEquals("refund", run("我要退款").at("/outputs/intent").asText());
    }

    @Test
    void greetsWithoutATicket() throws Exception {
        var run = run("hello");
        assertEquals("greeting", run.at("/outputs/intent").asText());
        assertTrue(run.at("/outputs/ticket").isMissingNode());
    }

    @Test
    void streamsEveryStepWithTimeTokensAndCost() throws Exception {
        var events = events("when do the parcels leave the warehouse");
        assertEquals(
                List.of(
                        "workflow_started",
                        "node_started",
                        "node_finished",
                        "node_started",
                        "node_finished",
                        "node_started",
                        "text_chunk",
                        "node_finished",
                        "workflow_finished"),
                events.stream().map(event -> event.get("event").asText()).toList());
        var answer = events.get(7).get("data");
        assertEquals("answer", answer.get("node_id").asText());
        assertEquals(100, answer.at("/execution_metadata/total_tokens").asInt());
        assertEquals(5_000, answer.at("/execution_metadata/cost_nanos").asLong());
        assertTrue(answer.get("elapsed_time").isDouble());
        long sum = events.stream()
                .filter(event -> event.get("event").asText().equals("node_finished"))
                .mapToLong(
                        event -> event.at("/data/execution_metadata/cost_nanos").asLong())
                .sum();
        assertEquals(sum, events.getLast().at("/data/cost_nanos").asLong());
    }

    @Test
    void stopsWhenTheClientLeaves() throws Exception {
        var promise = gateway.hold();
        var response = module.client()
                .send(
                        module.request("acme", "POST", RUNS, ask("when do the parcels leave the warehouse", true)),
                        BodyHandlers.ofInputStream());
        try (var body = response.body()) {
            assertEquals('d', body.read());
        }
        eventually(() -> history().get(0).get("status").asText().equals("stopped"));
        assertEquals("the client left", history().get(0).get("error").asText());
        promise.complete();
        assertEquals(0, status().runningRuns());
    }

    @Test
    void refusesMoreRunsThanAllowedAtOnce() throws Exception {
        var promise = gateway.hold();
        var runs = new ArrayList<Future<?>>();
        for (int i = 0; i < 4; i++) {
            runs.add(module.bus.ask(
                    Workflows.RUN,
                    new RunWorkflow("customer-service", "shop", "when do the parcels leave the warehouse"),
                    module.call("acme")));
        }
        eventually(() -> gateway.prompts().size() == 4);
        var refused = module.send("acme", "POST", RUNS, ask("hello", false));
        assertEquals(429, refused.statusCode());
        assertEquals("1", refused.headers().firstValue("retry-after").orElseThrow());
        assertEquals(4, status().runningRuns());
        promise.complete();
        for (var run : runs) {
            RunningModule.await(run);
        }
        assertEquals(0, status().runningRuns());
        assertEquals(4, status().finishedToday());
    }

    @Test
    void keepsABoundedHistoryForEachTenant() throws Exception {
        for (int i = 0; i < 7; i++) {
            run("hello");
        }
        assertEquals(5, history().size());
        assertEquals(2, history().get(0).get("steps").asInt());
        assertEquals(
                0,
                module.expect(200, "other", "GET", "/platform/workflows/runs", "")
                        .get("data")
                        .size());
    }

    @Test
    void movesATicketOnForItsTenantOnly() throws Exception {
        run("I want to talk to a real person");
        var id = module.expect(200, "acme", "GET", "/platform/tickets", "")
                .at("/data/0/id")
                .asText();
        module.expect(404, "other", "PATCH", "/platform/tickets/" + id, "{\"status\":\"closed\"}");
        module.expect(400, "acme", "PATCH", "/platform/tickets/" + id, "{\"status\":\"done\"}");
        module.expect(400, "acme", "PATCH", "/platform/tickets/" + id, "{}");
        assertEquals(1, status().openTickets());
        var closed = module.expect(200, "acme", "PATCH", "/platform/tickets/" + id, "{\"status\":\"closed\"}");
        assertEquals("closed", closed.get("status").asText());
        assertEquals(0, status().openTickets());
    }

    @Test
    void refusesWhatCannotBeRun() throws Exception {
        module.expect(404, "acme", "POST", "/platform/workflows/none/runs", ask("hi", true));
        module.expect(404, "other", "POST", RUNS, ask("hi", true));
        module.expect(400, "acme", "POST", RUNS, "{\"query\":\"hi\"}");
        module.expect(400, "acme", "POST", RUNS, ask(" ", false));
        module.expect(400, "acme", "POST", RUNS, ask("x".repeat(4_001), false));
        module.expect(400, "acme", "POST", RUNS, "{\"query\":true,\"knowledge_base\":\"shop\"}");
        assertEquals(0, history().size());
    }

    @Test
    void showsTheGraphOfEachWorkflow() throws Exception {
        var workflow =
                module.expect(200, "acme", "GET", "/platform/workflows", "").at("/data/0");
        assertEquals("customer-service", workflow.get("name").asText());
        assertEquals(5, workflow.get("nodes").size());
    }

    @Test
    void answersOverTheBus() {
        var found = RunningModule.await(module.bus.ask(
                Workflows.SEARCH, new SearchKnowledge("shop", "parcels warehouse", 1), module.call("acme")));
        assertEquals("shipping", found.passages().getFirst().document());
        assertEquals(2, status().knowledgeBases().getFirst().documents());
    }

    private JsonNode history() throws Exception {
        return module.expect(200, "acme", "GET", "/platform/workflows/runs", "").get("data");
    }

    private WorkflowStatus status() {
        return RunningModule.await(module.bus.ask(Workflows.STATUS, new StatusQuery(), module.call("acme")));
    }

    private static void eventually(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, "the condition did not come true within 60 s");
            Thread.onSpinWait();
        }
    }
}
