package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.MediaService;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The routes of OpenAI's API under `/v1`, of Azure's form of it under `/openai/v1` and
/// `/openai/deployments/{deployment}`.
///
/// Handlers run on the event loop of the connection; large bodies are parsed on the worker pool.
public final class OpenAiRoutes {
    /// The API version that OpenAI has sent in this header since 2020.
    private static final String VERSION = "2020-10-01";

    private static final CharSequence VERSION_HEADER = HttpHeaders.createOptimized("openai-version");
    private static final CharSequence PROCESSING_HEADER = HttpHeaders.createOptimized("openai-processing-ms");
    private static final CharSequence ORGANIZATION_HEADER = HttpHeaders.createOptimized("openai-organization");

    private final Ground ground;
    private final ChatService service;
    private final OpenAiConfig config;
    private final ChatRoutes chats;
    private final StoredChats stored;
    private final EmbeddingRoutes embeddings;
    private final ResponseRoutes responses;
    private final ConversationRoutes conversations;
    private final List<Consumer<Surface>> areas;

    /// What the routes stand on.
    ///
    /// @param media   answers for pictures and sounds
    /// @param relay   answers for the models of other servers, if any are to be asked
    public record Ground(
            Vertx vertx,
            HttpFloor http,
            Exchanges exchanges,
            Optional<Relay> relay,
            Store store,
            BatchFiles files,
            Ledger ledger,
            MediaService media,
            InstantSource clock) {}

    /// Has the usage recorded of what no other part records.
    @FunctionalInterface
    public interface Ledger {
        Future<?> record(UsageRecord usage, Call call);
    }

    public OpenAiRoutes(Ground ground, ChatService service, OpenAiConfig config) {
        this.ground = ground;
        this.service = service;
        this.config = config;
        var shelf = new Shelf(ground.store());
        this.stored = new StoredChats(shelf);
        this.chats = new ChatRoutes(service, ground.exchanges(), stored, ground.clock(), config.strictParameters());
        this.conversations = new ConversationRoutes(shelf, ground.clock());
        this.responses = new ResponseRoutes(
                ground.vertx(),
                service,
                ground.exchanges(),
                ground.clock(),
                shelf,
                conversations,
                config.strictParameters());
        var work = new BatchWork(service, ground.clock());
        this.areas = List.of(
                new BatchRoutes(ground.vertx(), shelf, ground.files(), work, ground.clock())::mount,
                new MediaRoutes(ground.media(), ground.ledger(), ground.clock())::mount,
                new SpeechRoutes(ground.media(), ground.ledger(), ground.clock())::mount,
                new TranscriptionRoutes(ground.media(), ground.ledger(), ground.clock())::mount,
                new RerankRoutes(service)::mount);
        this.embeddings = new EmbeddingRoutes(ground.vertx(), service, config.strictParameters());
    }

    /// Adds all routes.
    public void mount(Router root) {
        mount(root, "/v1/*", all());
        mount(root, "/openai/v1/*", all());
        mount(root, "/openai/deployments/:deployment/*", ofDeployment());
    }

    /// Adds the routes that have by far the most requests, for a router that is asked before the others.
    public void mountChats(Router front) {
        Router router = authenticated();
        ground.relay().ifPresent(relay -> relay.mount(router));
        var surface = new Surface(router);
        chats.mount(surface);
        stored.mount(surface);
        mount(front, "/v1/*", surface.close());
    }

    private static void mount(Router root, String path, Router surface) {
        root.route(path).handler(OpenAiRoutes::stamp);
        root.route(path).subRouter(surface);
    }

    private Router all() {
        Router router = authenticated();
        ground.relay().ifPresent(relay -> relay.mount(router));
        var surface = new Surface(router);
        new ModelRoutes(service).mount(surface);
        chats.mount(surface);
        stored.mount(surface);
        embeddings.mount(surface);
        responses.mount(surface);
        conversations.mount(surface);
        areas.forEach(area -> area.accept(surface));
        return surface.close();
    }

    /// Azure's form, in which the path names the model.
    private Router ofDeployment() {
        Router router = authenticated();
        router.route().handler(ctx -> {
            ctx.put(Answers.DEPLOYMENT, ctx.pathParam("deployment"));
            ctx.next();
        });
        var surface = new Surface(router);
        chats.mount(surface);
        embeddings.mount(surface);
        return surface.close();
    }

    private Router authenticated() {
        Router router = ground.http().streaming(OpenAiErrors.FORM, config.maxBodyBytes(), config.requestTimeout());
        long maxBytes = config.maxBodyBytes();
        router.route()
                .handler(Uploads.gather(maxBytes, BodyHandler.create(false).setBodyLimit(maxBytes)));
        router.route().handler(ground.exchanges()::admit);
        router.route().handler(OpenAiRoutes::tell);
        return router;
    }

    private static void stamp(RoutingContext ctx) {
        long arrivedNanos = System.nanoTime();
        ctx.addHeadersEndHandler(v -> ctx.response()
                .putHeader(VERSION_HEADER, VERSION)
                .putHeader(PROCESSING_HEADER, Long.toString((System.nanoTime() - arrivedNanos) / 1_000_000)));
        ctx.next();
    }

    private static void tell(RoutingContext ctx) {
        ctx.response().putHeader(ORGANIZATION_HEADER, HttpFloor.call(ctx).tenant());
        ctx.next();
    }
}
