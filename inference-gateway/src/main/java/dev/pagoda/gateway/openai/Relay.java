package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.PromptTokens;
import dev.pagoda.gateway.fault.FaultyChats;
import dev.pagoda.gateway.journal.RequestJournal;
import dev.pagoda.gateway.limit.Decision;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.LimitKind;
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
import dev.pagoda.governance.store.Store;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/*
 * Tokens. Where a rule bounds them, a request reserves what it can use at most, so that what is settled is never above a
 * limit: for its prompt the bytes of the body, as vocabularies make at most one token of a byte, or when that is too much
 * what the gateway's own vocabulary counts; and for its answers their `max_tokens`. One without that reserves what no model
 * exceeds while there is room for many such, and else gets a bound on its way to the server: OPEN_ANSWER, or what is left.
 * Where no rule bounds tokens, what is reserved is a guess that only meters see.
 */

/// Requests for models that other servers answer for: passed on unread but for what limits, usage and routing
/// need, and answered in the server's own bytes.
///
/// The only things that are changed on the way are the model's name, if the server has another for it,
/// `stream_options.include_usage`, which is asked of the server and taken out of the answer again unless the
/// client asked itself, and a bound of the answer where a limit of tokens needs one.
public final class Relay {
    /// What a completion without a bound is counted as where no rule bounds tokens.
    private static final long FIRST_PART = 1_024;

    /// More than models answer without being asked to (the longest of 2025 end at 128 Ki tokens).
    private static final long LONGEST_ANSWER = 131_072;

    /// Room for so many of those is room enough to leave answers unbounded.
    private static final long MANY_ANSWERS = 64;

    /// The bound that an answer gets where a limit is near and the client gave none.
    private static final long OPEN_ANSWER = 4_096;

    /// More than any limit has room for.
    private static final long MOST_TOKENS = 1L << 40;

    /// What `/completions` answers at most without `max_tokens` (OpenAI's API reference).
    private static final long OPEN_COMPLETION = 16;

    /// What other servers may answer, with the operation it is priced as.
    private static final Map<String, String> PATHS = Map.of(
            "/chat/completions", "chat", "/completions", "chat", "/responses", "chat", "/embeddings", "embeddings");

    /// Larger bodies are read off the event loop: about 0.3 ms of work.
    private static final int INLINE_BYTES = 64 << 10;

    private final Ground ground;
    private final StoredChats stored;

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
            Store store,
            InstantSource clock) {
        public Ground {
            Objects.requireNonNull(vertx, "vertx");
        }
    }

    public Relay(Ground ground) {
        this.ground = ground;
        this.stored = new StoredChats(new Shelf(ground.store()));
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
        if (body.length() <= INLINE_BYTES) {
            read(body).ifPresentOrElse(sent -> route(ctx, path, operation, sent), ctx::next);
        } else {
            ground.vertx()
                    .executeBlocking(() -> read(body), false)
                    .map(read -> {
                        read.ifPresentOrElse(sent -> route(ctx, path, operation, sent), ctx::next);
                        return read;
                    })
                    .onFailure(ctx::fail);
        }
    }

    /// Empty when it is no request; whoever answers for the other models says what is wrong with it.
    private static Optional<SentBody> read(Buffer body) {
        try {
            return Optional.of(SentBody.of(body));
        } catch (SentBody.Unreadable unreadable) {
            return Optional.empty();
        }
    }

    private void route(RoutingContext ctx, String path, String operation, SentBody sent) {
        if (ctx.response().closed()) {
            return;
        }
        Call call = HttpFloor.call(ctx);
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
        var asked = new Asked(path, operation, sent);
        long room = ground.limits().tokenRoom(call.principal(), sent.model(), System.nanoTime());
        if (room == Long.MAX_VALUE) {
            decide(ctx, call, asked, reserve(call, asked, sent.estimatedPromptTokens(), FIRST_PART), false);
            return;
        }
        boolean isNear = room / MANY_ANSWERS < LONGEST_ANSWER * sent.choices();
        long open = isNear ? asked.open() : LONGEST_ANSWER;
        Decision decision = reserve(call, asked, sent.length(), open);
        if (!(decision instanceof Decision.Denied denied) || denied.kind() != LimitKind.TOKENS) {
            decide(ctx, call, asked, decision, isNear);
            return;
        }
        ground.vertx()
                .executeBlocking(() -> PromptTokens.of(ctx.body().asString()), false)
                .map(tokens -> {
                    if (!ctx.response().closed()) {
                        decide(ctx, call, asked, reserve(call, asked, tokens, open), isNear);
                    }
                    return tokens;
                })
                .onFailure(ctx::fail);
    }

    /// @param open tokens of an answer without a bound
    private Decision reserve(Call call, Asked asked, long prompt, long open) {
        SentBody body = asked.body();
        OptionalLong bound = asked.maxTokens();
        TokenAsk ask;
        if (asked.operation().equals("embeddings")) {
            ask = TokenAsk.of(prompt, 0);
        } else if (bound.isPresent()) {
            ask = TokenAsk.of(prompt, Math.min(MOST_TOKENS, bound.getAsLong() * body.choices()));
        } else {
            ask = new TokenAsk(prompt, open * body.choices(), body.choices());
        }
        return ground.limits().reserve(call.principal(), body.model(), ask, System.nanoTime());
    }

    /// @param isBounded whether the answer must not be longer than what is reserved
    private void decide(RoutingContext ctx, Call call, Asked asked, Decision decision, boolean isBounded) {
        StandingHeaders.write(decision.standing(), ctx.response().headers());
        SentBody body = asked.body();
        switch (decision) {
            case Decision.Denied denied -> ctx.fail(denied.refusal(body.model()).asException());
            case Decision.Granted granted -> {
                if (isBounded
                        && asked.maxTokens().isEmpty()
                        && asked.operation().equals("chat")) {
                    body.cap(asked.boundName(), granted.grant().completionTokens() / body.choices());
                }
                new RelayedExchange(ctx, call, asked, granted.grant(), keeping(call, asked), ground).begin();
            }
        }
    }

    private Optional<RelayedKeeping> keeping(Call call, Asked asked) {
        return asked.isKept()
                ? Optional.of(new RelayedKeeping(
                        ground.vertx(), stored, call, asked.body().bytes()))
                : Optional.empty();
    }

    /// A request that is to go on.
    record Asked(String path, String operation, SentBody body) {
        /// Tokens of an answer without a bound where a limit is near.
        long open() {
            return path.equals("/completions") ? OPEN_COMPLETION : OPEN_ANSWER;
        }

        /// Whether its answer is to be kept.
        boolean isKept() {
            return body.isStored() && path.equals("/chat/completions");
        }

        /// The fields that bound an answer, that first which bounds one that has none.
        private List<String> bounds() {
            return switch (path) {
                case "/completions" -> List.of("max_tokens");
                case "/responses" -> List.of("max_output_tokens");
                default -> List.of("max_completion_tokens", "max_tokens");
            };
        }

        OptionalLong maxTokens() {
            return body.maxTokens(bounds());
        }

        String boundName() {
            return bounds().getFirst();
        }
    }
}
