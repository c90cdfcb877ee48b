package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.fault.FaultyChats;
import dev.pagoda.gateway.journal.RequestJournal;
import dev.pagoda.gateway.limit.Decision;
import dev.pagoda.gateway.limit.Grant;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.StandingHeaders;
import dev.pagoda.gateway.limit.TokenAsk;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.upstream.SentBody;
import dev.pagoda.gateway.upstream.Upstreams;
import dev.pagoda.gateway.usage.UsageSpool;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/// Requests for models that other servers answer for: passed on unread but for what limits, usage and routing
/// need, and answered in the server's own bytes.
///
/// The only things that are changed on the way are the model's name, if the server has another for it, and
/// `stream_options.include_usage`, which is asked of the server and taken out of the answer again unless the
/// client asked itself.
public final class Relay {
    /// What a completion without a bound is counted as at first.
    private static final long FIRST_PART = 1_024;

    /// What other servers may answer, with the operation it is priced as.
    private static final Map<String, String> PATHS = Map.of(
            "/chat/completions", "chat", "/completions", "chat", "/responses", "chat", "/embeddings", "embeddings");

    private final Ground ground;

    /// What the relay stands on.
    ///
    /// @param mustRead tenants whose requests go another way, because somebody has to read them
    public record Ground(
            Vertx vertx,
            Upstreams upstreams,
            LimitBook limits,
            Predicate<String> mustRead,
            UsageSpool usage,
            RequestJournal journal,
            Exchanges exchanges,
            RelayMeters meters,
            InstantSource clock) {
        public Ground {
            Objects.requireNonNull(vertx, "vertx");
        }
    }

    public Relay(Ground ground) {
        this.ground = ground;
    }

    /// Puts the relay before the routes that are added later.
    void mount(Router surface) {
        PATHS.forEach((path, operation) -> surface.post(path).handler(ctx -> handle(ctx, path, operation)));
    }

    /// Answers the request if another server has its model, else lets the next handler do so.
    ///
    /// @param path      below the server's base URL
    /// @param operation what the price book calls it
    private void handle(RoutingContext ctx, String path, String operation) {
        Buffer body = ctx.body().buffer();
        if (body == null || ground.upstreams().isEmpty()) {
            ctx.next();
            return;
        }
        Call call = HttpFloor.call(ctx);
        SentBody sent;
        try {
            sent = SentBody.of(body.getBytes());
        } catch (SentBody.Unreadable unreadable) {
            // whoever answers for the other models says what is wrong with it
            ctx.next();
            return;
        }
        if (!ground.upstreams().serves(sent.model(), call.tenant())
                || ground.mustRead().test(call.tenant())
                || ctx.request().headers().contains(FaultyChats.HEADER)) {
            ctx.next();
            return;
        }
        if (!ground.usage().hasRoom()) {
            ctx.fail(new Refusal(Reason.UNAVAILABLE, "usage_behind", "the ledger of usage is too far behind", 1)
                    .asException());
            return;
        }
        long completion = sent.maxTokens().orElse(FIRST_PART) * sent.choices();
        var ask = new TokenAsk(
                sent.estimatedPromptTokens(), completion, sent.maxTokens().isPresent() ? completion : 1);
        Decision decision = ground.limits().reserve(call.principal(), sent.model(), ask, System.nanoTime());
        StandingHeaders.write(decision.standing(), ctx.response().headers());
        switch (decision) {
            case Decision.Denied denied -> ctx.fail(denied.refusal(sent.model()).asException());
            case Decision.Granted granted -> begin(ctx, call, new Asked(path, operation, sent, granted.grant()));
        }
    }

    private void begin(RoutingContext ctx, Call call, Asked asked) {
        new RelayedExchange(ctx, call, asked, ground).begin();
    }

    /// A request that may go on.
    record Asked(String path, String operation, SentBody body, Grant grant) {}
}
