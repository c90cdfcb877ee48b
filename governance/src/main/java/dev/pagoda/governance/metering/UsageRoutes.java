package dev.pagoda.governance.metering;

import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.authz.TenantScope;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import dev.pagoda.governance.metering.UsageReports.Entry;
import dev.pagoda.governance.metering.UsageReports.Group;
import dev.pagoda.governance.metering.UsageReports.Position;
import dev.pagoda.governance.metering.UsageReports.Selection;
import dev.pagoda.governance.store.Store;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `GET /platform/usage`, sums over requests, `GET /platform/usage/records`, the requests themselves, and
/// `GET /platform/usage/meters`, what modules counted beside requests.
public final class UsageRoutes {
    private static final String USAGE = "/platform/usage";
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Set<String> REPORT_PARAMETERS = Set.of("tenant", "from", "to", "group_by", "outcome");
    private static final Set<String> METERS_PARAMETERS = Set.of("tenant", "from", "to", "group_by");
    private static final Set<String> RECORDS_PARAMETERS =
            Set.of("tenant", "from", "to", "outcome", "limit", "cursor", "request_id");

    private final UsageReports reports;
    private final MeterBook meters;

    public UsageRoutes(Store store, MeterBook meters) {
        this.reports = new UsageReports(store);
        this.meters = meters;
    }

    private record SumsView(
            long requests, long promptTokens, long completionTokens, long totalTokens, long costNanos, String costUsd) {
        SumsView(Sums sums) {
            this(
                    sums.requests(),
                    sums.promptTokens(),
                    sums.completionTokens(),
                    sums.totalTokens(),
                    sums.costNanos(),
                    Sums.dollars(sums.costNanos()));
        }
    }

    private record GroupView(
            String group,
            long requests,
            long promptTokens,
            long completionTokens,
            long totalTokens,
            long costNanos,
            String costUsd) {
        GroupView(Group group) {
            this(
                    group.label(),
                    group.sums().requests(),
                    group.sums().promptTokens(),
                    group.sums().completionTokens(),
                    group.sums().totalTokens(),
                    group.sums().costNanos(),
                    Sums.dollars(group.sums().costNanos()));
        }
    }

    private record ReportView(
            String tenant, @Nullable String groupBy, SumsView total, List<GroupView> data, boolean truncated) {}

    private record EntryView(
            String requestId,
            String team,
            String project,
            String key,
            String operation,
            String model,
            long promptTokens,
            long completionTokens,
            long totalTokens,
            long costNanos,
            String costUsd,
            String outcome,
            String startedAt,
            long durationMicros,
            String tier) {
        EntryView(Entry entry) {
            this(
                    entry.requestId(),
                    entry.team(),
                    entry.project(),
                    entry.key(),
                    entry.operation(),
                    entry.model(),
                    entry.sums().promptTokens(),
                    entry.sums().completionTokens(),
                    entry.sums().totalTokens(),
                    entry.sums().costNanos(),
                    Sums.dollars(entry.sums().costNanos()),
                    entry.outcome(),
                    Instant.EPOCH.plus(entry.startedMicros(), ChronoUnit.MICROS).toString(),
                    entry.durationMicros(),
                    entry.tier());
        }
    }

    private record MetersView(String tenant, @Nullable String groupBy, List<MeterBook.Total> data, boolean truncated) {}

    private record RecordsView(
            String tenant, List<EntryView> data, @Nullable String nextCursor) {}

    public void mount(Router root, HttpFloor http) {
        var surface = http.surface(PlatformErrors.FORM, 0, WAIT);
        surface.get(USAGE).handler(this::report);
        surface.get(USAGE + "/records").handler(this::records);
        surface.get(USAGE + "/meters").handler(this::meters);
        HttpFloor.mount(root, surface, USAGE);
    }

    private void report(RoutingContext ctx) {
        requireKnown(ctx, REPORT_PARAMETERS);
        var selection = selection(ctx);
        var grouping = parameter(ctx, "group_by").map(UsageRoutes::grouping);
        reports.report(selection, grouping)
                .onSuccess(report -> PlatformJson.end(
                        ctx,
                        200,
                        new ReportView(
                                selection.tenant(),
                                grouping.map(Grouping::text).orElse(null),
                                new SumsView(report.total()),
                                report.groups().stream().map(GroupView::new).toList(),
                                report.truncated())))
                .onFailure(ctx::fail);
    }

    private void records(RoutingContext ctx) {
        requireKnown(ctx, RECORDS_PARAMETERS);
        var selection = selection(ctx);
        int limit = parameter(ctx, "limit").map(UsageRoutes::limit).orElse(DEFAULT_LIMIT);
        var after = parameter(ctx, "cursor").map(UsageRoutes::position);
        // one more than asked for tells whether there is another page
        reports.records(selection, limit + 1, after, parameter(ctx, "request_id"))
                .onSuccess(entries -> {
                    var page = entries.subList(0, Math.min(limit, entries.size()));
                    PlatformJson.end(
                            ctx,
                            200,
                            new RecordsView(
                                    selection.tenant(),
                                    page.stream().map(EntryView::new).toList(),
                                    entries.size() > limit ? cursor(page.getLast()) : null));
                })
                .onFailure(ctx::fail);
    }

    private void meters(RoutingContext ctx) {
        requireKnown(ctx, METERS_PARAMETERS);
        var selection = selection(ctx);
        var grouping = parameter(ctx, "group_by").map(UsageRoutes::grouping);
        grouping.filter(by -> !MeterBook.GROUPINGS.contains(by)).ifPresent(by -> {
            throw invalid("meters are not told by " + by.text() + ", only by "
                    + MeterBook.GROUPINGS.stream().map(Grouping::text).collect(Collectors.joining(", ")));
        });
        meters.report(selection, grouping)
                .onSuccess(report -> PlatformJson.end(
                        ctx,
                        200,
                        new MetersView(
                                selection.tenant(),
                                grouping.map(Grouping::text).orElse(null),
                                report.totals(),
                                report.truncated())))
                .onFailure(ctx::fail);
    }

    private static void requireKnown(RoutingContext ctx, Set<String> known) {
        for (Map.Entry<String, String> parameter : ctx.request().params()) {
            if (!known.contains(parameter.getKey())) {
                throw invalid("unknown parameter '" + parameter.getKey() + "'; known are "
                        + known.stream().sorted().collect(Collectors.joining(", ")));
            }
            if (parameter.getValue().indexOf('\0') >= 0) {
                throw invalid("parameter '" + parameter.getKey() + "' contains a NUL character");
            }
        }
    }

    private static Selection selection(RoutingContext ctx) {
        long from = parameter(ctx, "from").map(text -> micros("from", text)).orElse(0L);
        long to = parameter(ctx, "to").map(text -> micros("to", text)).orElse(Long.MAX_VALUE);
        if (from > to) {
            throw invalid("from is after to");
        }
        return new Selection(
                TenantScope.of(ctx).tenant(),
                from,
                to,
                parameter(ctx, "outcome").map(UsageRoutes::outcome));
    }

    private static Optional<String> parameter(RoutingContext ctx, String name) {
        return Optional.ofNullable(ctx.request().getParam(name));
    }

    private static Grouping grouping(String text) {
        return Grouping.of(text)
                .orElseThrow(() -> invalid("group_by '" + text + "' is none of "
                        + Arrays.stream(Grouping.values()).map(Grouping::text).collect(Collectors.joining(", "))));
    }

    private static UsageRecord.Outcome outcome(String text) {
        return Arrays.stream(UsageRecord.Outcome.values())
                .filter(outcome -> UsageLedger.text(outcome).equals(text))
                .findFirst()
                .orElseThrow(() -> invalid("outcome '" + text + "' is none of "
                        + Arrays.stream(UsageRecord.Outcome.values())
                                .map(UsageLedger::text)
                                .collect(Collectors.joining(", "))));
    }

    /// A day, which begins at midnight UTC, or a moment.
    private static long micros(String name, String text) {
        try {
            var instant = text.length() == "2026-11-22".length()
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
            return UsageLedger.micros(instant);
        } catch (DateTimeException | ArithmeticException e) {
            throw invalid(
                    name + " '" + text + "' is neither a day like 2026-11-22 nor a moment like 2026-11-22T08:30:00Z");
        }
    }

    private static int limit(String text) {
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // the refusal below says the same for both
        }
        throw invalid("limit '" + text + "' is not a number from 1 to " + MAX_LIMIT);
    }

    private static String cursor(Entry last) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((last.startedMicros() + ":" + last.requestId()).getBytes(StandardCharsets.UTF_8));
    }

    private static Position position(String cursor) {
        try {
            var text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon > 0 && text.indexOf('\0') < 0) {
                return new Position(Long.parseLong(text.substring(0, colon)), text.substring(colon + 1));
            }
        } catch (IllegalArgumentException e) {
            // the refusal below says the same for all
        }
        throw invalid("cursor '" + cursor + "' is not one that a page of records ended with");
    }

    private static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_parameter", message);
    }
}
