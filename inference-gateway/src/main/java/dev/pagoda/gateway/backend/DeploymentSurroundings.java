package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.governance.bus.Bus;
import io.vertx.core.Vertx;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/// What all deployments share.
///
/// @param clock       the engines' time, and the real one
/// @param nextReplica numbers for replicas, none twice
/// @param weights     of tenants, each at least 1
record DeploymentSurroundings(
        Vertx vertx,
        Bus bus,
        EngineClock clock,
        StepTimer timer,
        Outbox outbox,
        VllmMetrics metrics,
        GatewayConfig config,
        LongSupplier nextReplica,
        ToIntFunction<String> weights) {}
