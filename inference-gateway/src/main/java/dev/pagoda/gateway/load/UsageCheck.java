package dev.pagoda.gateway.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/// Compares what the responses told with what the platform metered: `GET /platform/usage?outcome=completed`, after
/// minus before.
///
/// Holds only while no other client uses the same tenant.
final class UsageCheck {
    private static final String PATH = "/platform/usage?outcome=completed";
    private static final int SETTLE_ATTEMPTS = 50;
    private static final int SETTLE_MILLIS = 100;

    private final Vertx vertx;
    private final Target target;

    UsageCheck(Vertx vertx, Target target) {
        this.vertx = vertx;
        this.target = target;
    }

    /// What a tenant has used in all.
    record Metered(long requests, long promptTokens, long completionTokens) {
        Metered minus(Metered earlier) {
            return new Metered(
                    requests - earlier.requests,
                    promptTokens - earlier.promptTokens,
                    completionTokens - earlier.completionTokens);
        }

        /// Whether the platform metered exactly what the completed responses of a run told.
        boolean agrees(LoadReport report) {
            return requests == report.requests().completed()
                    && promptTokens == report.tokens().prompt()
                    && completionTokens == report.tokens().completion();
        }
    }

    /// What the platform has metered up to now.
    Future<Metered> read() {
        return target.get(PATH).map(answer -> {
            target.require(answer, PATH);
            JsonNode total = target.json(answer.body(), PATH).path("total");
            for (String field : new String[] {"requests", "prompt_tokens", "completion_tokens"}) {
                if (!total.path(field).isIntegralNumber()) {
                    throw new LoadException(PATH + " does not tell total." + field + "; is the target Pagoda?");
                }
            }
            return new Metered(
                    total.path("requests").longValue(),
                    total.path("prompt_tokens").longValue(),
                    total.path("completion_tokens").longValue());
        });
    }

    /// What the platform metered since `before`: read again, for at most five seconds, until it agrees with the report.
    Future<Metered> since(Metered before, LoadReport report) {
        return since(before, report, SETTLE_ATTEMPTS);
    }

    private Future<Metered> since(Metered before, LoadReport report, int attempts) {
        return read().compose(now -> {
            Metered used = now.minus(before);
            if (used.agrees(report) || attempts <= 1) {
                return Future.succeededFuture(used);
            }
            return vertx.timer(SETTLE_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS)
                    .compose(v -> since(before, report, attempts - 1));
        });
    }
}
