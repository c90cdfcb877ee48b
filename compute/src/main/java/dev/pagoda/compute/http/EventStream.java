package dev.pagoda.compute.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens in the fleet as server-sent events: `job` with what the scheduler did to a job of the tenant, `node`
/// with a node that went down or came back. Administrators hear of all jobs. A client that comes again with
/// `Last-Event-ID` gets what it missed, as far back as the last 10,000 events of this run go.
///
/// A listener that does not read is let go; its client comes again. State belongs to one context; [#join] may be called
/// from any.
public final class EventStream {
    static final int MAX_LISTENERS = 256;
    private static final int KEPT = 10_000;
    private static final long HEARTBEAT_MILLIS = 15_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private final Vertx vertx;
    private final Context home;
    private final Deque<Event> kept = new ArrayDeque<>();
    private final List<Listener> listeners = new ArrayList<>();
    private long last;
    private long heartbeat = -1;

    /// @param queue whose job it is about, absent for what everybody hears
    private record Event(long id, @Nullable String queue, String text) {}

    /// Touched on `home`; its response on its own context.
    private static final class Listener {
        private final Context context;
        private final HttpServerResponse response;
        private final Principal who;

        Listener(Context context, HttpServerResponse response, Principal who) {
            this.context = context;
            this.response = response;
            this.who = who;
        }

        boolean hears(Event event) {
            return who.isAdmin() || event.queue == null || event.queue.equals(who.tenant());
        }

        void send(String text) {
            context.runOnContext(now -> {
                if (response.writeQueueFull()) {
                    response.reset();
                } else if (!response.ended() && !response.closed()) {
                    response.write(text);
                }
            });
        }
    }

    /// Listens from now on.
    public EventStream(Vertx vertx, Bus bus) {
        this.vertx = vertx;
        this.home = vertx.getOrCreateContext();
        bus.subscribe(Compute.JOB_CHANGED, (event, call) -> add("job", event.queue(), event.decision()));
        bus.subscribe(Compute.NODE_CHANGED, (event, call) -> add("node", null, event));
    }

    private void add(String kind, @Nullable String queue, Record body) {
        String json;
        try {
            json = JSON.writeValueAsString(body);
        } catch (JsonProcessingException unwritable) {
            throw new IllegalStateException(body.getClass() + " has no JSON form", unwritable);
        }
        home.runOnContext(now -> {
            long id = ++last;
            var event = new Event(id, queue, "id: " + id + "\nevent: " + kind + "\ndata: " + json + "\n\n");
            kept.add(event);
            if (kept.size() > KEPT) {
                kept.removeFirst();
            }
            listeners.stream().filter(each -> each.hears(event)).forEach(each -> each.send(event.text));
        });
    }

    void join(RoutingContext ctx) {
        String seen = ctx.request().getHeader("Last-Event-ID");
        long after;
        try {
            after = seen == null ? Long.MAX_VALUE : Long.parseLong(seen);
        } catch (NumberFormatException wrong) {
            throw new Refused(
                    Reason.INVALID, "invalid_last_event_id", "Last-Event-ID \"" + seen + "\" is not a number");
        }
        var listener = new Listener(
                vertx.getOrCreateContext(), ctx.response(), HttpFloor.call(ctx).principal());
        ctx.response()
                .setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store");
        ctx.addEndHandler(ended -> home.runOnContext(now -> leave(listener)));
        home.runOnContext(now -> {
            if (listeners.size() >= MAX_LISTENERS) {
                listener.context.runOnContext(then -> ctx.fail(new Refused(
                        Reason.EXHAUSTED, "too_many_listeners", MAX_LISTENERS + " clients listen already")));
                return;
            }
            listeners.add(listener);
            StringBuilder missed = new StringBuilder(": listening\n\n");
            kept.stream()
                    .filter(event -> event.id > after && listener.hears(event))
                    .forEach(event -> missed.append(event.text));
            listener.send(missed.toString());
            if (heartbeat < 0) {
                heartbeat = vertx.setPeriodic(
                        HEARTBEAT_MILLIS,
                        tick -> home.runOnContext(beat -> listeners.forEach(each -> each.send(": still here\n\n"))));
            }
        });
    }

    private void leave(Listener listener) {
        listeners.remove(listener);
        if (listeners.isEmpty() && heartbeat >= 0) {
            vertx.cancelTimer(heartbeat);
            heartbeat = -1;
        }
    }
}
