package dev.pagoda.workflow.http;

import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.workflow.node.Ticket;
import dev.pagoda.workflow.node.Ticket.Status;
import dev.pagoda.workflow.node.Tickets;
import dev.pagoda.workflow.rag.KnowledgeRefusals;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The routes below `/platform/tickets`.
public final class TicketRoutes {
    private static final String ROOT = "/platform/tickets";
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int MAX_BODY_BYTES = 1 << 16;
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 1_000;

    private final Tickets tickets;

    public TicketRoutes(Tickets tickets) {
        this.tickets = tickets;
    }

    private record TicketView(
            String id,
            String status,
            String question,
            String language,
            String intent,
            String knowledgeBase,
            String run,
            String createdAt,
            String updatedAt) {
        TicketView(Ticket ticket) {
            this(
                    ticket.id(),
                    ticket.status().tag(),
                    ticket.question(),
                    ticket.language(),
                    ticket.intent(),
                    ticket.knowledgeBase(),
                    ticket.run(),
                    Json.time(ticket.createdMicros()),
                    Json.time(ticket.updatedMicros()));
        }
    }

    private record ChangeBody(@Nullable String status) {}

    /// Adds the routes to the root router.
    public void mount(Router root, HttpFloor http) {
        var surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(ROOT).handler(this::list);
        surface.patch(ROOT + "/:ticket").handler(this::change);
        HttpFloor.mount(root, surface, ROOT);
    }

    private void list(RoutingContext ctx) {
        var status = Optional.ofNullable(ctx.request().getParam("status")).map(TicketRoutes::status);
        tickets.list(status, Json.number(ctx, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT), HttpFloor.call(ctx))
                .onSuccess(found -> Json.answer(
                        ctx,
                        200,
                        Map.of("data", found.stream().map(TicketView::new).toList())))
                .onFailure(ctx::fail);
    }

    private void change(RoutingContext ctx) {
        var status = Json.body(ctx, ChangeBody.class).status();
        if (status == null) {
            throw KnowledgeRefusals.invalid("the body has no \"status\"");
        }
        tickets.change(ctx.pathParam("ticket"), status(status), HttpFloor.call(ctx))
                .onSuccess(ticket -> Json.answer(ctx, 200, new TicketView(ticket)))
                .onFailure(ctx::fail);
    }

    private static Status status(String tag) {
        try {
            return Status.of(tag);
        } catch (IllegalArgumentException unknown) {
            throw KnowledgeRefusals.invalid(String.valueOf(unknown.getMessage()));
        }
    }
}
