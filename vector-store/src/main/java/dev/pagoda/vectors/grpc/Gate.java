package dev.pagoda.vectors.grpc;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// What every call passes before its message is read: the bound on calls under way and the API key. Times each call,
/// and ends one whose message does not come.
///
/// The key is checked while the call's own virtual thread waits: nothing of the message is asked of the client before.
final class Gate implements ServerInterceptor, AutoCloseable {
    /// Calls under way at once, over all connections.
    static final int MAX_IN_FLIGHT = 1_024;

    /// The call of the request, within the thread that answers it.
    static final Context.Key<Call> CALL = Context.key("pagoda.call");

    /// The full name of the method called.
    static final Context.Key<String> METHOD = Context.key("pagoda.method");

    private static final Metadata.Key<String> API_KEY = Metadata.Key.of("api-key", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "Bearer ";

    /// Longer than an answer takes to tell that its own time is over, so that nobody answers when this is.
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final GrpcServer.Keys keys;
    private final MeterRegistry meters;
    private final Duration maxWait;
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);
    private final ScheduledThreadPoolExecutor timer;
    private final Map<Labels, Timer> timers = new ConcurrentHashMap<>();

    /// @param method one of those that the services have, so that the label comes from a closed set
    private record Labels(String method, Status.Code status) {}

    Gate(GrpcServer.Keys keys, MeterRegistry meters, Duration maxWait) {
        this.keys = keys;
        this.meters = meters;
        this.maxWait = maxWait;
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("vectors-grpc-timer").factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        boolean isAdmitted = inFlight.tryAcquire();
        Measured<Q, R> measured = new Measured<>(call, isAdmitted);
        if (!isAdmitted) {
            return measured.refuse(new Refused(
                    Reason.EXHAUSTED, "overloaded", MAX_IN_FLIGHT + " calls are under way, the most there may be"));
        }
        Call admitted;
        try {
            admitted = admit(headers);
        } catch (Refused refused) {
            return measured.refuse(refused);
        } catch (CompletionException failed) {
            return measured.refuse(failed.getCause() == null ? failed : failed.getCause());
        }
        Context context = Context.current()
                .withValues(CALL, admitted, METHOD, call.getMethodDescriptor().getFullMethodName());
        return measured.watched(Contexts.interceptCall(context, measured, headers, next));
    }

    private Call admit(Metadata headers) {
        return keys.admit(apiKey(headers), waiting())
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(maxWait.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    /// How long the caller waits: its deadline, within what this server allows.
    private Duration waiting() {
        Deadline deadline = Context.current().getDeadline();
        if (deadline == null) {
            return maxWait;
        }
        long left = deadline.timeRemaining(TimeUnit.NANOSECONDS);
        if (left <= 0) {
            throw new Refused(Reason.DEADLINE, "deadline_exceeded", "the deadline was over when the call came");
        }
        return left < maxWait.toNanos() ? Duration.ofNanos(left) : maxWait;
    }

    private static Optional<String> apiKey(Metadata headers) {
        String bearer = headers.get(AUTHORIZATION);
        String key = bearer != null && bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? bearer.substring(BEARER.length())
                : headers.get(API_KEY);
        return Optional.ofNullable(key).map(String::trim).filter(text -> !text.isEmpty());
    }

    private Timer timer(Labels labels) {
        return Timer.builder("pagoda.vectors.grpc")
                .description("Time from a call's headers to its status")
                .tag("method", labels.method())
                .tag("status", labels.status().name())
                .register(meters);
    }

    /// A call that gives its place back once and is timed when it ends.
    private final class Measured<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final long startNanos = System.nanoTime();
        private final AtomicBoolean closed = new AtomicBoolean();
        private final AtomicBoolean ended;
        private final Future<?> limit;

        Measured(ServerCall<Q, R> call, boolean holdsPlace) {
            super(call);
            this.ended = new AtomicBoolean(!holdsPlace);
            this.limit = timer.schedule(this::giveUp, maxWait.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        }

        private void giveUp() {
            close(Status.DEADLINE_EXCEEDED.withDescription("Timeout: the message did not come whole"), new Metadata());
        }

        /// Only the first counts.
        @Override
        public void close(Status status, Metadata trailers) {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            timers.computeIfAbsent(
                            new Labels(getMethodDescriptor().getFullMethodName(), status.getCode()), Gate.this::timer)
                    .record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
            end();
            super.close(status, trailers);
        }

        ServerCall.Listener<Q> refuse(Throwable failure) {
            Metadata trailers = new Metadata();
            close(Statuses.of(failure, trailers), trailers);
            return new ServerCall.Listener<>() {};
        }

        /// Notices too when the client leaves before there is a status.
        ServerCall.Listener<Q> watched(ServerCall.Listener<Q> listener) {
            return new io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener<>(listener) {
                @Override
                public void onCancel() {
                    end();
                    super.onCancel();
                }

                @Override
                public void onComplete() {
                    end();
                    super.onComplete();
                }
            };
        }

        private void end() {
            limit.cancel(false);
            if (ended.compareAndSet(false, true)) {
                inFlight.release();
            }
        }
    }
}
