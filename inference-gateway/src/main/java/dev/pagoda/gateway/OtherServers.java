package dev.pagoda.gateway;

import dev.pagoda.gateway.InferenceGateway.Surroundings;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.openai.Relay;
import dev.pagoda.gateway.openai.RelayMeters;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.upstream.UpstreamRoutes;
import dev.pagoda.gateway.upstream.Upstreams;
import dev.pagoda.gateway.usage.UsageSpool;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;

/// The servers of others that answer for models, and what takes requests to them.
final class OtherServers {
    private final Upstreams upstreams;
    private final UpstreamRoutes routes;
    private final UsageSpool usage;
    private final Relay relay;

    OtherServers(Surroundings around, LimitBook limits, Exchanges exchanges) {
        this.upstreams = new Upstreams(around.vertx(), around.store(), System::getenv);
        this.routes = new UpstreamRoutes(around.http(), upstreams);
        this.usage = new UsageSpool(around.vertx(), around.bus(), around.data().map(folder -> folder.resolve("usage")));
        this.relay = new Relay(new Relay.Ground(
                around.vertx(),
                upstreams,
                limits,
                usage,
                exchanges,
                new RelayMeters(around.telemetry().meters()),
                around.clock()));
    }

    Relay relay() {
        return relay;
    }

    /// Takes over the usage that an earlier process had not booked. Blocks.
    void open() {
        usage.open();
    }

    Future<Void> start() {
        return upstreams.start();
    }

    void mount(Router root) {
        routes.mount(root);
    }

    Future<Void> stop() {
        upstreams.close();
        return usage.close();
    }
}
