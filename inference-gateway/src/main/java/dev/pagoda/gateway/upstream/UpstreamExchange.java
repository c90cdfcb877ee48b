package dev.pagoda.gateway.upstream;

import dev.pagoda.gateway.route.Backoff;
import dev.pagoda.gateway.upstream.UpstreamListener.Head;
import dev.pagoda.gateway.upstream.UpstreamListener.Outcome;
import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import io.netty.buffer.ByteBuf;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One request to the servers of a model: asks one after the other until one answers, and cancels when the
/// client leaves.
///
/// Before the first byte of an answer a failure costs nothing but time: connection refused or lost, no head
/// in time, 408, 429 and 5xx are tried again, elsewhere if there is another server, at most [#MAX_ATTEMPTS]
/// times in all. After it, a failure ends the exchange: another server would not go on with the same words.
///
/// Of one event loop.
public final class UpstreamExchange {
    static final int MAX_ATTEMPTS = 4;
    private static final int HOLD_MILLIS = 25;
    private static final int MAX_HELD_MILLIS = 2_000;
    private static final int NONE = Integer.MAX_VALUE;
    /// By which OpenAI's servers say whether a refusal may change.
    private static final String FINAL = "x-should-retry";
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int MAX_ERROR_BYTES = 1 << 20;

    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    private static final CharSequence TRACE_PARENT = HttpHeaders.createOptimized("traceparent");

    /// Streams that OpenAI ends with `[DONE]`; one that ends without it was cut on its way.
    private static final Set<String> ENDS_WITH_MARK = Set.of("/chat/completions", "/completions");

    private final Vertx vertx;
    private final Patience patience;
    private final Question question;
    private final UpstreamListener listener;
    private final long begunNanos = System.nanoTime();
    private final List<Target> asked = new ArrayList<>(MAX_ATTEMPTS);
    private @Nullable HttpClientRequest request;
    private @Nullable Target target;
    private @Nullable EventFilter events;
    private @Nullable Refused last;
    private String lastWords = "";
    private long timer = -1;
    private int heldMillis;
    private boolean isOver;

    /// Counts attempts, also those that were given up: what belongs to an earlier one is not heard any more.
    private int attempt;

    /// Whether a server is to say something within `patienceMillis`.
    private boolean isWaiting;

    private boolean hasHeard;
    private long patienceMillis;
    private long heardNanos;

    /// @param path        below the base URL of a server
    /// @param traceParent the client's, of W3C Trace Context; empty without one
    /// @param targets     those that may be asked, by priority
    record Question(String path, SentBody body, Call call, String traceParent, List<Target> targets) {}

    /// An answer that was not passed on because another was hoped for.
    private record Refused(Head head, Buffer body) {}

    UpstreamExchange(Vertx vertx, Patience patience, Question question, UpstreamListener listener) {
        this.vertx = vertx;
        this.patience = patience;
        this.question = question;
        this.listener = listener;
    }

    void begin() {
        patience.begun(this);
        attempt();
    }

    /// Gives the server up if it has been silent for too long.
    void look(long nowNanos) {
        if (hasHeard) {
            hasHeard = false;
            heardNanos = nowNanos;
        }
        Target silent = target;
        if (isWaiting && silent != null && nowNanos - heardNanos > patienceMillis * 1_000_000) {
            isWaiting = false;
            attempt++;
            HttpClientRequest given = request;
            request = null;
            if (given != null) {
                given.reset();
            }
            broken(silent, new TimeoutException("nothing came for " + patienceMillis + " ms"));
        }
    }

    /// Nobody listened for so long.
    void excuse(long nanos) {
        heardNanos += nanos;
    }

    private void await(long millis) {
        isWaiting = true;
        hasHeard = false;
        patienceMillis = Math.max(1, millis);
        heardNanos = System.nanoTime();
    }

    /// Nothing is heard or told after this.
    private void over() {
        isOver = true;
        isWaiting = false;
        patience.ended(this);
    }

    /// The client has gone: the server is told at once.
    ///
    /// @return what was delivered, null if the exchange had ended
    public @Nullable Outcome cancel() {
        if (isOver) {
            return null;
        }
        over();
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
        if (target != null) {
            target.breaker.withdrawn();
        }
        if (request != null) {
            request.reset();
        }
        return outcome();
    }

    private void attempt() {
        if (isOver) {
            return;
        }
        Target next = choose();
        if (next == null) {
            hold();
            return;
        }
        target = next;
        asked.add(next);
        next.requests.increment();
        await(Math.min(
                next.spec().firstByteMillis(), question.call().remaining().toMillis()));
        int mine = ++attempt;
        next.client().request(next.post(question.path())).onComplete(opened -> {
            if (mine != attempt || isOver) {
                if (opened.succeeded()) {
                    opened.result().reset();
                }
            } else if (opened.succeeded()) {
                send(next, opened.result(), mine);
            } else {
                failed(next, opened.cause());
            }
        });
    }

    /// Nobody may be asked now. When that may change with the next answer to another request, as after a single failure
    /// among many that are under way, it is waited for; else the client is told when to come again.
    private void hold() {
        long now = System.nanoTime();
        boolean isUndecided =
                question.targets().stream().anyMatch(each -> !each.isClosed() && each.breaker.isUndecided(now));
        if (isUndecided
                && heldMillis < MAX_HELD_MILLIS
                && question.call().remaining().toMillis() > HOLD_MILLIS) {
            heldMillis += HOLD_MILLIS;
            isWaiting = false;
            timer = vertx.setTimer(HOLD_MILLIS, again -> attempt());
        } else {
            giveUp(unavailable(
                    "no server that answers for model " + question.body().model() + " is available now"));
        }
    }

    private Refusal unavailable(String why) {
        long now = System.nanoTime();
        long openNanos = question.targets().stream()
                .filter(each -> !each.isClosed())
                .mapToLong(each -> each.breaker.openForNanos(now))
                .min()
                .orElse(0);
        int seconds = (int) Math.max(1, Math.ceilDiv(openNanos, 1_000_000_000L));
        return new Refusal(Reason.UNAVAILABLE, "upstream_unavailable", why, seconds);
    }

    /// A server that was not asked yet, by priority and weight; then one that was, if it may be asked again.
    private @Nullable Target choose() {
        long now = System.nanoTime();
        int level = level(now, false);
        boolean isAgain = level == NONE;
        if (isAgain) {
            level = level(now, true);
        }
        int weights = 0;
        for (Target each : question.targets()) {
            weights += isCandidate(each, level, isAgain, now) ? each.spec().share() : 0;
        }
        int drawn = weights == 0 ? 0 : ThreadLocalRandom.current().nextInt(weights);
        for (Target each : question.targets()) {
            if (isCandidate(each, level, isAgain, now)) {
                drawn -= each.spec().share();
                if (drawn < 0) {
                    return each.breaker.trySend(now) ? each : null;
                }
            }
        }
        return null;
    }

    /// The least priority among the servers that may be asked, [#NONE] if none may.
    private int level(long now, boolean isAgain) {
        int level = NONE;
        for (Target each : question.targets()) {
            int priority = each.spec().rank();
            if (priority < level && isCandidate(each, priority, isAgain, now)) {
                level = priority;
            }
        }
        return level;
    }

    private boolean isCandidate(Target target, int level, boolean isAgain, long now) {
        return target.spec().rank() == level
                && (isAgain || !asked.contains(target))
                && !target.isClosed()
                && target.breaker.admits(now);
    }

    private void send(Target to, HttpClientRequest opened, int mine) {
        request = opened;
        MultiMap headers = opened.headers();
        to.dress(headers);
        headers.set(REQUEST_ID, question.call().trace());
        if (!question.traceParent().isEmpty()) {
            headers.set(TRACE_PARENT, question.traceParent());
        }
        opened.send(question.body().rewritten(to.ownName(question.body().model())))
                .onComplete(answered -> {
                    if (mine != attempt || isOver) {
                        return;
                    }
                    if (answered.succeeded()) {
                        answered(to, answered.result(), mine);
                    } else {
                        failed(to, answered.cause());
                    }
                });
    }

    private void answered(Target by, HttpClientResponse answer, int mine) {
        await(by.spec().idleMillis());
        var head = new Head(
                answer.statusCode(),
                Objects.requireNonNullElse(answer.getHeader(HttpHeaders.CONTENT_TYPE), ""),
                Objects.requireNonNullElse(answer.getHeader(HttpHeaders.RETRY_AFTER), ""),
                by.spec().name());
        answer.exceptionHandler(broken -> {
            if (mine == attempt) {
                broken(by, broken);
            }
        });
        if (isPassing(head.status()) && !"false".equals(answer.getHeader(FINAL))) {
            whole(by, answer, MAX_ERROR_BYTES, mine, body -> refused(by, head, body));
        } else if (head.status() == 200 && head.contentType().startsWith("text/event-stream")) {
            stream(by, answer, head);
        } else {
            whole(by, answer, MAX_BODY_BYTES, mine, body -> {
                by.breaker.succeeded(System.nanoTime());
                over();
                listener.onWhole(head, body, outcome(body));
            });
        }
    }

    /// Whether another attempt, or another server, may do better.
    private static boolean isPassing(int status) {
        return status == 408 || status == 429 || status >= 500;
    }

    private void whole(Target by, HttpClientResponse answer, int most, int mine, Consumer<Buffer> complete) {
        var body = new AnswerBytes(length(answer));
        answer.handler(part -> {
            if (mine != attempt || isOver) {
                return;
            }
            hasHeard = true;
            if (body.length() + part.length() > most) {
                Objects.requireNonNull(request).reset();
                broken(by, new IllegalStateException("the answer is longer than " + most + " bytes"));
            } else {
                body.add(part);
            }
        });
        answer.endHandler(end -> {
            if (mine == attempt && !isOver) {
                complete.accept(body.whole());
            }
        });
    }

    private static int length(HttpClientResponse answer) {
        String told = answer.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return told == null ? 0 : Math.clamp(Long.parseLong(told), 0, MAX_ERROR_BYTES);
        } catch (NumberFormatException notANumber) {
            return 0;
        }
    }

    private void stream(Target by, HttpClientResponse answer, Head head) {
        var filter = new EventFilter(question.body().asksUsage());
        events = filter;
        by.breaker.succeeded(System.nanoTime());
        listener.onStart(head);
        answer.handler(part -> {
            if (isOver) {
                return;
            }
            hasHeard = true;
            try {
                Buffer passed = filter.pass(part);
                if (passed.length() > 0) {
                    listener.onEvents(passed);
                }
            } catch (IllegalStateException tooLong) {
                Objects.requireNonNull(request).reset();
                broken(by, tooLong);
            }
        });
        answer.endHandler(end -> {
            if (isOver) {
                return;
            }
            Buffer rest = filter.rest();
            if (ENDS_WITH_MARK.contains(question.path()) && !filter.isDone()) {
                broken(by, new IllegalStateException("it ended without [DONE]"));
                return;
            }
            if (rest.length() > 0) {
                listener.onEvents(rest);
            }
            over();
            listener.onEnd(outcome());
        });
    }

    /// The server refused for now.
    private void refused(Target by, Head head, Buffer body) {
        last = new Refused(head, body);
        if (head.status() >= 500) {
            by.failures.increment();
            by.breaker.failed(System.nanoTime());
        } else {
            by.breaker.succeeded(System.nanoTime());
        }
        retry(Backoff.retryAfterMillis(head.retryAfter()));
    }

    /// The server was not reached, or did not answer in time.
    private void failed(Target by, Throwable cause) {
        if (isOver) {
            return;
        }
        by.failures.increment();
        by.breaker.failed(System.nanoTime());
        String why = by.spec().name() + " did not answer: "
                + Objects.requireNonNullElse(
                        cause.getMessage(), cause.getClass().getSimpleName());
        last = null;
        lastWords = why;
        retry(OptionalLong.empty());
    }

    private void retry(OptionalLong told) {
        // nothing that still comes of the attempt that failed counts
        attempt++;
        boolean isElsewhere = level(System.nanoTime(), false) != NONE;
        if (asked.size() >= MAX_ATTEMPTS || question.call().isExpired()) {
            giveUp(unavailable());
            return;
        }
        if (isElsewhere) {
            attempt();
            return;
        }
        OptionalLong wait = Backoff.waitMillis(
                asked.size(),
                told,
                question.call().remaining().toMillis(),
                ThreadLocalRandom.current().nextDouble());
        if (wait.isEmpty()) {
            giveUp(unavailable());
        } else {
            isWaiting = false;
            timer = vertx.setTimer(wait.getAsLong(), again -> attempt());
        }
    }

    private Refusal unavailable() {
        return unavailable("no server answered for model " + question.body().model() + " in " + asked.size()
                + " attempts; " + lastWords);
    }

    /// The best that can be said: the last answer of a server in its own words, else a refusal.
    private void giveUp(Refusal refusal) {
        if (isOver) {
            return;
        }
        over();
        if (last != null) {
            listener.onWhole(last.head(), last.body(), outcome(Buffer.buffer()));
        } else {
            listener.onFailure(refusal, outcome());
        }
    }

    /// The answer broke off.
    private void broken(Target by, Throwable cause) {
        if (isOver) {
            return;
        }
        if (events == null) {
            failed(by, cause);
            return;
        }
        over();
        by.failures.increment();
        listener.onFailure(
                Refusal.of(
                        Reason.UNAVAILABLE,
                        "upstream_broke_off",
                        String.format(
                                Locale.ROOT,
                                "%s broke off in the middle of its answer: %s",
                                by.spec().name(),
                                cause.getMessage())),
                outcome());
    }

    private Outcome outcome() {
        EventFilter filter = events;
        if (filter == null) {
            return told(0, 0, false, ServiceTier.DEFAULT);
        }
        return filter.usage()
                .map(usage -> told(usage.promptTokens(), usage.completionTokens(), true, filter.tier()))
                .orElseGet(() -> told(PromptEstimate.tokens(question.body()), filter.pieces(), false, filter.tier()));
    }

    private Outcome outcome(Buffer body) {
        ByteBuf in = ((BufferInternal) body).getByteBuf();
        if (in.hasArray()) {
            int from = in.arrayOffset() + in.readerIndex();
            return outcome(in.array(), from, from + in.readableBytes());
        }
        byte[] bytes = body.getBytes();
        return outcome(bytes, 0, bytes.length);
    }

    private Outcome outcome(byte[] json, int from, int to) {
        ServiceTier tier = ToldTier.in(json, from, to).orElse(ServiceTier.DEFAULT);
        return ReportedUsage.in(json, from, to)
                .map(usage -> told(usage.promptTokens(), usage.completionTokens(), true, tier))
                .orElseGet(() -> told(0, 0, false, tier));
    }

    private Outcome told(long promptTokens, long completionTokens, boolean isReported, ServiceTier tier) {
        return new Outcome(
                promptTokens, completionTokens, isReported, System.nanoTime() - begunNanos, asked.size(), tier);
    }
}
