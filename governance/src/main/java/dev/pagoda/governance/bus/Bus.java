package dev.pagoda.governance.bus;

import dev.pagoda.governance.bus.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Typed questions, answers and announcements over the Vert.x event bus.
///
/// Records go by reference within the process, so a sender must not touch their arrays again. The bus refuses a call
/// whose deadline has passed, stops waiting at the deadline, and checks the types at both ends. A fault in a service is
/// logged once here and answered as [Reason#INTERNAL] without its text.
///
/// Safe from any thread. Answers arrive on the caller's Vert.x context.
public final class Bus {
    private static final Logger LOG = LoggerFactory.getLogger(Bus.class);
    private static final String CODEC = "pagoda.envelope";

    private final EventBus events;

    /// The bus of a Vert.x instance: one per instance, or the codec is registered twice and Vert.x objects.
    public Bus(Vertx vertx) {
        this.events = vertx.eventBus();
        events.registerCodec(new EnvelopeCodec());
    }

    /// Asks the one server of a port.
    ///
    /// @return the answer, or a future failed with [Refused]: the server's own refusal, `DEADLINE` when time
    ///     ran out, `UNAVAILABLE` when nobody serves the port
    public <Q extends Record, R extends Record> Future<R> ask(Port<Q, R> port, Q question, Call call) {
        Duration remaining = call.remaining();
        if (remaining.isNegative() || remaining.isZero()) {
            return Future.failedFuture(late(port.address()));
        }
        DeliveryOptions options = new DeliveryOptions()
                .setCodecName(CODEC)
                .setLocalOnly(true)
                .setSendTimeout(Math.max(1, remaining.toMillis()));
        return events.<Envelope>request(port.address(), new Envelope(question, call), options)
                .transform((reply, failure) -> {
                    if (failure != null) {
                        return Future.failedFuture(undelivered(port.address(), failure));
                    }
                    Record content = reply.body().content();
                    return content instanceof Refusal refusal
                            ? Future.failedFuture(refusal.asException())
                            : Future.succeededFuture(port.answer().cast(content));
                });
    }

    /// Serves a port. The service is called on the context that registers it.
    public <Q extends Record, R extends Record> Registration serve(Port<Q, R> port, Service<Q, R> service) {
        var consumer = events.<Envelope>localConsumer(port.address());
        consumer.handler(message -> answer(port, service, message));
        return consumer::unregister;
    }

    /// Announces an event to all subscribers of a topic.
    public <E extends Record> void publish(Topic<E> topic, E event, Call call) {
        events.publish(
                topic.address(),
                new Envelope(event, call),
                new DeliveryOptions().setCodecName(CODEC).setLocalOnly(true));
    }

    /// Hears every event of a topic from now on, in the order of publication.
    public <E extends Record> Registration subscribe(Topic<E> topic, BiConsumer<E, Call> subscriber) {
        var consumer = events.<Envelope>localConsumer(topic.address());
        consumer.handler(message -> subscriber.accept(
                topic.event().cast(message.body().content()), message.body().call()));
        return consumer::unregister;
    }

    private static <Q extends Record, R extends Record> void answer(
            Port<Q, R> port, Service<Q, R> service, Message<Envelope> message) {
        Call call = message.body().call();
        if (call.isExpired()) {
            reply(message, late(port.address()).refusal(), call);
            return;
        }
        Future<R> answer;
        try {
            answer = service.answer(port.question().cast(message.body().content()), call);
        } catch (RuntimeException thrown) {
            answer = Future.failedFuture(thrown);
        }
        answer.onComplete(
                result -> reply(message, result, call),
                failure -> reply(message, refusalOf(port.address(), failure, call), call));
    }

    private static void reply(Message<Envelope> message, Record content, Call call) {
        message.reply(new Envelope(content, call), new DeliveryOptions().setCodecName(CODEC));
    }

    private static Refusal refusalOf(String address, Throwable failure, Call call) {
        if (failure instanceof Refused refused) {
            return refused.refusal();
        }
        LOG.error("{} failed for trace {}", address, call.trace(), failure);
        return Refusal.of(
                Reason.INTERNAL, "internal", "the platform failed to answer; its log has trace " + call.trace());
    }

    private static Refused late(String address) {
        return new Refused(Reason.DEADLINE, "deadline_exceeded", address + " was not answered before the deadline");
    }

    private static Refused undelivered(String address, Throwable cause) {
        if (cause instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT) {
            return late(address);
        }
        return new Refused(Reason.UNAVAILABLE, "unavailable", "nobody serves " + address + " now");
    }

    /// What travels: the record and the call it belongs to.
    private record Envelope(Record content, Call call) {}

    /// Passes envelopes by reference; there is no wire form until the bus is clustered.
    private static final class EnvelopeCodec implements MessageCodec<Envelope, Envelope> {
        @Override
        public void encodeToWire(Buffer buffer, Envelope envelope) {
            throw new IllegalStateException("the bus is local to one process");
        }

        @Override
        public Envelope decodeFromWire(int position, Buffer buffer) {
            throw new IllegalStateException("the bus is local to one process");
        }

        @Override
        public Envelope transform(Envelope envelope) {
            return envelope;
        }

        @Override
        public String name() {
            return CODEC;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
