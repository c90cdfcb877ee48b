package dev.pagoda.gateway;

import dev.pagoda.gateway.InferenceGateway.Surroundings;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.cassette.CassetteConfig;
import dev.pagoda.gateway.cassette.Cassettes;
import dev.pagoda.gateway.openai.Relay;
import dev.pagoda.gateway.openai.RelayMeters;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.upstream.UpstreamChats;
import dev.pagoda.gateway.upstream.UpstreamRoutes;
import dev.pagoda.gateway.upstream.Upstreams;
import dev.pagoda.gateway.usage.UsageSpool;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import java.util.List;

/// The servers of others that answer for models, and what takes requests to them.
final class OtherServers {
    private final Surroundings around;
    private final Upstreams upstreams;
    private final UpstreamRoutes routes;
    private final UsageSpool usage;
    private final Cassettes cassettes;

    OtherServers(Surroundings around, List<CassetteConfig> cassettes) {
        this.around = around;
        this.cassettes = new Cassettes(around.vertx(), cassettes, System::getenv);
        this.upstreams = new Upstreams(around.vertx(), around.store(), System::getenv);
        this.routes = new UpstreamRoutes(around.http(), upstreams);
        this.usage = new UsageSpool(around.vertx(), around.bus(), around.data().map(folder -> folder.resolve("usage")));
    }

    /// Chats of all protocols with their models.
    ///
    /// @param next answers for all other models
    ChatService chats(ChatService next) {
        return new UpstreamChats(around.vertx(), next, upstreams, usage, around.clock());
    }

    /// The short way, for what nobody on the long one has to read.
    Relay relay(Traffic traffic, Exchanges exchanges) {
        return new Relay(new Relay.Ground(
                around.vertx(),
                upstreams,
                traffic.limits(),
                traffic::mustRead,
                usage,
                traffic.journal(),
                exchanges,
                new RelayMeters(around.telemetry().meters()),
                around.store(),
                around.clock()));
    }

    /// Takes over the usage that an earlier process had not booked. Blocks.
    void open() {
        usage.open();
    }

    Future<Void> start() {
        return upstreams
                .start()
                .compose(read -> cassettes.start())
                .onSuccess(specs -> specs.forEach(upstreams::add))
                .mapEmpty();
    }

    void mount(Router root) {
        routes.mount(root);
    }

    Future<Void> stop() {
        upstreams.close();
        return usage.close().eventually(cassettes::close);
    }
}
