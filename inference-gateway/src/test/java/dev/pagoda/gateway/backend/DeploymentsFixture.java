package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Deployments over a fake platform, with what their tests share.
abstract class DeploymentsFixture {
    static final Principal ALICE = new Principal("acme", "team", "project", "key-1", Principal.Role.MEMBER);
    static final ReplicaConfig REPLICAS = ReplicaConfig.defaults();
    static final GatewayConfig QUICK = new GatewayConfig(2048, 32, 200, 3, 2, 1000, 100, List.of(), REPLICAS);

    Vertx vertx;
    FakePlatform platform;
    Telemetry telemetry;

    @SuppressWarnings("NullAway.Init") // every test starts one
    Deployments deployments;

    Context caller;
    int requests;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
        platform = new FakePlatform(vertx, 4);
        telemetry = new Telemetry();
        caller = vertx.getOrCreateContext();
    }

    @AfterEach
    void close() {
        await(deployments.stop());
        assertEquals(0, platform.devicesHeld(), "all devices are given back");
        await(vertx.close());
    }

    void start(GatewayConfig config, ModelVersion... versions) {
        for (var version : versions) {
            platform.announce(version);
        }
        deployments = new Deployments(vertx, platform.bus, telemetry, config, InstantSource.system());
        await(deployments.start());
        assertTrue(deployments.isReady());
    }

    Heard chat(ChatRequest request) {
        Heard heard = new Heard(request.n());
        caller.runOnContext(v -> deployments.chat(request, call(), heard));
        return heard;
    }

    ChatRequest request(String model, String question) {
        return ask(model, question, LengthLimits.none());
    }

    ChatRequest endless(String model, int tokens) {
        return ask(model, "Go on.", LengthLimits.of(tokens).withIgnoreEos(true));
    }

    private ChatRequest ask(String model, String question, LengthLimits limits) {
        return ChatRequest.of("q" + ++requests, model, List.of(new ChatMessage(Role.USER, question)))
                .withLimits(limits)
                .withSampling(Sampling.defaults().withTemperature(0));
    }

    static Call call() {
        return Call.within(ALICE, "trace", Duration.ofSeconds(60));
    }

    static @Nullable String code(Heard heard) {
        return heard.refusal == null ? null : heard.refusal.code();
    }

    GatewayStatus status() {
        return await(deployments.status());
    }

    void eventually(String model, Predicate<DeploymentStatus> holds) {
        until(() -> status().deployments().stream()
                .anyMatch(status -> status.model().equals(model) && holds.test(status)));
    }

    static void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 120 s");
            LockSupport.parkNanos(5_000_000);
        }
    }

    long metric(String name) {
        return telemetry
                .scrape()
                .lines()
                .filter(line -> line.startsWith(name + "{"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    static Refused failure(Future<?> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Refused refused) {
                return refused;
            }
            throw new AssertionError(failed);
        } catch (InterruptedException | TimeoutException late) {
            throw new AssertionError(late);
        }
        throw new AssertionError("it did not fail");
    }
}
