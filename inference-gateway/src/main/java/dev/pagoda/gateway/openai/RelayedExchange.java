package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.journal.LoggedRequest;
import dev.pagoda.gateway.journal.TraceParent;
import dev.pagoda.gateway.limit.Grant;
import dev.pagoda.gateway.protocol.OpenExchange;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.gateway.upstream.UpstreamExchange;
import dev.pagoda.gateway.upstream.UpstreamListener;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One relayed request between a client and another server; settles its limits and books its usage exactly
/// once, before the client sees its end. Of the event loop of the client's connection, but [#shutDown] may
/// come from any thread.
final class RelayedExchange implements UpstreamListener, OpenExchange {
    private static final CharSequence OVERHEAD = HttpHeaders.createOptimized("x-pagoda-overhead-us");
    private static final CharSequence UPSTREAM = HttpHeaders.createOptimized("x-pagoda-upstream");
    private static final CharSequence BUFFERING = HttpHeaders.createOptimized("x-accel-buffering");
    private static final CharSequence TRACE = HttpHeaders.createOptimized(Hints.TRACE_HEADER);

    private final RoutingContext ctx;
    private final HttpServerResponse response;
    private final Context context;
    private final Call call;
    private final Relay.Asked asked;
    private final Grant grant;
    private final Optional<RelayedKeeping> keeping;
    private final Relay.Ground ground;
    private final long arrivedMicros;
    private final long arrivedNanos;
    private @Nullable UpstreamExchange upstream;
    private @Nullable StreamWriter writer;
    private String answeredBy = "";
    private String error = "";
    private long startedNanos = -1;
    private boolean isOver;

    /// @param keeping for an answer that is to be kept
    RelayedExchange(
            RoutingContext ctx,
            Call call,
            Relay.Asked asked,
            Grant grant,
            Optional<RelayedKeeping> keeping,
            Relay.Ground ground) {
        this.ctx = ctx;
        this.response = ctx.response();
        this.context = ground.vertx().getOrCreateContext();
        this.call = call;
        this.asked = asked;
        this.grant = grant;
        this.keeping = keeping;
        this.ground = ground;
        this.arrivedMicros = micros(ground.clock().instant());
        this.arrivedNanos = HttpFloor.arrivedNanos(ctx);
    }

    void begin() {
        ground.exchanges().hold(ctx, this, this::left);
        if (!isOver) {
            String trace = ctx.request().getHeader(TRACE);
            upstream = ground.upstreams().send(asked.path(), asked.body(), call, trace == null ? "" : trace, this);
        }
    }

    @Override
    public void onWhole(Head head, Buffer body, Outcome outcome) {
        boolean isAnswer = head.status() < 400;
        error = isAnswer ? "" : "upstream_status_" + head.status();
        answered(head);
        end(isAnswer ? UsageRecord.Outcome.COMPLETED : UsageRecord.Outcome.FAILED, outcome);
        if (isAnswer && keeping.isPresent()) {
            keeping.get()
                    .keep(body)
                    .onSuccess(kept -> pass(head, body, outcome))
                    .onFailure(failure -> say(notKept(failure)));
        } else {
            pass(head, body, outcome);
        }
    }

    private void pass(Head head, Buffer body, Outcome outcome) {
        response.setStatusCode(head.status())
                .putHeader(
                        HttpHeaders.CONTENT_TYPE,
                        head.contentType().isEmpty() ? "application/json" : head.contentType());
        if (!head.retryAfter().isEmpty()) {
            response.putHeader(HttpHeaders.RETRY_AFTER, head.retryAfter());
        }
        response.putHeader(OVERHEAD, Long.toString(ownNanos(outcome) / 1_000));
        response.end(body).onFailure(gone -> {});
    }

    @Override
    public void onStart(Head head) {
        startedNanos = System.nanoTime();
        answered(head);
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, head.contentType())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader(BUFFERING, "no");
        writer = ground.exchanges().writer(ctx, this::left);
    }

    @Override
    public void onEvents(Buffer events) {
        if (writer != null) {
            writer.write(keeping.isPresent() ? keeping.get().pass(events) : events);
        }
    }

    @Override
    public void onEnd(Outcome outcome) {
        end(UsageRecord.Outcome.COMPLETED, outcome);
        StreamWriter to = writer;
        if (to == null) {
            return;
        }
        if (keeping.isPresent()) {
            keeping.get()
                    .keep(outcome)
                    .onSuccess(held -> to.end(out -> out.appendBuffer(held)))
                    .onFailure(failure -> say(notKept(failure)));
        } else {
            to.end(none -> {});
        }
    }

    @Override
    public void onFailure(Refusal refusal, Outcome outcome) {
        error = refusal.code();
        end(UsageRecord.Outcome.FAILED, outcome);
        say(refusal);
    }

    @Override
    public void shutDown(Refusal why) {
        context.runOnContext(v -> {
            if (!isOver) {
                left();
                say(why);
            }
        });
    }

    /// The client has gone, is given up, or the platform stops.
    private boolean left() {
        if (isOver) {
            return false;
        }
        Outcome delivered = upstream == null ? null : upstream.cancel();
        if (writer != null) {
            writer.close();
        }
        end(UsageRecord.Outcome.ABORTED, delivered == null ? Outcome.NOTHING : delivered);
        return true;
    }

    private void say(Refusal refusal) {
        if (writer == null) {
            HttpFloor.refuse(ctx, OpenAiErrors.FORM, refusal);
        } else {
            writer.end(out -> {
                ChunkJson.event(out, OpenAiErrors.bytes(refusal));
                out.appendBuffer(ChunkJson.DONE);
            });
        }
    }

    private static Refusal notKept(Throwable failure) {
        return failure instanceof Refused refused
                ? refused.refusal()
                : Refusal.of(Reason.INTERNAL, "internal", "the completion could not be kept");
    }

    private void answered(Head head) {
        answeredBy = head.upstream();
        response.putHeader(UPSTREAM, head.upstream());
    }

    private void end(UsageRecord.Outcome how, Outcome outcome) {
        if (isOver) {
            return;
        }
        isOver = true;
        long now = System.nanoTime();
        long total = now - arrivedNanos;
        ground.limits().settle(grant, outcome.promptTokens() + outcome.completionTokens(), now);
        ground.usage()
                .book(
                        call.principal(),
                        new UsageRecord(
                                call.trace(),
                                asked.operation(),
                                asked.body().model(),
                                outcome.promptTokens(),
                                outcome.completionTokens(),
                                how,
                                arrivedMicros,
                                Math.max(0, total / 1_000),
                                outcome.tier()));
        ground.journal().hear(logged(how, outcome, total));
        ground.meters()
                .ended(
                        answeredBy,
                        Math.max(0, total - outcome.upstreamNanos()),
                        outcome.upstreamNanos(),
                        outcome.attempts());
    }

    private LoggedRequest logged(UsageRecord.Outcome how, Outcome outcome, long total) {
        return new LoggedRequest(
                call.trace(),
                call.principal(),
                asked.operation(),
                asked.body().model(),
                "",
                answeredBy,
                "relay",
                "",
                "",
                arrivedMicros,
                -1,
                startedNanos < 0 ? -1 : (startedNanos - arrivedNanos) / 1_000,
                total / 1_000,
                Math.max(0, total - outcome.upstreamNanos()) / 1_000,
                (int) outcome.promptTokens(),
                (int) outcome.completionTokens(),
                0,
                -1,
                switch (how) {
                    case COMPLETED -> LoggedRequest.Outcome.COMPLETED;
                    case ABORTED -> LoggedRequest.Outcome.ABORTED;
                    case FAILED -> LoggedRequest.Outcome.FAILED;
                },
                error,
                "",
                TraceParent.of(ctx.request().getHeader(TRACE)),
                null,
                null);
    }

    private static long micros(Instant moment) {
        return moment.getEpochSecond() * 1_000_000 + moment.getNano() / 1_000;
    }

    private long ownNanos(Outcome outcome) {
        return Math.max(0, System.nanoTime() - arrivedNanos - outcome.upstreamNanos());
    }
}
