package dev.pagoda.gateway.backend;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The last service before the engines: measures what a request costs in the gateway's own code.
///
/// That is the time from the request's arrival until the engines get it, and the time that each of their news takes
/// until it is written to the client; what engines and queues take lies between.
public final class TimedChats implements ChatService {
    /// Microseconds so far: of a stream until it begins, of an answer in one piece all but its last write.
    public static final String HEADER = "x-pagoda-overhead-us";

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(10_000),
        Duration.ofNanos(25_000),
        Duration.ofNanos(50_000),
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(100),
    };

    private final ChatService next;
    private final Timer overhead;

    public TimedChats(ChatService next, MeterRegistry meters) {
        this.next = next;
        this.overhead = Timer.builder("gateway.overhead")
                .description("Time of a request in the gateway's own code, engines and other servers excluded")
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        var chat = new Timed(listener, System.nanoTime());
        chat.handle = next.chat(request, call, chat);
        return chat;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        return next.embed(request, call, headers);
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    /// One chat. Belongs to the caller's context.
    private final class Timed extends ForwardingListener implements ChatHandle {
        ChatHandle handle = () -> {};
        private long nanos;
        private boolean isOver;

        Timed(ChatListener listener, long now) {
            super(listener);
            this.nanos = Math.max(0, now - listener.arrivedNanos().orElse(now));
        }

        @Override
        public void onStart(ChatStarted started) {
            long began = System.nanoTime();
            tell();
            super.onStart(started);
            nanos += System.nanoTime() - began;
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            long began = System.nanoTime();
            super.onDelta(choice, delta);
            nanos += System.nanoTime() - began;
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            long began = System.nanoTime();
            super.onFinish(choice, reason);
            nanos += System.nanoTime() - began;
        }

        @Override
        public void onEnd(TokenUsage usage) {
            long began = System.nanoTime();
            tell();
            super.onEnd(usage);
            over(began);
        }

        @Override
        public void onFailure(Refusal refusal) {
            long began = System.nanoTime();
            tell();
            super.onFailure(refusal);
            over(began);
        }

        @Override
        public void cancel() {
            handle.cancel();
            over(System.nanoTime());
        }

        private void tell() {
            next().onHeader(HEADER, Long.toString(TimeUnit.NANOSECONDS.toMicros(nanos)));
        }

        private void over(long began) {
            if (!isOver) {
                isOver = true;
                nanos += System.nanoTime() - began;
                overhead.record(nanos, TimeUnit.NANOSECONDS);
            }
        }
    }
}
