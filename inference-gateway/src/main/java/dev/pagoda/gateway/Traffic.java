package dev.pagoda.gateway;

import dev.pagoda.gateway.InferenceGateway.Surroundings;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.cache.CachePolicy;
import dev.pagoda.gateway.cache.CachingChats;
import dev.pagoda.gateway.guard.GuardPolicy;
import dev.pagoda.gateway.guard.GuardedChats;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.LimitDefaults;
import dev.pagoda.gateway.limit.LimitRoutes;
import dev.pagoda.gateway.limit.LimitSettings;
import dev.pagoda.gateway.limit.LimitedChats;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.gateway.policy.PolicyRoutes;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;

/// What every request meets between its protocol and the engines, from the client's end: checks of messages and
/// answers, answers that are given again,
/// limits.
final class Traffic {
    private final Surroundings around;
    private final LimitBook book;
    private final LimitSettings limits;
    private final PolicyBook<CachePolicy> caching;
    private final PolicyBook<GuardPolicy> guarding;
    private final ChatService front;

    /// @param next what answers behind all of it
    Traffic(Surroundings around, TrafficConfig config, ChatService next) {
        this.around = around;
        this.book = new LimitBook(new LimitDefaults(
                config.limits().requestsPerMinute(),
                config.limits().tokensPerMinute(),
                config.limits().concurrent()));
        this.limits = new LimitSettings(around.store(), book);
        var limited = new LimitedChats(
                next,
                book,
                around.vertx(),
                around.telemetry(),
                System::nanoTime,
                config.limits().openAnswerTokens());
        this.caching = new PolicyBook<>(around.store(), "cache", CachePolicy.class);
        var cached = new CachingChats(
                limited,
                new CachingChats.Ground(around.vertx(), around.bus(), around.telemetry(), around.clock()),
                caching,
                config.cache());
        this.guarding = new PolicyBook<>(around.store(), "guards", GuardPolicy.class);
        this.front = new GuardedChats(cached, around.vertx(), guarding, around.telemetry());
    }

    /// What the protocols ask.
    ChatService front() {
        return front;
    }

    /// What limits have been taken.
    LimitBook limits() {
        return book;
    }

    /// Brings what is set into force; the tables are there.
    Future<Void> start() {
        return Future.all(limits.load(), caching.load(), guarding.load()).mapEmpty();
    }

    /// Adds the routes by which it is administered.
    void mount(Router root) {
        new LimitRoutes(limits).mount(root, around.http());
        new PolicyRoutes<>(caching, "/platform/cache").mount(root, around.http());
        new PolicyRoutes<>(guarding, "/platform/guards").mount(root, around.http());
    }
}
