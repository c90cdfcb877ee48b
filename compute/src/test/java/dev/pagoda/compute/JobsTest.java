package dev.pagoda.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Principal> PEOPLE = Map.of(
            "admin", new Principal("ops", "t", "p", "k1", Principal.Role.ADMIN),
            "acme", new Principal("acme", "t", "p", "k2", Principal.Role.MEMBER),
            "other", new Principal("other", "t", "p", "k3", Principal.Role.MEMBER));

    @TempDir
    Path data;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_800_000_000));
    private final InstantSource clock = now::get;
    private final HttpClient client = HttpClient.newHttpClient();
    private Platform platform;

    /// Compute alone, over a store that outlives it.
    private final class Platform {
        private final Vertx vertx = Vertx.vertx();
        private final Bus bus = new Bus(vertx);
        private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.of(data));
        private final Fleet fleet = new Fleet(
                new Fleet.Surroundings(
                        vertx,
                        bus,
                        store,
                        new HttpFloor(vertx, key -> Future.succeededFuture(Optional.ofNullable(PEOPLE.get(key)))),
                        new Telemetry(),
                        clock),
                ComputeConfig.defaults());
        private final HttpServer server;

        Platform() {
            Router root = Router.router(vertx);
            fleet.mount(root);
            await(fleet.start());
            server = await(vertx.createHttpServer(ServerOptions.usual())
                    .requestHandler(root)
                    .listen(0, "127.0.0.1"));
        }

        void close() {
            await(fleet.stop());
            store.close();
            await(vertx.close());
        }
    }

    @BeforeEach
    void open() {
        platform = new Platform();
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void runsAJobAsKubernetesUsersAskForIt() throws Exception {
        JsonNode job = ok(201, post("acme", "/platform/jobs", """
                {"name": "train", "kind": "TRAINING", "tasks": 2, "resources": {"nvidia.com/gpu": "8", "cpu": "16"},
                 "accelerators": ["h100-sxm"], "work": {"seconds": 600}, "checkpoint": {"interval_seconds": 60}}"""));
        assertEquals("acme.train", job.at("/spec/id").asText());
        assertEquals("RUNNING", job.path("phase").asText());
        assertEquals("h100-sxm", job.path("accelerator").asText());
        assertEquals(2, job.path("places").size());
        now.updateAndGet(time -> time.plusSeconds(300));
        JsonNode half = ok(200, get("acme", "/platform/jobs/acme.train"));
        double progress = half.path("progress").asDouble();
        assertTrue(progress > 0.3 && progress < 0.7, half.toString());
        now.updateAndGet(time -> time.plusSeconds(3_600));
        assertEquals(
                "FINISHED",
                ok(200, get("acme", "/platform/jobs/acme.train")).path("phase").asText());
    }

    @Test
    void saysWhyAJobWaitsAndWhatWouldStartIt() throws Exception {
        submit("acme", "first", 2, 8, "h100-sxm", 600);
        JsonNode waits = submit("acme", "second", 1, 8, "h100-sxm", 600);
        assertEquals("PENDING", waits.path("phase").asText());
        JsonNode why = ok(200, get("acme", "/platform/jobs/acme.second/explain"));
        assertEquals("BUSY", why.path("reason").asText(), why.toString());
        assertFalse(why.path("sentence").asText().isBlank());
        assertTrue(why.path("proposals").size() > 0, why.toString());
        problem(409, "job_not_pending", get("acme", "/platform/jobs/acme.first/explain"));
    }

    @Test
    void answersWhatWouldBeWithoutDoingIt() throws Exception {
        submit("acme", "first", 2, 8, "h100-sxm", 600);
        submit("acme", "second", 1, 8, "h100-sxm", 600);
        JsonNode before = ok(200, get("admin", "/platform/jobs"));
        JsonNode forecast = ok(200, post("admin", "/platform/what-if", """
                {"changes": [{"type": "add_nodes", "count": 10, "shape": {"accelerator": "h100-sxm", "devices": 8,
                  "device_bytes": 85899345920, "cpu_milli": 128000, "memory_mib": 2097152, "rack": "", "zone": ""}}],
                 "horizon_seconds": 3600}"""));
        assertEquals(1, forecast.at("/summary/would_start_now").asInt(), forecast.toString());
        assertEquals(before, ok(200, get("admin", "/platform/jobs")));
        problem(
                422,
                "impossible_change",
                post("admin", "/platform/what-if", "{\"changes\":[{\"type\":\"fail_node\",\"node\":\"none\"}]}"));
        problem(400, "invalid_body", post("admin", "/platform/what-if", "{\"changes\":[{\"type\":\"pray\"}]}"));
        problem(403, "admin_only", post("acme", "/platform/what-if", "{\"changes\":[{\"type\":\"wait\"}]}"));
    }

    @Test
    void keepsJobsQuotasAndFailuresOverARestart() throws Exception {
        submit("acme", "first", 2, 8, "h100-sxm", 600);
        submit("acme", "second", 1, 4, "h100-sxm", 600);
        submit("other", "third", 1, 1, "mi300x", 100_000);
        ok(200, post("admin", "/platform/nodes/l20-0/fail", ""));
        JsonNode before = ok(200, get("admin", "/platform/jobs"));
        JsonNode queues = ok(200, get("admin", "/platform/queues"));

        platform.close();
        platform = new Platform();

        assertEquals(before, ok(200, get("admin", "/platform/jobs")));
        assertEquals(queues, ok(200, get("admin", "/platform/queues")));
        assertEquals(
                "DOWN",
                ok(200, get("admin", "/platform/nodes/l20-0")).path("state").asText());
        now.updateAndGet(time -> time.plusSeconds(601));
        assertEquals(
                "RUNNING",
                ok(200, get("acme", "/platform/jobs/acme.second")).path("phase").asText());
    }

    @Test
    void goesOnFromASnapshotOfTheJournal() throws Exception {
        submit("acme", "long", 1, 8, "h100-sxm", 1_000_000);
        for (int i = 0; i < LiveScheduler.EVENTS_A_SNAPSHOT + 10; i++) {
            ok(200, post("acme", "/platform/jobs/acme.long/activity", ""));
        }
        submit("acme", "behind", 1, 8, "ascend-910b3", 1_000_000);
        JsonNode before = ok(200, get("admin", "/platform/jobs"));
        platform.close();
        platform = new Platform();
        assertEquals(before, ok(200, get("admin", "/platform/jobs")));
    }

    @Test
    void keepsTenantsApart() throws Exception {
        submit("acme", "mine", 1, 8, "h100-sxm", 600);
        assertEquals(0, ok(200, get("other", "/platform/jobs")).path("jobs").size());
        assertEquals(1, ok(200, get("admin", "/platform/jobs")).path("jobs").size());
        problem(404, "job_not_found", get("other", "/platform/jobs/acme.mine"));
        problem(
                404,
                "job_not_found",
                send(request("other", "/platform/jobs/acme.mine").DELETE()));
        problem(404, "job_not_found", get("other", "/platform/jobs/acme.mine/explain"));
        problem(
                403,
                "not_your_queue",
                post(
                        "other",
                        "/platform/jobs",
                        "{\"name\":\"x\",\"queue\":\"acme\",\"task\":{\"devices\":1}," + "\"work\":{\"seconds\":1}}"));
        assertFalse(get("other", "/platform/nodes").body().contains("acme"));
        assertFalse(get("other", "/platform/queues").body().contains("acme"));
        problem(
                403,
                "admin_only",
                send(
                        request("acme", "/platform/queues")
                                .PUT(
                                        HttpRequest.BodyPublishers.ofString(
                                                "{\"cohorts\":[],\"queues\":[{\"name\":\"serving\",\"cohort\":null,"
                                                        + "\"weight\":1,\"quotas\":[{\"flavor\":\"units\",\"nominal_milli\":1}],\"preemption\":"
                                                        + "{\"within_queue\":\"NEVER\",\"reclaim_within_cohort\":\"NEVER\",\"borrow_within_cohort\":\"NEVER\"}}]}"))));
    }

    @Test
    void opensTheQueuesOfTenantsThatComeAtOnce() throws Exception {
        String body = "{\"name\":\"x\",\"task\":{\"devices\":1},\"work\":{\"seconds\":600}}";
        var answers = Stream.of("acme", "other", "admin")
                .map(who -> client.sendAsync(
                        request(who, "/platform/jobs")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()))
                .toList();
        for (var answer : answers) {
            ok(201, answer.get(60, TimeUnit.SECONDS));
        }
        assertEquals(4, ok(200, get("admin", "/platform/queues")).path("queues").size());
    }

    @Test
    void stopsAJobOnce() throws Exception {
        submit("acme", "mine", 1, 8, "h100-sxm", 600);
        for (int i = 0; i < 2; i++) {
            JsonNode stopped =
                    ok(200, send(request("acme", "/platform/jobs/acme.mine").DELETE()));
            assertEquals("CANCELLED", stopped.path("phase").asText());
        }
        assertEquals(
                "RUNNING",
                submit("acme", "next", 2, 8, "h100-sxm", 600).path("phase").asText());
    }

    @Test
    void pagesThroughJobs() throws Exception {
        for (int i = 0; i < 5; i++) {
            submit("acme", "j" + i, 1, 1, "h100-sxm", 600);
        }
        JsonNode first = ok(200, get("acme", "/platform/jobs?limit=3&phase=running"));
        assertEquals(3, first.path("jobs").size());
        JsonNode rest = ok(
                200,
                get("acme", "/platform/jobs?limit=3&after=" + first.path("next").asText()));
        assertEquals(2, rest.path("jobs").size());
        assertTrue(rest.path("next").isNull());
    }

    @Test
    void refusesWhatIsNoJob() throws Exception {
        problem(400, "invalid_body", post("acme", "/platform/jobs", "{"));
        problem(400, "invalid_job", post("acme", "/platform/jobs", "{\"task\":{\"devices\":1}}"));
        problem(400, "invalid_job", post("acme", "/platform/jobs", "{\"name\":\"x\"}"));
        HttpResponse<String> unknown = post(
                "acme",
                "/platform/jobs",
                "{\"name\":\"x\",\"resources\":{\"nvidia.com/gpus\":\"1\"},\"work\":{\"seconds\":1}}");
        problem(400, "invalid_job", unknown);
        assertTrue(unknown.body().contains("nvidia.com/gpu"), unknown.body());
        problem(
                400,
                "invalid_job",
                post(
                        "acme",
                        "/platform/jobs",
                        "{\"name\":\"x\",\"resources\":{\"nvidia.com/gpu\":\"-1\"},\"work\":{\"seconds\":1}}"));
        problem(400, "invalid_query", get("acme", "/platform/jobs?phase=tired"));
        problem(400, "invalid_limit", get("acme", "/platform/jobs?limit=many"));
        submit("acme", "twice", 1, 1, "h100-sxm", 600);
        problem(
                409,
                "job_rejected",
                post(
                        "acme",
                        "/platform/jobs",
                        "{\"name\":\"twice\",\"task\":{\"devices\":1},\"work\":{\"seconds\":1}}"));
    }

    @Test
    void addsNodesThatAreStillThereAfterARestart() throws Exception {
        JsonNode added = ok(201, post("admin", "/platform/nodes", """
                {"count": 2, "prefix": "new", "accelerator": "a100-sxm-80g", "devices": 8, "host_memory_gib": 1024,
                 "storage": "all_flash", "isolation": "vm", "partition": "mig"}"""));
        assertEquals("new-1", added.at("/nodes/1/id").asText());
        assertEquals("mig", added.at("/nodes/0/devices/0/mode").asText());
        platform.close();
        platform = new Platform();
        assertEquals(
                "UP",
                ok(200, get("admin", "/platform/nodes/new-1")).path("state").asText());
        JsonNode slice = ok(201, post("acme", "/platform/jobs", """
                {"name": "slice", "resources": {"nvidia.com/mig-1g.10gb": "1"}, "accelerators": ["a100-sxm-80g"],
                 "work": {"seconds": 60}}"""));
        assertEquals("RUNNING", slice.path("phase").asText(), slice.toString());
        assertEquals(20_000, slice.at("/start/boot_millis").asLong());
        problem(400, "invalid_change", post("admin", "/platform/nodes", """
                {"prefix": "new", "accelerator": "l20", "devices": 4, "host_memory_gib": 512}"""));
        problem(400, "invalid_nodes", post("admin", "/platform/nodes", """
                {"prefix": "x", "accelerator": "h100-sxn", "devices": 4, "host_memory_gib": 512}"""));
        problem(400, "invalid_nodes", post("admin", "/platform/nodes", """
                {"prefix": "x", "accelerator": "l20", "devices": -4, "host_memory_gib": 512}"""));
        problem(400, "invalid_body", post("admin", "/platform/nodes", """
                {"prefix": "x", "accelerator": "l20", "devices": 1e12, "host_memory_gib": 512}"""));
        problem(422, "fleet_too_large", post("admin", "/platform/nodes", """
                {"count": 4096, "prefix": "x", "accelerator": "l20", "devices": 4, "host_memory_gib": 512}"""));
        problem(403, "admin_only", post("acme", "/platform/nodes", """
                {"prefix": "x", "accelerator": "l20", "devices": 4, "host_memory_gib": 512}"""));
    }

    @Test
    void cordonsAndDrainsNodesAsKubernetesUsersExpect() throws Exception {
        submit("acme", "mine", 1, 8, "mi300x", 600);
        JsonNode cordoned = ok(200, post("admin", "/platform/nodes/mi300x-0/cordon", ""));
        assertEquals("DRAINING", cordoned.at("/node/state").asText());
        assertTrue(cordoned.path("changed").asBoolean());
        assertFalse(ok(200, post("admin", "/platform/nodes/mi300x-0/cordon", ""))
                .path("changed")
                .asBoolean());
        assertEquals(
                "RUNNING",
                ok(200, get("acme", "/platform/jobs/acme.mine")).path("phase").asText());

        ok(200, post("admin", "/platform/nodes/mi300x-0/drain", ""));
        assertEquals(
                "PENDING",
                ok(200, get("acme", "/platform/jobs/acme.mine")).path("phase").asText());
        platform.close();
        platform = new Platform();
        assertEquals(
                "DRAINING",
                ok(200, get("admin", "/platform/nodes/mi300x-0")).path("state").asText());

        ok(200, post("admin", "/platform/nodes/mi300x-0/uncordon", ""));
        assertEquals(
                "RUNNING",
                ok(200, get("acme", "/platform/jobs/acme.mine")).path("phase").asText());
        problem(403, "admin_only", post("acme", "/platform/nodes/mi300x-0/drain", ""));
        problem(404, "node_not_found", post("admin", "/platform/nodes/mi300-0/drain", ""));
        ok(200, post("admin", "/platform/nodes/mi300x-0/fail", ""));
        problem(409, "node_down", post("admin", "/platform/nodes/mi300x-0/uncordon", ""));
    }

    @Test
    void refusesBytesBesideAPartitionAndTellsWhatAJobCost() throws Exception {
        problem(
                400,
                "invalid_job",
                post(
                        "acme",
                        "/platform/jobs",
                        "{\"name\":\"slice\",\"task\":{\"devices\":1,\"profile\":\"1g.10gb\",\"bytes_per_device\":5},"
                                + "\"work\":{\"seconds\":1}}"));
        submit("acme", "paid", 1, 8, "h100-sxm", 3_600);
        now.updateAndGet(time -> time.plusSeconds(1_800));
        JsonNode cost = ok(200, get("acme", "/platform/jobs/acme.paid")).path("cost");
        assertEquals(8 * 2.95 / 2, cost.path("usd").asDouble(), 0.01, cost.toString());
        assertTrue(cost.path("kwh").asDouble() > 0 && cost.path("grams").asDouble() > 0, cost.toString());
    }

    @Test
    void servesADocumentOfItsPathsWhoseSchemasHaveTheFieldsOfAnswers() throws Exception {
        JsonNode document = ok(200, get("acme", "/platform/compute/openapi.json"));
        submit("acme", "mine", 2, 8, "h100-sxm", 600);
        submit("acme", "waits", 2, 8, "h100-sxm", 600);
        holds(document, "Nodes", ok(200, get("admin", "/platform/nodes")));
        holds(document, "Node", ok(200, get("admin", "/platform/nodes/h100-0")));
        holds(
                document,
                "Device",
                ok(200, get("admin", "/platform/nodes/h100-0")).at("/devices/0"));
        holds(document, "Jobs", ok(200, get("acme", "/platform/jobs")));
        holds(document, "Job", ok(200, get("acme", "/platform/jobs/acme.mine")));
        holds(document, "Explanation", ok(200, get("acme", "/platform/jobs/acme.waits/explain")));
        holds(document, "Queues", ok(200, get("admin", "/platform/queues")));
        holds(document, "QuotaPlan", ok(200, get("admin", "/platform/queues")).path("plan"));
        holds(
                document,
                "PartitionSet",
                ok(200, put("admin", "/platform/nodes/mi300x-0/devices/0/partition", "{\"mode\":\"cpx_nps4\"}")));
        holds(document, "NodeSet", ok(200, post("admin", "/platform/nodes/l20-0/fail", "")));
        holds(
                document,
                "Forecast",
                ok(
                        200,
                        post(
                                "admin",
                                "/platform/what-if",
                                "{\"changes\":[{\"type\":\"wait\"}],\"horizon_seconds\":1}")));
        document.path("paths")
                .fieldNames()
                .forEachRemaining(path -> assertTrue(
                        statusOf(path.replace("{id}", "none").replace("{device}", "0")) != 404 || path.contains("{id}"),
                        path));
    }

    private int statusOf(String path) {
        try {
            return send(request("admin", path).method("PATCH", HttpRequest.BodyPublishers.noBody()))
                    .statusCode();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /// Every field of the answer is in the schema, and every field that it requires is in the answer.
    private static void holds(JsonNode document, String schema, JsonNode answer) {
        JsonNode about = document.at("/components/schemas/" + schema);
        answer.fieldNames()
                .forEachRemaining(field -> assertTrue(about.path("properties").has(field), schema + " " + field));
        about.path("required").forEach(field -> assertTrue(answer.has(field.asText()), schema + " " + field));
    }

    @Test
    void failsDevicesAndLinksOfANode() throws Exception {
        submit("acme", "mine", 1, 8, "mi300x", 600);
        ok(200, post("admin", "/platform/nodes/mi300x-0/devices/3/fail", ""));
        JsonNode job = ok(200, get("acme", "/platform/jobs/acme.mine"));
        assertEquals("PENDING", job.path("phase").asText());
        assertEquals(1, job.at("/counts/requeues").asInt());
        ok(200, post("admin", "/platform/nodes/mi300x-0/devices/3/recover", ""));
        assertEquals(
                "RUNNING",
                ok(200, get("acme", "/platform/jobs/acme.mine")).path("phase").asText());
        ok(200, put("admin", "/platform/nodes/mi300x-0/links", "{\"left\":0.5}"));
        ok(200, put("admin", "/platform/nodes/mi300x-0/links", "{\"left\":1}"));
        problem(400, "invalid_body", put("admin", "/platform/nodes/mi300x-0/links", "{\"left\":0}"));
        problem(404, "device_not_found", post("admin", "/platform/nodes/mi300x-0/devices/8/fail", ""));
        problem(403, "admin_only", post("acme", "/platform/nodes/mi300x-0/devices/3/fail", ""));
    }

    private HttpResponse<String> put(String who, String path, String body) throws Exception {
        return send(request(who, path).PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    @Test
    void tellsListenersOfTheirTenantOnly() throws Exception {
        HttpResponse<InputStream> stream = client.send(
                request("acme", "/platform/jobs/events").GET().build(), HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(
                "text/event-stream", stream.headers().firstValue("Content-Type").orElse(""));
        try (var lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            assertEquals(": listening", lines.readLine());
            submit("other", "theirs", 1, 1, "h100-sxm", 600);
            submit("acme", "mine", 1, 1, "h100-sxm", 600);
            StringBuilder heard = new StringBuilder();
            while (!heard.toString().contains("STARTED")) {
                String line = lines.readLine();
                assertNotNull(line, "the stream ended after " + heard);
                heard.append(line).append('\n');
            }
            assertTrue(heard.toString().contains("acme.mine"), heard.toString());
            assertFalse(heard.toString().contains("theirs"), heard.toString());
        }
    }

    private JsonNode submit(String who, String name, int tasks, int devices, String kind, int seconds)
            throws Exception {
        return ok(
                201,
                post(
                        who,
                        "/platform/jobs",
                        "{\"name\":\"" + name + "\",\"tasks\":" + tasks + ",\"task\":{\"devices\":" + devices
                                + "},\"accelerators\":[\"" + kind + "\"],\"work\":{\"seconds\":" + seconds + "}}"));
    }

    private HttpResponse<String> get(String who, String path) throws Exception {
        return send(request(who, path).GET());
    }

    private HttpResponse<String> post(String who, String path, String body) throws Exception {
        return send(request(who, path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String who, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + platform.server.actualPort() + path))
                .header("Authorization", "Bearer " + who)
                .timeout(Duration.ofSeconds(60));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode ok(int status, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        return JSON.readTree(response.body());
    }

    private static void problem(int status, String title, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(title, JSON.readTree(response.body()).path("title").asText(), response.body());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            throw new AssertionError("no answer within 60 s", late);
        }
    }
}
