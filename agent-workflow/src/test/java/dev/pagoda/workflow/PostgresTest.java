package dev.pagoda.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.workflow.api.Workflows;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The module's own SQL on PostgreSQL; the other tests run it on SQLite.
@Tag("slow")
final class PostgresTest {
    private static final String BASES = "/platform/knowledge-bases";

    @TempDir
    Path temporary;

    private final FakeVectors vectors = new FakeVectors();
    private final FakeGateway gateway = new FakeGateway();

    @Test
    void keepsKnowledgeBasesRunsAndTickets() throws Exception {
        try (var postgres = EmbeddedPostgres.start();
                var module = new RunningModule(
                        new StoreConfig(postgres.getJdbcUrl("postgres", "postgres"), "postgres", "", 2, 1_000, 64),
                        Optional.empty(),
                        RunningModule.config(temporary),
                        (_, bus) -> {
                            vectors.serve(bus);
                            gateway.serve(bus);
                        })) {
            var runs = "/platform/workflows/customer-service/runs";
            var sent = "{\"documents\":[{\"id\":\"a\",\"text\":\"Parcels leave the warehouse every morning.\"}]}";
            module.expect(201, "acme", "POST", BASES, "{\"name\":\"shop\"}");
            module.expect(409, "acme", "POST", BASES, "{\"name\":\"shop\"}");
            module.expect(200, "acme", "POST", BASES + "/shop/ingest", sent);
            var again = module.expect(200, "acme", "POST", BASES + "/shop/ingest", sent);
            assertEquals(1, again.get("unchanged").asInt());
            var asked = "{\"query\":\"%s\",\"knowledge_base\":\"shop\"}";
            for (int i = 0; i < 7; i++) {
                module.expect(200, "acme", "POST", runs, asked.formatted("when do parcels leave the warehouse"));
            }
            module.expect(200, "acme", "POST", runs, asked.formatted("I want to talk to a real person"));
            assertEquals(
                    5,
                    module.expect(200, "acme", "GET", "/platform/workflows/runs", "")
                            .get("data")
                            .size());
            var status = RunningModule.await(module.bus.ask(Workflows.STATUS, new StatusQuery(), module.call("acme")));
            assertEquals(1, status.openTickets());
            assertEquals(5, status.finishedToday());
            assertEquals(1, status.knowledgeBases().getFirst().chunks());
            var ticket = module.expect(200, "acme", "GET", "/platform/tickets?status=open", "")
                    .at("/data/0/id")
                    .asText();
            module.expect(200, "acme", "PATCH", "/platform/tickets/" + ticket, "{\"status\":\"closed\"}");
            module.expect(204, "acme", "DELETE", BASES + "/shop", "");
            assertEquals(
                    0, module.expect(200, "acme", "GET", BASES, "").get("data").size());
        }
    }
}
