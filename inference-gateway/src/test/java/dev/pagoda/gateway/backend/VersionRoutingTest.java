package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.VersionWeights.Share;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// A new version of a model is tried on a part of its sessions.
class VersionRoutingTest extends DeploymentsFixture {
    private VersionRouting routing(Store store) {
        store.migrate("gateway");
        var routing = new VersionRouting(store, new DeploymentControl(deployments));
        await(routing.load());
        deployments.routeVersions(routing);
        return routing;
    }

    private String version(String session) {
        ChatRequest request = request("tiny", "Hello?");
        Hints hints = Hints.none();
        var sticky = new Hints(0, session, hints.serviceTier(), "", Map.of(), "", "", hints.headers());
        return Objects.requireNonNull(chat(request.withHints(sticky)).await().started)
                .version();
    }

    @Test
    void aCanaryGrowsAndIsTakenBack() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100), FakePlatform.secondVersion("tiny"));
        try (Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty())) {
            VersionRouting routing = routing(store);
            assertEquals("1", version("s"));
            assertEquals(
                    "deployment_not_found",
                    failure(routing.set("tiny", List.of(new Share(3, 1))))
                            .refusal()
                            .code());

            await(routing.set("tiny", List.of(new Share(1, 50), new Share(2, 50))));
            Map<String, String> first = new TreeMap<>();
            for (int i = 0; i < 30; i++) {
                first.put("s" + i, version("s" + i));
            }
            assertTrue(first.containsValue("1") && first.containsValue("2"), first.toString());
            first.forEach((session, version) -> assertEquals(version, version(session), session));
            assertEquals("1", chatVersion("tiny:1"), "who names a version gets it");

            await(routing.set("tiny", List.of(new Share(2, 1))));
            assertEquals("2", version("anybody"));
            assertEquals(
                    List.of(new Share(1, 50), new Share(2, 50)),
                    await(routing.rollBack("tiny")).orElseThrow().versions());
            assertEquals(
                    "nothing_before",
                    failure(routing.rollBack("tiny")).refusal().code());
            await(routing.remove("tiny"));
            assertEquals("1", version("anybody"));
        }
        String page = telemetry.scrape();
        assertTrue(
                page.contains(
                        "pagoda_gateway_version_requests_total{model=\"tiny\",outcome=\"completed\",version=\"2\"}"),
                page.lines()
                        .filter(line -> line.contains("version_requests"))
                        .toList()
                        .toString());
        assertTrue(page.contains("pagoda_gateway_version_first_token_seconds_bucket{model=\"tiny\",version=\"1\""));
    }

    @Test
    void aCanaryIsThereAfterARestartAndGivesWayWhenItsVersionIsGone() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100), FakePlatform.secondVersion("tiny"));
        try (Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty())) {
            await(routing(store).set("tiny", List.of(new Share(2, 1))));
            assertEquals("2", version("s"));
            VersionRouting again = routing(store);
            assertEquals(
                    List.of(new Share(2, 1)),
                    Objects.requireNonNull(again.all().get("tiny")).versions());
            platform.forget("tiny:2");
            assertEquals("1", version("s"));
            assertEquals(Optional.empty(), await(again.rollBack("TINY")));
        }
    }

    private String chatVersion(String model) {
        return Objects.requireNonNull(chat(request(model, "Hello?")).await().started)
                .version();
    }
}
