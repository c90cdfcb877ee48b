package dev.pagoda.gateway;

import dev.pagoda.gateway.backend.Deployments;
import dev.pagoda.gateway.openai.OpenAiConfig;
import dev.pagoda.gateway.openai.OpenAiRoutes;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;

/// The gateway as one piece: the deployments, and the protocols in which clients ask them.
public final class InferenceGateway {
    private final Deployments deployments;
    private final OpenAiRoutes openAi;

    /// What the module needs from the platform.
    public record Surroundings(Vertx vertx, Bus bus, HttpFloor http, Telemetry telemetry, InstantSource clock) {
        public Surroundings {
            Objects.requireNonNull(vertx, "vertx");
            Objects.requireNonNull(bus, "bus");
            Objects.requireNonNull(http, "http");
            Objects.requireNonNull(telemetry, "telemetry");
            Objects.requireNonNull(clock, "clock");
        }
    }

    public InferenceGateway(Surroundings around, GatewayConfig config, OpenAiConfig openAiConfig) {
        this.deployments = new Deployments(around.vertx(), around.bus(), around.telemetry(), config, around.clock());
        this.openAi = new OpenAiRoutes(
                new OpenAiRoutes.Ground(around.vertx(), around.http(), around.telemetry(), around.clock()),
                deployments,
                openAiConfig);
    }

    /// Deploys what the registry marks for serving; completes when each has its least number of replicas.
    public Future<Void> start() {
        return deployments.start();
    }

    /// Adds the routes under `/v1`.
    public void mount(Router root) {
        openAi.mount(root);
    }

    public boolean isReady() {
        return deployments.isReady();
    }

    /// Refuses new requests and lets streams end, for at most `patience`; then ends them properly.
    public Future<Void> drain(Duration patience) {
        return openAi.drain(patience);
    }

    /// Gives the devices back.
    public Future<Void> stop() {
        return deployments.stop();
    }
}
