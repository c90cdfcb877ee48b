package dev.pagoda.gateway.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.pagoda.gateway.load.ChunkReading.Usage;
import dev.pagoda.gateway.report.Objective;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One run against one target: sends by the plan, reads the streams, counts.
///
/// *Threads.* Everything but [#progress()] is owned by one event-loop context. An open loop has a pacing thread beside
/// it that sleeps until the next intended time (`parkNanos` is about 60 us late, an event-loop timer up to 1 ms) and
/// hands the arrival over. *Bounds.* Requests in flight by the plan's concurrency, arrivals that wait by its number
/// of requests, each request by its timeout.
final class LoadRun {
    private static final int PROGRESS_MILLIS = 200;
    /// An aborting client leaves after 1 to this many content chunks.
    private static final int ABORT_WITHIN_CHUNKS = 16;

    private final Vertx vertx;
    private final LoadPlan plan;
    private final Context context;
    private final HttpClientAgent client;
    private final RequestOptions options;
    private LoadStatistics statistics = new LoadStatistics();
    private final Optional<Objective> objective;
    private final PromptSource prompts;
    private final SplittableRandom aborts;
    private final ArrayDeque<Due> waiting = new ArrayDeque<>();
    /// Sessions between two requests.
    private int thinking;
    private final Set<Stream> live = new HashSet<>();
    private final Promise<LoadReport> finished = Promise.promise();
    private long startNanos;
    private boolean arrivalsOver;
    private long progressTimer;
    private volatile boolean stopping;
    private volatile LoadProgress progress = LoadProgress.NONE;

    LoadRun(Vertx vertx, LoadPlan plan) {
        this(vertx, plan, Optional.empty());
    }

    /// @param objective by which requests are judged
    LoadRun(Vertx vertx, LoadPlan plan, Optional<Objective> objective) {
        this.objective = objective;
        this.vertx = vertx;
        this.plan = plan;
        this.context = vertx.getOrCreateContext();
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setTcpNoDelay(true), new PoolOptions().setHttp1MaxSize(plan.concurrency()));
        this.options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(plan.base().getHost())
                .setPort(plan.port())
                .setSsl(plan.isSecure())
                .setURI(plan.path("/v1/chat/completions"))
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.ACCEPT, "text/event-stream");
        if (plan.apiKey() != null) {
            options.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + plan.apiKey());
        }
        this.prompts = new PromptSource(plan);
        this.aborts = new SplittableRandom(plan.seed() ^ 0x61626f7274L);
    }

    /// Starts; the future ends when the last request has ended.
    Future<LoadReport> start() {
        context.runOnContext(v -> {
            startNanos = System.nanoTime();
            statistics = new LoadStatistics(objective, startNanos);
            progressTimer = vertx.setPeriodic(PROGRESS_MILLIS, t -> publishProgress());
            switch (plan.arrivals()) {
                case Arrivals.ByClock clock -> startOpen(clock);
                case Arrivals.Closed() -> startClosed();
            }
        });
        return finished.future().eventually(client::close);
    }

    /// Ends the run early: what is in flight is cut and counted as interrupted. From any thread, any number of times.
    void stop() {
        stopping = true;
        context.runOnContext(v -> {
            arrivalsOver = true;
            thinking = 0;
            discardWaiting();
            for (Stream stream : Set.copyOf(live)) {
                stream.interrupt();
            }
            finishIfOver();
        });
    }

    /// How far the run is; from any thread.
    LoadProgress progress() {
        return progress;
    }

    private void startOpen(Arrivals.ByClock arrivals) {
        var schedule = new ArrivalSchedule(arrivals, plan.seed());
        long start = startNanos;
        Thread.ofPlatform().daemon().name("load-pacer").start(() -> pace(schedule, start));
    }

    private void pace(ArrivalSchedule schedule, long start) {
        long durationNanos = plan.duration().toNanos();
        for (long sent = 0; sent < plan.maxRequests(); sent++) {
            long offset = schedule.next();
            if (offset > durationNanos) {
                break;
            }
            for (long left = start + offset - System.nanoTime(); left > 0; left = start + offset - System.nanoTime()) {
                LockSupport.parkNanos(left);
                if (stopping) {
                    return;
                }
            }
            context.runOnContext(v -> arrive(start + offset));
        }
        context.runOnContext(v -> {
            arrivalsOver = true;
            finishIfOver();
        });
    }

    private void startClosed() {
        long clients = Math.min(plan.concurrency(), plan.maxRequests());
        for (long i = 0; i < clients; i++) {
            arrive(System.nanoTime());
        }
    }

    private void arrive(long intendedNanos) {
        if (stopping) {
            return;
        }
        waiting.add(new Due(
                intendedNanos,
                new Session(prompts.conversation(), plan.content().turns())));
        sendWaiting();
    }

    private void sendWaiting() {
        while (!waiting.isEmpty() && live.size() < plan.concurrency()) {
            if (isPastDuration()) {
                discardWaiting();
                return;
            }
            boolean leaves = aborts.nextDouble() < plan.abortFraction();
            int after = 1 + aborts.nextInt(ABORT_WITHIN_CHUNKS);
            Due due = waiting.remove();
            var stream = new Stream(new Exchange(due.intendedNanos, leaves ? after : 0), due.session);
            live.add(stream);
            statistics.started(System.nanoTime(), live.size());
            stream.send();
        }
    }

    /// A request that is due.
    private record Due(long intendedNanos, Session session) {}

    /// What one user says, request after request.
    private static final class Session {
        final ArrayNode conversation;
        int turnsLeft;

        Session(ArrayNode conversation, int turnsLeft) {
            this.conversation = conversation;
            this.turnsLeft = turnsLeft;
        }
    }

    /// A session goes on when its user has thought.
    private void goOn(Session session, String answer) {
        session.turnsLeft--;
        if (session.turnsLeft < 1 || stopping || isPastDuration() || statistics.startedCount() >= plan.maxRequests()) {
            return;
        }
        session.conversation.addObject().put("role", "assistant").put("content", answer);
        long intended = System.nanoTime() + plan.content().think().toNanos();
        thinking++;
        vertx.setTimer(Math.max(1, plan.content().think().toMillis()), t -> {
            if (stopping) {
                return;
            }
            thinking--;
            if (statistics.startedCount() < plan.maxRequests() && !isPastDuration()) {
                waiting.add(new Due(intended, session));
            } else if (plan.arrivals() instanceof Arrivals.Closed) {
                arrivalsOver = true;
            }
            sendWaiting();
            finishIfOver();
        });
    }

    private void discardWaiting() {
        statistics.unsent(waiting.size());
        waiting.clear();
    }

    private boolean isPastDuration() {
        return System.nanoTime() - startNanos > plan.duration().toNanos();
    }

    private void ended(Stream stream) {
        live.remove(stream);
        if (plan.arrivals() instanceof Arrivals.Closed && !arrivalsOver && !stream.wentOn) {
            if (statistics.startedCount() < plan.maxRequests() && !isPastDuration()) {
                arrive(System.nanoTime());
            } else {
                arrivalsOver = true;
            }
        }
        sendWaiting();
        finishIfOver();
    }

    private void finishIfOver() {
        if (arrivalsOver && waiting.isEmpty() && live.isEmpty() && thinking == 0) {
            vertx.cancelTimer(progressTimer);
            publishProgress();
            finished.tryComplete(statistics.report(elapsedSeconds()));
        }
    }

    private void publishProgress() {
        progress = statistics.progress(elapsedSeconds(), live.size(), waiting.size());
    }

    private double elapsedSeconds() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    static String kindOf(Throwable failure) {
        return switch (failure) {
            case ConnectException e -> "connection refused";
            case TimeoutException e -> "timeout";
            case IOException e -> "connection lost";
            case HttpClosedException e -> "connection lost";
            default -> failure.getClass().getSimpleName();
        };
    }

    /// One request and its stream of chunks; ends exactly once.
    private final class Stream {
        private final Exchange exchange;
        private final SseParser parser = new SseParser(this::event);
        private @Nullable HttpClientRequest request;
        private @Nullable String streamError;
        private long timer;
        private boolean ended;

        private final Session session;
        private final StringBuilder answer = new StringBuilder();
        private boolean wentOn;

        Stream(Exchange exchange, Session session) {
            this.exchange = exchange;
            this.session = session;
        }

        void send() {
            timer = vertx.setTimer(plan.timeout().toMillis(), t -> {
                fail("timeout");
                cut();
            });
            client.request(options)
                    .compose(opened -> {
                        request = opened;
                        if (ended) {
                            cut();
                        }
                        return opened.send(Buffer.buffer(prompts.body(session.conversation, prompts.next())));
                    })
                    .onSuccess(this::read)
                    .onFailure(failure -> fail(kindOf(failure)));
        }

        private void read(HttpClientResponse response) {
            if (response.statusCode() != 200) {
                response.body()
                        .onSuccess(body -> fail(
                                ("HTTP " + response.statusCode() + " " + ChunkReading.errorCodeOfBody(body.toString()))
                                        .strip()))
                        .onFailure(failure -> fail(kindOf(failure)));
                return;
            }
            String type = response.getHeader(HttpHeaders.CONTENT_TYPE);
            if (type == null || !type.startsWith("text/event-stream")) {
                fail("not an event stream");
                cut();
                return;
            }
            response.exceptionHandler(failure -> fail(kindOf(failure)));
            response.handler(this::bytes);
            response.endHandler(v -> over());
        }

        private void bytes(Buffer buffer) {
            if (ended) {
                return;
            }
            try {
                parser.feed(buffer.getBytes());
            } catch (IllegalStateException e) {
                fail("event too large");
                cut();
            }
        }

        private void event(String data) {
            if (ended) {
                return;
            }
            if ("[DONE]".equals(data)) {
                exchange.done();
                return;
            }
            try {
                chunk(ChunkReading.of(data));
            } catch (JsonProcessingException e) {
                streamError = "malformed event";
            }
        }

        private void chunk(ChunkReading chunk) {
            String error = chunk.error();
            if (error != null) {
                streamError = "error in stream: " + error;
            }
            String id = chunk.id();
            if (id != null) {
                exchange.id(id);
            }
            Usage usage = chunk.usage();
            if (usage != null) {
                exchange.usage(usage);
            }
            if (!chunk.hasContent()) {
                return;
            }
            if (session.turnsLeft > 1) {
                answer.append(chunk.text());
            }
            long gap = exchange.content(System.nanoTime());
            if (gap < 0) {
                statistics.firstContent(exchange);
            } else {
                statistics.gap(gap);
            }
            if (exchange.wantsAbort()) {
                end(() -> statistics.aborted(exchange));
                cut();
            }
        }

        private void over() {
            if (ended) {
                return;
            }
            if (streamError != null) {
                fail(streamError);
            } else if (!exchange.isDone()) {
                fail("stream ended without [DONE]");
            } else {
                long before = thinking;
                goOn(session, answer.toString());
                wentOn = thinking > before;
                end(() -> statistics.completed(exchange, System.nanoTime()));
            }
        }

        private void fail(String kind) {
            end(() -> statistics.failed(exchange, kind));
        }

        void interrupt() {
            end(() -> statistics.interrupted(exchange));
            cut();
        }

        /// Drops the connection, so that the target sees the client leave; after [#end], because it fails the response
        /// at once.
        private void cut() {
            if (request != null) {
                request.reset().onFailure(alreadyOver -> {});
            }
        }

        private void end(Runnable count) {
            if (!ended) {
                ended = true;
                count.run();
                vertx.cancelTimer(timer);
                LoadRun.this.ended(this);
            }
        }
    }
}
