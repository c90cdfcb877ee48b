package dev.pagoda.gateway.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// Compares what the responses told with what the platform metered: `GET /platform/usage?outcome=completed`, after
/// minus before.
///
/// A client that leaves may find that its request had just completed on the other side: the platform meters that
/// request as completed although the client counts it as aborted. Each difference is therefore settled request by
/// request, by the records of the requests that did not complete here. Holds only while no other client uses the same
/// tenant.
final class UsageCheck {
    private static final String PATH = "/platform/usage?outcome=completed";
    private static final String RECORDS = "/platform/usage/records?outcome=completed&request_id=";
    private static final int ATTEMPTS = 10;
    private static final int PAUSE_MILLIS = 500;
    private static final int LOOK_UPS_AT_ONCE = 16;

    private final Vertx vertx;
    private final Target target;

    UsageCheck(Vertx vertx, Target target) {
        this.vertx = vertx;
        this.target = target;
    }

    /// What a tenant has used in all.
    record Metered(long requests, long promptTokens, long completionTokens) {
        static final Metered NOTHING = new Metered(0, 0, 0);

        Metered minus(Metered earlier) {
            return new Metered(
                    requests - earlier.requests,
                    promptTokens - earlier.promptTokens,
                    completionTokens - earlier.completionTokens);
        }

        Metered plus(Metered other) {
            return new Metered(
                    requests + other.requests,
                    promptTokens + other.promptTokens,
                    completionTokens + other.completionTokens);
        }

        static Metered told(LoadReport report) {
            return new Metered(
                    report.requests().completed(),
                    report.tokens().prompt(),
                    report.tokens().completion());
        }

        String text() {
            return String.format(
                    Locale.ROOT, "%,d requests with %,d + %,d tokens", requests, promptTokens, completionTokens);
        }
    }

    /// @param told     by the completed responses
    /// @param late     of requests that the client had left when they completed
    /// @param platform by the platform
    record Verdict(Metered told, Metered late, Metered platform) {
        boolean agrees() {
            return told.plus(late).equals(platform);
        }

        String text() {
            return "usage check: responses told " + told.text()
                    + (late.requests() > 0 ? ", aborted ones that had just completed used " + late.text() : "")
                    + "; the platform metered " + platform.text() + ": " + (agrees() ? "equal" : "DIFFERENT");
        }
    }

    /// What the platform has metered up to now.
    Future<Metered> read() {
        return target.get(PATH).map(answer -> {
            target.require(answer, PATH);
            return metered(target.json(answer.body(), PATH).path("total"), true);
        });
    }

    /// Compares a run with what the platform metered since `before`; waits up to five seconds for late records.
    Future<Verdict> compare(Metered before, LoadReport report) {
        return compare(before, report, Metered.NOTHING, ATTEMPTS);
    }

    private Future<Verdict> compare(Metered before, LoadReport report, Metered late, int attempts) {
        return read().compose(now -> {
            var verdict = new Verdict(Metered.told(report), late, now.minus(before));
            if (verdict.agrees() || attempts <= 1) {
                return Future.succeededFuture(verdict);
            }
            return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .compose(v -> late(report.cutIds(), 0, Metered.NOTHING))
                    .compose(found -> compare(before, report, found, attempts - 1));
        });
    }

    private Future<Metered> late(List<String> ids, int from, Metered sum) {
        if (from >= ids.size()) {
            return Future.succeededFuture(sum);
        }
        int to = Math.min(ids.size(), from + LOOK_UPS_AT_ONCE);
        List<Future<Metered>> lookUps =
                ids.subList(from, to).stream().map(this::completed).toList();
        return Future.all(lookUps)
                .compose(all ->
                        late(ids, to, lookUps.stream().map(Future::result).reduce(sum, Metered::plus)));
    }

    private Future<Metered> completed(String id) {
        String path = RECORDS + URLEncoder.encode(id, StandardCharsets.UTF_8);
        return target.get(path).map(answer -> {
            target.require(answer, path);
            JsonNode records = target.json(answer.body(), path).path("data");
            return records.isEmpty() ? Metered.NOTHING : metered(records.path(0), false);
        });
    }

    private static Metered metered(JsonNode sums, boolean counted) {
        for (String field : List.of("prompt_tokens", "completion_tokens")) {
            if (!sums.path(field).isIntegralNumber()) {
                throw new LoadException(PATH + " does not tell " + field + "; is the target Pagoda?");
            }
        }
        return new Metered(
                counted ? sums.path("requests").asLong() : 1,
                sums.path("prompt_tokens").longValue(),
                sums.path("completion_tokens").longValue());
    }
}
