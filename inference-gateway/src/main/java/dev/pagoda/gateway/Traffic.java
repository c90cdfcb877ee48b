package dev.pagoda.gateway;

import dev.pagoda.gateway.InferenceGateway.Surroundings;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.backend.RequestService;
import dev.pagoda.gateway.backend.TimedChats;
import dev.pagoda.gateway.cache.CachePolicy;
import dev.pagoda.gateway.cache.CachingChats;
import dev.pagoda.gateway.dispatch.RoutePolicy;
import dev.pagoda.gateway.dispatch.RoutedChats;
import dev.pagoda.gateway.fault.FaultyChats;
import dev.pagoda.gateway.guard.GuardPolicy;
import dev.pagoda.gateway.guard.GuardedChats;
import dev.pagoda.gateway.journal.JournalPolicy;
import dev.pagoda.gateway.journal.JournalRoutes;
import dev.pagoda.gateway.journal.JournaledChats;
import dev.pagoda.gateway.journal.KeptTexts;
import dev.pagoda.gateway.journal.RequestJournal;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.LimitDefaults;
import dev.pagoda.gateway.limit.LimitRoutes;
import dev.pagoda.gateway.limit.LimitSettings;
import dev.pagoda.gateway.limit.LimitedChats;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.gateway.policy.PolicyRoutes;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;

/// What every request meets between its protocol and the engines, from the client's end: the request log,
/// checks of messages and answers, answers that are given again, limits.
final class Traffic {
    private final Surroundings around;
    private final LimitBook book;
    private final LimitSettings limits;
    private final PolicyBook<RoutePolicy> routing;
    private final PolicyBook<CachePolicy> caching;
    private final PolicyBook<GuardPolicy> guarding;
    private final PolicyBook<JournalPolicy> keeping;
    private final RequestJournal journal;
    private final GuardedChats guarded;
    private final ChatService front;

    /// @param next what answers behind all of it
    Traffic(Surroundings around, TrafficConfig config, ChatService next) {
        this.around = around;
        this.book = new LimitBook(new LimitDefaults(
                config.limits().requestsPerMinute(),
                config.limits().tokensPerMinute(),
                config.limits().concurrent()));
        this.limits = new LimitSettings(around.store(), book);
        var faulty = new FaultyChats(around.vertx(), next, config.faults());
        var timed = new TimedChats(faulty, around.telemetry().meters());
        this.routing = new PolicyBook<>(around.store(), "routes", RoutePolicy.class);
        var routed = new RoutedChats(
                around.vertx(), timed, routing, around.telemetry().meters());
        var limited = new LimitedChats(
                routed,
                book,
                (asked, call) -> around.bus()
                        .ask(Registry.RESOLVE, new ResolveModel(asked), call)
                        .map(ModelVersion::model),
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
        this.guarded = new GuardedChats(cached, around.vertx(), guarding, around.telemetry());
        this.keeping = new PolicyBook<>(around.store(), "journal", JournalPolicy.class);
        this.journal = new RequestJournal(
                around.vertx(),
                around.data().map(folder -> folder.resolve("requests")),
                new KeptTexts(around.store()),
                config.journal(),
                keeping,
                around.clock(),
                around.telemetry());
        this.front = new JournaledChats(guarded, journal, around.clock());
    }

    /// What the protocols ask.
    ChatService front() {
        return front;
    }

    /// What requests for pictures and sounds pass.
    MediaService media(RequestService engines) {
        return new MediaTraffic(engines, guarded, book, journal, around.clock());
    }

    /// What limits have been taken.
    LimitBook limits() {
        return book;
    }

    /// Brings what is set into force; the tables are there.
    Future<Void> start() {
        return Future.all(
                        limits.load(), routing.load(), caching.load(), guarding.load(), keeping.load(), journal.start())
                .mapEmpty();
    }

    /// Adds the routes by which it is administered.
    void mount(Router root) {
        new LimitRoutes(limits).mount(root, around.http());
        new PolicyRoutes<>(routing, "/platform/routes").mount(root, around.http());
        new PolicyRoutes<>(caching, "/platform/cache").mount(root, around.http());
        new PolicyRoutes<>(guarding, "/platform/guards").mount(root, around.http());
        new PolicyRoutes<>(keeping, "/platform/journal").mount(root, around.http());
        new JournalRoutes(journal).mount(root, around.http());
    }

    /// Whether a tenant's requests must be read on their way: a check, the cache, the log or a route wants that.
    boolean mustRead(String tenant) {
        JournalPolicy kept = keeping.of(tenant);
        return guarding.of(tenant) != null
                || caching.of(tenant) != null
                || routing.of(tenant) != null
                || (kept != null && kept.keepsTexts());
    }

    /// What hears of requests that go another way.
    RequestJournal journal() {
        return journal;
    }

    /// Writes what was heard of requests.
    Future<Void> stop() {
        return journal.stop();
    }
}
