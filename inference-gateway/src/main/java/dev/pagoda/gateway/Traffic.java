package dev.pagoda.gateway;

import dev.pagoda.gateway.InferenceGateway.Surroundings;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.LimitDefaults;
import dev.pagoda.gateway.limit.LimitRoutes;
import dev.pagoda.gateway.limit.LimitSettings;
import dev.pagoda.gateway.limit.LimitedChats;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;

/// What every request meets between its protocol and the engines, from the client's end: limits.
final class Traffic {
    private final Surroundings around;
    private final LimitBook book;
    private final LimitSettings limits;
    private final ChatService front;

    /// @param next what answers behind all of it
    Traffic(Surroundings around, TrafficConfig config, ChatService next) {
        this.around = around;
        this.book = new LimitBook(new LimitDefaults(
                config.limits().requestsPerMinute(),
                config.limits().tokensPerMinute(),
                config.limits().concurrent()));
        this.limits = new LimitSettings(around.store(), book);
        this.front = new LimitedChats(
                next,
                book,
                around.vertx(),
                around.telemetry(),
                System::nanoTime,
                config.limits().openAnswerTokens());
    }

    /// What the protocols ask.
    ChatService front() {
        return front;
    }

    /// Brings what is set into force; the tables are there.
    Future<Void> start() {
        return limits.load();
    }

    /// Adds the routes by which it is administered.
    void mount(Router root) {
        new LimitRoutes(limits).mount(root, around.http());
    }
}
