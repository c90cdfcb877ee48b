package dev.pagoda.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceActivity;
import dev.pagoda.compute.api.FindLink;
import dev.pagoda.compute.api.LinkBetween;
import dev.pagoda.compute.api.NodeChanged;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.compute.api.SetLinks;
import dev.pagoda.compute.api.SetNode;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
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
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FleetTest {
    private static final Principal ADMIN = new Principal("ops", "t", "p", "k1", Principal.Role.ADMIN);
    private static final Principal MEMBER = new Principal("acme", "t", "p", "k2", Principal.Role.MEMBER);
    private static final long NOW_MICROS = 1_700_000_000_000_123L;
    private static final long GIB = 1L << 30;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final Telemetry telemetry = new Telemetry();
    private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    private final HttpClient client = HttpClient.newHttpClient();
    private final Fleet fleet = new Fleet(
            new Fleet.Surroundings(
                    vertx,
                    bus,
                    store,
                    new HttpFloor(
                            vertx,
                            key -> Future.succeededFuture(Optional.ofNullable(
                                    Map.of("admin", ADMIN, "member", MEMBER).get(key)))),
                    telemetry,
                    InstantSource.fixed(Instant.EPOCH.plusNanos(NOW_MICROS * 1_000))),
            ComputeConfig.defaults());
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
    void placesAndReleasesOverTheBus() {
        Placed placed = place(new PlaceGang("replica", 4, 40 * GIB, List.of("h100-sxm"), true));
        assertEquals(4, placed.devices().size());
        assertEquals("h100-sxm", placed.accelerator().id());
        assertEquals(
                1,
                await(bus.ask(Compute.STATUS, new StatusQuery(), call(MEMBER))).placements());
        assertEquals(4, release(placed));
        assertEquals(0, release(placed));
    }

    @Test
    void saysHowPlacementsReachEachOther() {
        Placed one = place(new PlaceGang("a", 2, 0, List.of("h100-sxm"), true));
        Placed two = place(new PlaceGang("b", 4, 0, List.of("h100-sxm"), true));
        assertEquals(one.devices().getFirst().node(), two.devices().getFirst().node());
        LinkBetween near = link(one, two);
        assertEquals("link_domain", near.level());
        assertEquals(2 * one.accelerator().link().bytesPerSecondOneWay(), near.bytesPerSecond(), "two pairs");

        Placed far = place(new PlaceGang("c", 1, 0, List.of("mi300x"), true));
        LinkBetween across = link(one, far);
        assertTrue(List.of("rack", "zone", "region", "world").contains(across.level()), across.level());
        assertTrue(across.bytesPerSecond() < near.bytesPerSecond() / 2);
        assertTrue(across.latencySeconds() > near.latencySeconds());

        await(bus.ask(Compute.SET_LINKS, new SetLinks(far.devices().getFirst().node(), .25), call(ADMIN)));
        assertEquals(across.bytesPerSecond() / 4, link(far, one).bytesPerSecond(), 1);
        assertEquals(near, link(one, two), "links within a node are not those of its network");

        release(far);
        var gone = assertThrows(Refused.class, () -> link(one, far));
        assertEquals("placement_not_found", gone.refusal().code());
    }

    private LinkBetween link(Placed from, Placed to) {
        return await(bus.ask(Compute.LINK, new FindLink(from.placementId(), to.placementId()), call(MEMBER)));
    }

    @Test
    void saysHowLongAReplicaTakesToStart() {
        var artefacts = new Artefacts("engine:1", 8 * GIB, "llama-70b", 140 * GIB);
        var gang = new PlaceGang("replica", 8, 0, List.of("mi300x"), true, artefacts);
        Placed first = place(gang);
        assertFalse(first.start().imageHot() || first.start().weightsHot());
        assertEquals(500, first.start().bootMillis());
        release(first);
        Placed second = place(gang);
        // no time has passed, so the fetch of the first goes on and the second waits for it
        assertFalse(second.start().imageHot());
        assertEquals(first.start().imageMillis(), second.start().imageMillis());
        Placed plain = place(new PlaceGang("plain", 1, 0, List.of("l20"), true));
        assertEquals(500, plain.start().totalMillis());
    }

    @Test
    void endsALostPlacementThoughTheDiskRefusesAtFirst() throws Exception {
        place(new PlaceGang("replica", 8, 0, List.of("mi300x"), true));
        String refuse = "CREATE TRIGGER refuse BEFORE INSERT ON compute_event WHEN NEW.body LIKE '%Cancel%'"
                + " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
        await(store.write(handle -> handle.execute(refuse)));
        await(bus.ask(Compute.SET_NODE, new SetNode("mi300x-0", NodeState.DOWN), call(ADMIN)));
        assertTrue(get("/platform/jobs?phase=pending", "admin").body().contains("p-"), "it waits for a node");
        await(store.write(handle -> handle.execute("DROP TRIGGER refuse")));
        awaitNoServingJob();
        await(bus.ask(Compute.SET_NODE, new SetNode("mi300x-0", NodeState.UP), call(ADMIN)));
        assertEquals(
                8,
                place(new PlaceGang("next", 8, 0, List.of("mi300x"), true))
                        .devices()
                        .size());
    }

    @Test
    void takesBackDevicesThatCameAfterTheDeadline() throws Exception {
        var disk = new CountDownLatch(1);
        Future<Boolean> held = store.write(handle -> disk.await(60, TimeUnit.SECONDS));
        Call hurried = Call.within(MEMBER, "trace", Duration.ofMillis(100));
        Refused late = assertThrows(
                Refused.class,
                () -> await(bus.ask(Compute.PLACE, new PlaceGang("replica", 8, 0, List.of("mi300x"), true), hurried)));
        assertEquals(Reason.DEADLINE, late.refusal().reason());
        disk.countDown();
        assertTrue(await(held));
        awaitNoServingJob();
        assertEquals(
                8,
                place(new PlaceGang("next", 8, 0, List.of("mi300x"), true))
                        .devices()
                        .size());
    }

    /// Waits until every event so far is on disk and no replica's job waits or runs.
    private void awaitNoServingJob() throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            JsonNode jobs = json(get("/platform/jobs?queue=serving", "admin")).path("jobs");
            boolean isOver = jobs.size() > 0;
            for (JsonNode job : jobs) {
                isOver &= job.path("phase").asText().equals("CANCELLED");
            }
            if (isOver) {
                return;
            }
            assertTrue(System.nanoTime() < deadline, jobs.toString());
            Thread.onSpinWait();
        }
    }

    @Test
    void refusesWithReasonCodeAndCounts() {
        Refused never = refused(new PlaceGang("replica", 9, 0, List.of("mi300x"), true));
        assertEquals(Reason.UNPROCESSABLE, never.refusal().reason());
        assertEquals("fleet_too_small", never.refusal().code());
        place(new PlaceGang("replica", 8, 0, List.of("mi300x"), true));
        Refused later = refused(new PlaceGang("replica", 1, 0, List.of("mi300x"), true));
        assertEquals(Reason.EXHAUSTED, later.refusal().reason());
        assertTrue(
                later.refusal().message().startsWith("it needs 1 device of mi300x and 0 are free"),
                later.refusal().message());
    }

    @Test
    void listsNodesWithWhoUsesThem() throws Exception {
        place(new PlaceGang("replica", 2, 30 * GIB, List.of("l20"), true));
        JsonNode reply = json(get("/platform/nodes", "admin"));
        assertEquals(5, reply.path("nodes").size());
        JsonNode l20 = reply.path("nodes").get(4);
        assertEquals("l20-0", l20.path("id").asText());
        assertEquals("UP", l20.path("state").asText());
        assertEquals(NOW_MICROS, l20.path("state_since_micros").asLong());
        assertEquals("replica", l20.path("devices").get(1).path("owner").asText());
        assertEquals(30 * GIB, l20.path("devices").get(1).path("used_bytes").asLong());
        assertTrue(l20.path("devices").get(2).path("placement_id").isNull());
        assertEquals(4, reply.path("accelerators").size());
        assertEquals(
                "l20-0", json(get("/platform/nodes/l20-0", "admin")).path("id").asText());
    }

    @Test
    void hidesOwnersFromMembers() throws Exception {
        place(new PlaceGang("replica", 2, 30 * GIB, List.of("l20"), true));
        assertFalse(get("/platform/nodes", "member").body().contains("replica"));
        assertFalse(get("/platform/placements", "member").body().contains("replica"));
        JsonNode placements = json(get("/platform/placements", "admin")).path("placements");
        assertEquals("replica", placements.get(0).path("owner").asText());
        assertEquals(NOW_MICROS, placements.get(0).path("placed_at_micros").asLong());
        assertEquals(2, placements.get(0).path("devices").size());
    }

    @Test
    void announcesWhatAFailedNodeTookWithIt() throws Exception {
        BlockingQueue<Record> heard = new LinkedBlockingQueue<>();
        bus.subscribe(Compute.PLACEMENT_LOST, (event, call) -> heard.add(event));
        bus.subscribe(Compute.NODE_CHANGED, (event, call) -> heard.add(event));
        Placed placed = place(new PlaceGang("replica", 12, 0, List.of("h100-sxm"), false));

        JsonNode failed = json(post("/platform/nodes/h100-0/fail", "admin"));
        assertEquals("DOWN", failed.path("node").path("state").asText());
        assertTrue(failed.path("changed").asBoolean());
        assertEquals(placed.placementId(), failed.path("lost").get(0).asText());
        assertFalse(json(post("/platform/nodes/h100-0/fail", "admin"))
                .path("changed")
                .asBoolean());
        assertTrue(json(post("/platform/nodes/h100-0/recover", "admin"))
                .path("changed")
                .asBoolean());

        List<Record> events = List.of(take(heard), take(heard), take(heard));
        assertTrue(events.contains(
                new PlacementLost(placed.placementId(), "replica", "h100-0", placed.devices(), NOW_MICROS)));
        assertTrue(events.contains(new NodeChanged("h100-0", NodeState.DOWN, NOW_MICROS)));
        assertTrue(events.contains(new NodeChanged("h100-0", NodeState.UP, NOW_MICROS)));
        assertEquals(
                16,
                place(new PlaceGang("replica", 16, 0, List.of("h100-sxm"), false))
                        .devices()
                        .size());
    }

    @Test
    void onlyAdministratorsChangeNodes() throws Exception {
        assertProblem(403, "admin_only", post("/platform/nodes/h100-0/fail", "member"));
        assertEquals(
                5,
                await(bus.ask(Compute.STATUS, new StatusQuery(), call(MEMBER))).nodesUp());
        var refused = assertThrows(
                Refused.class,
                () -> await(bus.ask(Compute.SET_NODE, new SetNode("h100-0", NodeState.DOWN), call(MEMBER))));
        assertEquals(Reason.FORBIDDEN, refused.refusal().reason());
    }

    @Test
    void refusesUnknownNodesPathsMethodsAndKeys() throws Exception {
        HttpResponse<String> unknown = post("/platform/nodes/h100-7/fail", "admin");
        assertProblem(404, "node_not_found", unknown);
        assertTrue(unknown.body().contains("the nearest is h100-0"), unknown.body());
        assertProblem(404, "node_not_found", get("/platform/nodes/h100-7", "admin"));
        assertProblem(404, "not_found", get("/platform/nodes/h100-0/nothing", "admin"));
        assertProblem(405, "method_not_allowed", post("/platform/nodes/h100-0", "admin"));
        assertProblem(405, "method_not_allowed", get("/platform/nodes/h100-0/fail", "admin"));
        assertProblem(401, "missing_api_key", get("/platform/nodes", ""));
        assertProblem(401, "invalid_api_key", get("/platform/placements", "other"));
    }

    @Test
    void leavesOtherPathsToOtherModules() throws Exception {
        HttpResponse<String> other = get("/platform/nodesX", "admin");
        assertEquals(404, other.statusCode());
        assertFalse(other.headers().firstValue("x-request-id").isPresent());
    }

    @Test
    void metersDevicesByKindAndMemoryByDevice() {
        place(new PlaceGang("replica", 3, 30 * GIB, List.of("l20"), true));
        refused(new PlaceGang("replica", 9, 0, List.of("mi300x"), true));
        String page = telemetry.scrape();
        assertTrue(page.contains("pagoda_compute_devices{accelerator=\"h100-sxm\"} 16.0"), page);
        assertTrue(page.contains("pagoda_compute_devices_used{accelerator=\"l20\"} 3.0"), page);
        assertTrue(page.contains("pagoda_compute_cost_usd_per_hour{accelerator=\"l20\"} 1.069"), page);
        assertTrue(page.contains("pagoda_compute_cost_usd_per_hour{accelerator=\"h100-sxm\"} 0.0"), page);
        // sixteen idle devices of 700 W, with their hosts and the building
        assertTrue(page.contains("pagoda_compute_power_watts{accelerator=\"h100-sxm\"} 2177."), page);
        assertTrue(page.contains("pagoda_compute_carbon_grams_per_hour{accelerator=\"h100-sxm\"} 898."), page);
        assertTrue(page.contains("pagoda_compute_refusals_total{reason=\"fleet_too_small\"} 1.0"), page);
        assertEquals(
                72,
                page.lines().filter(line -> line.startsWith("DCGM_FI_DEV_FB_")).count());
        assertTrue(
                page.lines()
                        .anyMatch(line -> line.startsWith("DCGM_FI_DEV_FB_USED{gpu=\"2\"")
                                && line.contains("modelName=\"NVIDIA L20\"")
                                && line.endsWith("hostname=\"l20-0\"} 30720")),
                page);
        await(bus.ask(Compute.SET_NODE, new SetNode("l20-0", NodeState.DOWN), call(ADMIN)));
        page = telemetry.scrape();
        assertEquals(
                64,
                page.lines().filter(line -> line.startsWith("DCGM_FI_DEV_FB_")).count());
        assertTrue(page.contains("pagoda_compute_placements_lost_total 1.0"), page);
    }

    @Test
    void exportsWhatDashboardsOfDevicesAskFor() {
        Placed placed = place(new PlaceGang("replica", 1, 30 * GIB, List.of("h100-sxm"), true));
        double idle = sample("DCGM_FI_DEV_POWER_USAGE{gpu=\"0\"");
        bus.publish(Compute.DEVICE_ACTIVITY, new DeviceActivity(Map.of(placed.placementId(), 0.5)), call(MEMBER));
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (sample("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\"") == 0 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertEquals(50, sample("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\""));
        assertTrue(sample("DCGM_FI_DEV_POWER_USAGE{gpu=\"0\"") > idle);
        assertEquals(1_980, sample("DCGM_FI_DEV_SM_CLOCK{gpu=\"0\""));
        assertEquals(210, sample("DCGM_FI_DEV_SM_CLOCK{gpu=\"1\""));
        assertEquals(80 * GIB, sample("hami_gpu_memory_allocated_bytes{node=\"h100-0\",device_index=\"0\""));
        assertEquals(1, sample("hami_gpu_shared_count{node=\"h100-0\",device_index=\"0\""));
    }

    /// The first sample whose line begins like this.
    private double sample(String begin) {
        return telemetry
                .scrape()
                .lines()
                .filter(line -> line.startsWith(begin))
                .findFirst()
                .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .orElseThrow(() -> new AssertionError("nothing begins with " + begin));
    }

    @Test
    void dividesADeviceThatAnAdministratorAsksFor() throws Exception {
        String mig = "{\"mode\":\"mig\"}";
        JsonNode reply = json(put("/platform/nodes/h100-0/devices/3/partition", "admin", mig));
        assertEquals("whole", reply.path("mode").asText());
        assertEquals("mig", reply.path("next").asText());
        assertEquals(NOW_MICROS + 30_000_000, reply.path("ready_at_micros").asLong());
        assertEquals(
                403,
                put("/platform/nodes/h100-0/devices/3/partition", "member", mig).statusCode());
        assertEquals(
                400,
                put("/platform/nodes/h100-0/devices/3/partition", "admin", "{}").statusCode());
        assertEquals(
                404,
                put("/platform/nodes/h100-0/devices/8/partition", "admin", mig).statusCode());
        assertEquals(
                404,
                put("/platform/nodes/h100-7/devices/0/partition", "admin", mig).statusCode());
        HttpResponse<String> unknown = put("/platform/nodes/l20-0/devices/0/partition", "admin", mig);
        assertEquals(400, unknown.statusCode(), unknown.body());
        assertTrue(unknown.body().contains("have no partition mode mig; they have whole"), unknown.body());
    }

    @Test
    void answersNoMoreOnceStopped() {
        assertTrue(fleet.isReady());
        await(fleet.stop());
        assertFalse(fleet.isReady());
        Refused refused = refused(new PlaceGang("replica", 1, 0, List.of(), true));
        assertEquals(Reason.UNAVAILABLE, refused.refusal().reason());
    }

    private Placed place(PlaceGang gang) {
        return await(bus.ask(Compute.PLACE, gang, call(MEMBER)));
    }

    private Refused refused(PlaceGang gang) {
        return assertThrows(Refused.class, () -> place(gang));
    }

    private int release(Placed placed) {
        return await(bus.ask(Compute.RELEASE, new ReleaseGang(placed.placementId()), call(MEMBER)))
                .devices();
    }

    private HttpResponse<String> get(String path, String key) throws Exception {
        return send(request(path, key).GET());
    }

    private HttpResponse<String> post(String path, String key) throws Exception {
        return send(request(path, key).POST(HttpRequest.BodyPublishers.noBody()));
    }

    private HttpResponse<String> put(String path, String key, String body) throws Exception {
        return send(request(path, key).PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path, String key) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path));
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        assertEquals(200, response.statusCode(), response.body());
        return new ObjectMapper().readTree(response.body());
    }

    private static void assertProblem(int status, String title, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals(
                title,
                new ObjectMapper().readTree(response.body()).path("title").asText());
    }

    private static Record take(BlockingQueue<Record> heard) throws InterruptedException {
        Record event = heard.poll(60, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("no event was heard within 10 s");
        }
        return event;
    }

    private static Call call(Principal principal) {
        return Call.within(principal, "trace", Duration.ofSeconds(60));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer within 10 s", e);
        }
    }
}
