package dev.pagoda.gateway.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pagoda.gateway.protocol.PlatformDocument;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `GET /platform/requests`: the request log, newest first, in pages, and one request with its texts where they are
/// kept. A member's key sees its own tenant.
public final class JournalRoutes {
    private static final String REQUESTS = "/platform/requests";
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 1_000;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final JsonMapper JSON = new JsonMapper();

    /// Parameters that are the value of a column.
    private static final Map<String, String> COLUMNS = Map.of(
            "team", "team",
            "project", "project",
            "key", "api_key",
            "model", "model",
            "replica", "replica",
            "operation", "operation",
            "outcome", "outcome",
            "error", "error",
            "request_id", "request_id",
            "trace_id", "trace_id");

    private static final Set<String> OTHERS =
            Set.of("tenant", "from", "to", "guard", "min_duration_ms", "limit", "cursor");

    private static final Set<String> OPTIONAL_NUMBERS =
            Set.of("queue_micros", "first_token_micros", "overhead_micros", "cost_nanos");

    private final RequestJournal journal;

    public JournalRoutes(RequestJournal journal) {
        this.journal = journal;
    }

    public void mount(Router root, HttpFloor http) {
        Router surface = http.surface(PlatformErrors.FORM, 0, WAIT);
        surface.get(REQUESTS + "/openapi.json").handler(PlatformDocument.of("/openapi/requests.json"));
        surface.get(REQUESTS).handler(this::list);
        surface.get(REQUESTS + "/:id").handler(this::one);
        HttpFloor.mount(root, surface, REQUESTS);
    }

    private void list(RoutingContext ctx) {
        int limit = (int) number(ctx, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        Map<String, String> equal = new HashMap<>();
        for (Map.Entry<String, String> parameter : ctx.request().params()) {
            String column = COLUMNS.get(parameter.getKey());
            if (column != null) {
                equal.put(column, text(parameter.getKey(), parameter.getValue()));
            } else if (!OTHERS.contains(parameter.getKey())) {
                throw invalid("unknown parameter '" + parameter.getKey() + "'");
            }
        }
        Optional.ofNullable(tenant(ctx)).ifPresent(tenant -> equal.put("tenant", tenant));
        // one more than asked for tells whether there is another page
        var query = new RequestQuery(
                equal,
                Optional.ofNullable(ctx.request().getParam("guard")).map(guard -> text("guard", guard)),
                micros(ctx, "from", 0),
                micros(ctx, "to", Long.MAX_VALUE),
                number(ctx, "min_duration_ms", 0, 0, Integer.MAX_VALUE) * 1_000,
                0,
                number(ctx, "cursor", Long.MAX_VALUE, 0, Long.MAX_VALUE),
                limit + 1);
        journal.find(query)
                .onSuccess(rows -> {
                    List<RequestRow> page = rows.subList(0, Math.min(limit, rows.size()));
                    Map<String, @Nullable Object> body = new LinkedHashMap<>();
                    body.put("data", page.stream().map(JournalRoutes::view).toList());
                    body.put(
                            "next_cursor",
                            rows.size() > limit ? Long.toString(page.getLast().seq()) : null);
                    end(ctx, body);
                })
                .onFailure(ctx::fail);
    }

    private void one(RoutingContext ctx) {
        String id = text("id", ctx.pathParam("id"));
        Map<String, String> equal = new HashMap<>(Map.of("request_id", id));
        Optional.ofNullable(tenant(ctx)).ifPresent(tenant -> equal.put("tenant", tenant));
        journal.find(new RequestQuery(equal, Optional.empty(), 0, Long.MAX_VALUE, 0, 0, Long.MAX_VALUE, 1))
                .compose(rows -> rows.isEmpty()
                        ? Future.failedFuture(new Refused(
                                Reason.NOT_FOUND, "request_not_found", "no request " + id + " is in the log"))
                        : journal.texts(rows.getFirst()).map(texts -> {
                            Map<String, @Nullable Object> body = view(rows.getFirst());
                            texts.ifPresent(kept -> {
                                body.put("prompt", kept.prompt());
                                body.put("answer", kept.answer());
                            });
                            return body;
                        }))
                .onSuccess(body -> end(ctx, body))
                .onFailure(ctx::fail);
    }

    private static Map<String, @Nullable Object> view(RequestRow row) {
        Map<String, @Nullable Object> view = new LinkedHashMap<>();
        row.columns().forEach((column, value) -> {
            switch (column) {
                case "api_key" -> view.put("key", value);
                case "started_micros" ->
                    view.put(
                            "started_at",
                            Instant.EPOCH
                                    .plus(((Number) value).longValue(), ChronoUnit.MICROS)
                                    .toString());
                default -> {
                    boolean isUnknown = OPTIONAL_NUMBERS.contains(column) && ((Number) value).longValue() < 0;
                    view.put(column, isUnknown ? null : value);
                }
            }
        });
        return view;
    }

    /// The tenant that is asked about, null for all of them.
    private static @Nullable String tenant(RoutingContext ctx) {
        Principal principal = HttpFloor.call(ctx).principal();
        String named = ctx.request().getParam("tenant");
        if (principal.isAdmin()) {
            return named;
        }
        if (named != null && !named.equals(principal.tenant())) {
            throw new Refused(Reason.FORBIDDEN, "other_tenant", "a member's key sees its own tenant only");
        }
        return principal.tenant();
    }

    private static String text(String name, String value) {
        if (value.length() > 256 || value.indexOf('\0') >= 0) {
            throw invalid("parameter '" + name + "' is longer than 256 characters or contains a NUL");
        }
        return value;
    }

    private static long number(RoutingContext ctx, String name, long otherwise, long least, long most) {
        String text = ctx.request().getParam(name);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // the refusal below says the same for both
        }
        throw invalid(name + " '" + text + "' is not a number from " + least + " to " + most);
    }

    private static long micros(RoutingContext ctx, String name, long otherwise) {
        String text = ctx.request().getParam(name);
        if (text == null) {
            return otherwise;
        }
        try {
            return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(text));
        } catch (DateTimeException | ArithmeticException e) {
            throw invalid(name + " '" + text + "' is not a moment like 2026-11-22T08:30:00Z");
        }
    }

    private static void end(RoutingContext ctx, Map<String, @Nullable Object> body) {
        try {
            ctx.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(Buffer.buffer(JSON.writeValueAsBytes(body)))
                    .onFailure(gone -> {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a row has no JSON form", e);
        }
    }

    private static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_parameter", message);
    }
}
