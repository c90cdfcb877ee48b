package dev.pagoda.vectors.grpc;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.qdrant.LocalCalls;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Answers a call: asks the store, waits, and ends with the answer or with a status.
final class Exchange {
    private static final double NANOS_PER_SECOND = 1e9;

    /// What the store itself needs to tell that the time is over.
    private static final long GRACE_NANOS = 500_000_000;

    private final LocalCalls calls;

    Exchange(LocalCalls calls) {
        this.calls = calls;
    }

    /// Makes the answer.
    interface Work<R> {
        R answer(Turn turn) throws IOException;
    }

    <R> void answer(StreamObserver<R> out, Work<R> work) {
        // without it, answering a client that left would throw
        ((ServerCallStreamObserver<R>) out).setOnCancelHandler(() -> {});
        Turn turn = new Turn(calls, Gate.CALL.get());
        try {
            R reply = work.answer(turn);
            turn.ended(Status.Code.OK);
            out.onNext(reply);
            out.onCompleted();
        } catch (RuntimeException | IOException | StackOverflowError failure) {
            Metadata trailers = new Metadata();
            Status status = Statuses.of(unwrapped(failure), trailers);
            turn.ended(status.getCode());
            out.onError(status.asRuntimeException(trailers));
        }
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        // what a message says that no record takes
        return cause instanceof IllegalArgumentException refused
                ? new Refused(Reason.INVALID, "invalid_input", String.valueOf(refused.getMessage()))
                : cause;
    }

    /// One call being answered, by one thread.
    static final class Turn {
        private final LocalCalls calls;
        private final Call call;
        private final long startNanos = System.nanoTime();
        private Optional<Duration> timeout = Optional.empty();
        private String collection = "";

        private Turn(LocalCalls calls, Call call) {
            this.calls = calls;
            this.call = call;
        }

        /// The same, answered no later than `seconds` from now if that is given.
        Turn within(boolean isGiven, long seconds) {
            if (!isGiven) {
                return this;
            }
            if (seconds == 0) {
                throw new Refused(
                        Reason.UNPROCESSABLE, "validation_error", "[timeout: value 0 invalid, must be 1 or larger]");
            }
            boolean isLong = seconds < 0 || seconds > Call.MAX_WAIT.toSeconds();
            timeout = Optional.of(isLong ? Call.MAX_WAIT : Duration.ofSeconds(seconds));
            return this;
        }

        /// Asks about a collection without a body.
        <T> T ask(String route, String collection, LocalCalls.Reader<T> reader) throws IOException {
            return ask(route, Map.of("name", collection), null, true, reader);
        }

        /// Asks about a collection.
        <T> T ask(String route, String collection, LocalCalls.Body body, LocalCalls.Reader<T> reader)
                throws IOException {
            return ask(route, Map.of("name", collection), body, true, reader);
        }

        /// @param waits whether a write is to be answered as `completed`
        <T> T ask(
                String route,
                Map<String, String> path,
                LocalCalls.@Nullable Body body,
                boolean waits,
                LocalCalls.Reader<T> reader)
                throws IOException {
            collection = path.getOrDefault("name", "");
            return LocalCalls.read(await(new LocalCalls.Question(route, path, body, waits, timeout)), reader);
        }

        private Buffer await(LocalCalls.Question question) {
            long nanos = Math.min(
                    call.remaining().toNanos(), timeout.orElse(Call.MAX_WAIT).toNanos());
            try {
                return calls.ask(call, question).get(Math.max(0, nanos) + GRACE_NANOS, TimeUnit.NANOSECONDS);
            } catch (ExecutionException failed) {
                throw new CompletionException(failed.getCause());
            } catch (TimeoutException late) {
                throw new Refused(Reason.DEADLINE, "deadline_exceeded", "there was no answer before the deadline");
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new Refused(Reason.UNAVAILABLE, "stopping", "the server is stopping");
            }
        }

        /// Seconds since the beginning, as answers tell them.
        double seconds() {
            return (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
        }

        private void ended(Status.Code status) {
            calls.answered(call, collection, Gate.METHOD.get(), status.value(), System.nanoTime() - startNanos);
        }
    }
}
