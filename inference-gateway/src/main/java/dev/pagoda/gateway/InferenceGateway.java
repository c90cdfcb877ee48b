package dev.pagoda.gateway;

import dev.pagoda.gateway.backend.DeploymentControl;
import dev.pagoda.gateway.backend.Deployments;
import dev.pagoda.gateway.backend.UsageBook;
import dev.pagoda.gateway.backend.VersionRouting;
import dev.pagoda.gateway.http.DeploymentRoutes;
import dev.pagoda.gateway.openai.BatchFiles;
import dev.pagoda.gateway.openai.OpenAiConfig;
import dev.pagoda.gateway.openai.OpenAiRoutes;
import dev.pagoda.gateway.protocol.Bodies;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.OpenApiDocument;
import dev.pagoda.gateway.protocol.ServedRoute;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The gateway as one piece: the deployments, and the protocols in which clients ask them.
public final class InferenceGateway {
    /// Paths whose requests are too many to be shown round: [#mountFront] answers them alone.
    public static final Set<String> FRONT = Set.of("/v1/chat/completions", "/v1/completions");

    /// The descriptions of routes from which the OpenAPI document is put together.
    static final List<String> DESCRIBED = List.of(
            "openai",
            "anthropic",
            "ollama",
            "kserve",
            "deployments",
            "limits",
            "cache",
            "guards",
            "journal",
            "requests");

    private final Vertx vertx;
    private final Store store;
    private final Deployments deployments;
    private final DeploymentRoutes deploymentRoutes;
    private final VersionRouting versions;
    private final Traffic traffic;
    private final Exchanges exchanges;
    private final OtherServers others;
    private final OpenAiRoutes openAi;
    private final Dialects dialects;

    /// What the module needs from the platform.
    ///
    /// @param data the gateway's own folder, made when first written to; empty: keep nothing outside the store
    public record Surroundings(
            Vertx vertx,
            Bus bus,
            Store store,
            HttpFloor http,
            Telemetry telemetry,
            InstantSource clock,
            Optional<Path> data) {
        public Surroundings {
            Objects.requireNonNull(vertx, "vertx");
            Objects.requireNonNull(bus, "bus");
            Objects.requireNonNull(store, "store");
            Objects.requireNonNull(http, "http");
            Objects.requireNonNull(telemetry, "telemetry");
            Objects.requireNonNull(clock, "clock");
            Objects.requireNonNull(data, "data");
        }
    }

    public InferenceGateway(
            Surroundings around, GatewayConfig config, OpenAiConfig openAiConfig, TrafficConfig trafficConfig) {
        this.vertx = around.vertx();
        this.store = around.store();
        this.deployments = new Deployments(around.vertx(), around.bus(), around.telemetry(), config, around.clock());
        var control = new DeploymentControl(deployments);
        this.versions = new VersionRouting(around.store(), control);
        deployments.routeVersions(versions);
        this.deploymentRoutes = new DeploymentRoutes(around.http(), control, versions);
        this.others = new OtherServers(around, trafficConfig.cassettes());
        this.traffic = new Traffic(around, trafficConfig, others.chats(deployments));
        deployments.weigh(traffic.limits()::weight);
        deployments.answerBy(traffic.front());
        this.exchanges = new Exchanges(
                around.vertx(),
                traffic.front(),
                around.telemetry(),
                new Exchanges.Bounds(openAiConfig.maxUnreadBytes(), openAiConfig.stallTimeout()));
        this.openAi = new OpenAiRoutes(
                new OpenAiRoutes.Ground(
                        around.vertx(),
                        around.http(),
                        exchanges,
                        Optional.of(others.relay(traffic, exchanges)),
                        around.store(),
                        BatchFiles.ofRegistry(around.bus()),
                        new UsageBook(around.vertx(), around.bus())::record,
                        traffic.media(deployments.requests()),
                        around.clock()),
                traffic.front(),
                openAiConfig);
        this.dialects = new Dialects(
                around,
                traffic.front(),
                exchanges,
                new Bodies.Bounds(
                        openAiConfig.maxBodyBytes(), openAiConfig.requestTimeout(), openAiConfig.strictParameters()),
                deployments::isReady);
    }

    /// Deploys what the registry marks for serving; completes when each has its least number of replicas.
    public Future<Void> start() {
        return migrated()
                .compose(ready -> versions.load())
                .compose(ready -> traffic.start())
                .compose(ready -> dialects.start())
                .compose(ready -> others.start())
                .compose(ready -> deployments.start());
    }

    private Future<Void> migrated() {
        return vertx.executeBlocking(() -> {
                    store.migrate("gateway");
                    others.open();
                    return true;
                })
                .mapEmpty();
    }

    /// Adds the routes of all protocols, and those below `/platform` by which the gateway is administered.
    public void mount(Router root) {
        int before = root.getRoutes().size();
        mountAll(root);
        Buffer document = Buffer.buffer(
                OpenApiDocument.of(DESCRIBED, ServedRoute.of(root, before)).toString());
        root.get("/openapi.json")
                .handler(ctx -> ctx.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .end(document)
                        .onFailure(gone -> {}));
    }

    private void mountAll(Router root) {
        traffic.mount(root);
        deploymentRoutes.mount(root);
        others.mount(root);
        // before OpenAI's, which own the rest of `/v1`
        dialects.mount(root);
        openAi.mount(root);
    }

    /// Adds the routes of [#FRONT].
    public void mountFront(Router front) {
        openAi.mountChats(front);
    }

    public boolean isReady() {
        return deployments.isReady();
    }

    /// Refuses new requests and lets streams end, for at most `patience`; then ends them properly.
    public Future<Void> drain(Duration patience) {
        return exchanges.drain(patience);
    }

    /// Gives the devices back.
    public Future<Void> stop() {
        return deployments.stop().eventually(others::stop).eventually(traffic::stop);
    }
}
