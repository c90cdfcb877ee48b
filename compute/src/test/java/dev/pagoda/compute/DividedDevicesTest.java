package dev.pagoda.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.placement.Strategy;
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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Jobs for parts of devices on a fleet that has divided ones, asked for over HTTP.
final class DividedDevicesTest {
    private static final Principal ADMIN = new Principal("ops", "t", "p", "k1", Principal.Role.ADMIN);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_800_000_000));
    private final Vertx vertx = Vertx.vertx();
    private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    private final Telemetry telemetry = new Telemetry();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Fleet fleet = new Fleet(
            new Fleet.Surroundings(
                    vertx,
                    new Bus(vertx),
                    store,
                    new HttpFloor(vertx, key -> Future.succeededFuture(Optional.of(ADMIN))),
                    telemetry,
                    now::get),
            new ComputeConfig(
                    List.of(
                            new NodeGroup(1, "mig", "a100-sxm-80g", 2, 512, null, null, "mig", null),
                            new NodeGroup(1, "plain", "h100-sxm", 2, 512),
                            new NodeGroup(1, "ascend", "ascend-910b3", 2, 512, null, null, "vnpu", null)),
                    Strategy.BINPACK));
    private HttpServer server;

    @BeforeEach
    void listen() {
        Router root = Router.router(vertx);
        fleet.mount(root);
        await(fleet.start());
        server = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
    }

    @AfterEach
    void close() {
        await(fleet.stop());
        store.close();
        await(vertx.close());
    }

    @Test
    void jobsGetSlicesOfDevicesThatAreDividedFromTheStart() throws Exception {
        JsonNode job = submit("s", "{\"nvidia.com/mig-2g.20gb\": \"1\"}", 3);
        assertEquals("RUNNING", job.path("phase").asText(), job.toString());
        assertEquals("a100-sxm-80g", job.path("accelerator").asText());
        String page = telemetry.scrape();
        assertEquals(
                3,
                page.lines()
                        .filter(line -> line.startsWith("DCGM_FI_DEV_FB_USED{")
                                && line.contains("GPU_I_PROFILE=\"2g.20gb\"")
                                && line.contains("modelName=\"NVIDIA A100-SXM4-80GB\""))
                        .count(),
                page);
    }

    @Test
    void memoryOfAnAscendBecomesItsSmallestTemplate() throws Exception {
        JsonNode job =
                submit("v", "{\"huawei.com/Ascend910B3\": \"1\", \"huawei.com/Ascend910B3-memory\": \"2000\"}", 8);
        assertEquals("RUNNING", job.path("phase").asText(), job.toString());
        assertEquals("vir05_1c_16g", job.at("/spec/task/profile").asText());
        JsonNode ninth =
                submit("w", "{\"huawei.com/Ascend910B3\": \"1\", \"huawei.com/Ascend910B3-memory\": \"2000\"}", 1);
        assertEquals("PENDING", ninth.path("phase").asText());
    }

    @Test
    void jobWaitsUntilADeviceHasBeenDividedForIt() throws Exception {
        HttpResponse<String> job = post("""
                {"name": "s", "kind": "SERVING", "accelerators": ["h100-sxm"],
                 "resources": {"nvidia.com/mig-1g.10gb.me": "1"}}""");
        assertEquals(201, job.statusCode(), job.body());
        assertEquals("PENDING", phase("s"));
        HttpResponse<String> divided = send(request("/platform/nodes/plain-0/devices/1/partition")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"mode\":\"mig\"}")));
        assertEquals(200, divided.statusCode(), divided.body());
        now.updateAndGet(time -> time.plusSeconds(29));
        assertEquals("PENDING", phase("s"));
        now.updateAndGet(time -> time.plusSeconds(2));
        assertEquals("RUNNING", phase("s"));
        String node = send(request("/platform/nodes/plain-0").GET()).body();
        assertEquals(
                "whole", new ObjectMapper().readTree(node).at("/devices/0/mode").asText(), node);
        assertEquals(
                "mig", new ObjectMapper().readTree(node).at("/devices/1/mode").asText(), node);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nvidia.com/gpus|1|resource nvidia.com/gpus is unknown; the nearest is nvidia.com/gpu",
                "nvidia.com/gpu|-1|nvidia.com/gpu is -1, below 0",
                "nvidia.com/gpu|1e12|nvidia.com/gpu is 1e12, above 64 devices",
                "amd.com/gpu|1|no accelerator answers to amd.com/gpu=1"
            })
    void badResourcesAreRefusedWithWhatWouldBeRight(String name, String amount, String message) throws Exception {
        HttpResponse<String> answer =
                post("{\"name\": \"bad\", \"kind\": \"BATCH\", \"resources\": {\"" + name + "\": \"" + amount + "\"}}");
        assertEquals(400, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains(message), answer.body());
        assertEquals(404, send(request("/platform/jobs/ops.bad").GET()).statusCode());
    }

    private JsonNode submit(String name, String resources, int tasks) throws Exception {
        HttpResponse<String> answer = post("{\"name\": \"" + name + "\", \"kind\": \"SERVING\", \"tasks\": " + tasks
                + ", \"resources\": " + resources + "}");
        assertEquals(201, answer.statusCode(), answer.body());
        return new ObjectMapper().readTree(answer.body());
    }

    private String phase(String name) throws Exception {
        HttpResponse<String> answer = send(request("/platform/jobs/ops." + name).GET());
        assertEquals(200, answer.statusCode(), answer.body());
        return new ObjectMapper().readTree(answer.body()).path("phase").asText();
    }

    private HttpResponse<String> post(String body) throws Exception {
        return send(request("/platform/jobs").POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path))
                .header("Authorization", "Bearer admin");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within 10 s", e);
        }
    }
}
