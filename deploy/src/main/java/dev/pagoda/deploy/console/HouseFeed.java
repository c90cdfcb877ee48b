package dev.pagoda.deploy.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Server-sent events of the house, one look shared by all who watch.
///
/// Concurrency: the feed's state belongs to one Vert.x context and is touched only there; a viewer's response
/// is written only on the context of its own connection. The ticker exists while there is a viewer. A look
/// under way is never joined by a second one.
///
/// Back-pressure: a viewer whose socket is full misses moments; one that has missed [#MAX_MISSED] in a row
/// loses its seat. Its connection ends once it has read what it was sent (Vert.x closes no sooner), and then its
/// browser comes again.
///
/// Events: `history` (columns, once), `house` (a snapshot, about every second), `trouble` (a sentence, when a
/// look fails), `bye` (the platform stops).
final class HouseFeed {

    static final int MAX_VIEWERS = 64;
    static final int MAX_MISSED = 30;
    private static final int HISTORY_MOMENTS = 300;

    private static final Logger LOG = LoggerFactory.getLogger(HouseFeed.class);
    private static final JsonMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .configure(EnumFeature.WRITE_ENUMS_TO_LOWERCASE, true)
            .build();

    private final Vertx vertx;
    private final HouseView view;
    private final Duration interval;
    private final Context home;

    /// These five are touched on `home` only.
    private final Set<Viewer> viewers = new LinkedHashSet<>();

    private final HouseHistory history = new HouseHistory(HISTORY_MOMENTS);
    private long ticker = -1;
    private boolean looking;
    private boolean closed;
    private volatile int watching;

    HouseFeed(Vertx vertx, HouseView view, Duration interval) {
        this.vertx = vertx;
        this.view = view;
        this.interval = interval;
        this.home = vertx.getOrCreateContext();
    }

    /// Viewers at this moment, readable from any thread.
    int watching() {
        return watching;
    }

    void join(RoutingContext context) {
        var response = context.response();
        var viewer = new Viewer(vertx.getOrCreateContext(), response);
        context.addEndHandler(_ -> home.runOnContext(_ -> leave(viewer)));
        home.runOnContext(_ -> {
            if (closed || viewers.size() >= MAX_VIEWERS) {
                viewer.refuse(
                        closed ? "the platform is stopping" : "more than " + MAX_VIEWERS + " people are watching");
                return;
            }
            viewers.add(viewer);
            watching = viewers.size();
            viewer.open(event("history", history.columns()));
            if (ticker < 0) {
                ticker = vertx.setPeriodic(1, interval.toMillis(), _ -> home.runOnContext(_ -> look()));
            }
        });
    }

    /// Says goodbye to everyone and lets nobody in again.
    Future<Void> close() {
        return Future.future(done -> home.runOnContext(_ -> {
            closed = true;
            stopTicker();
            var bye = event("bye", Map.of("message", "the platform is stopping"));
            for (var viewer : viewers) {
                viewer.end(bye);
            }
            viewers.clear();
            watching = 0;
            done.complete();
        }));
    }

    private void leave(Viewer viewer) {
        if (viewers.remove(viewer)) {
            watching = viewers.size();
            if (viewers.isEmpty()) {
                stopTicker();
            }
        }
    }

    private void stopTicker() {
        if (ticker >= 0) {
            vertx.cancelTimer(ticker);
            ticker = -1;
        }
    }

    private void look() {
        if (looking || viewers.isEmpty()) {
            return;
        }
        looking = true;
        glance().onComplete(seen -> home.runOnContext(_ -> {
            looking = false;
            var house = seen.result();
            if (house == null) {
                LOG.debug("the console could not look at the house", seen.cause());
                tell(event(
                        "trouble", Map.of("message", String.valueOf(seen.cause().getMessage()))));
                return;
            }
            history.add(house);
            tell(event("house", house));
        }));
    }

    private Future<HouseSnapshot> glance() {
        try {
            return view.look().timeout(ConsoleRoutes.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void tell(Buffer event) {
        for (var viewer : viewers) {
            viewer.tell(event);
        }
    }

    static Buffer event(String name, Object data) {
        try {
            return Buffer.buffer("event: " + name + "\ndata: ")
                    .appendBytes(JSON.writeValueAsBytes(data))
                    .appendString("\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + name + " as JSON", e);
        }
    }

    /// One open page. Its fields are touched on `context` only.
    private final class Viewer {
        private final Context context;
        private final HttpServerResponse response;
        private int missed;

        Viewer(Context context, HttpServerResponse response) {
            this.context = context;
            this.response = response;
        }

        void open(Buffer first) {
            onOpenResponse(() -> {
                response.setChunked(true)
                        .putHeader("Content-Type", "text/event-stream; charset=utf-8")
                        .putHeader("Cache-Control", "no-store")
                        .putHeader("X-Accel-Buffering", "no");
                write(first);
            });
        }

        void tell(Buffer event) {
            onOpenResponse(() -> {
                if (!response.writeQueueFull()) {
                    missed = 0;
                    write(event);
                } else if (++missed == MAX_MISSED) {
                    home.runOnContext(_ -> leave(this));
                    response.reset().onFailure(e -> LOG.debug("a slow viewer was gone already", e));
                }
            });
        }

        void end(Buffer last) {
            onOpenResponse(() -> response.end(last).onFailure(e -> LOG.debug("a viewer left before the end", e)));
        }

        void refuse(String why) {
            onOpenResponse(() -> response.setStatusCode(503)
                    .putHeader("Retry-After", "5")
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end(why + "\n")
                    .onFailure(e -> LOG.debug("a viewer left before it was refused", e)));
        }

        private void write(Buffer event) {
            response.write(event).onFailure(e -> LOG.debug("a viewer left", e));
        }

        private void onOpenResponse(Runnable work) {
            context.runOnContext(_ -> {
                if (!response.ended() && !response.closed()) {
                    work.run();
                }
            });
        }
    }
}
