package dev.pagoda.gateway.anthropic;

import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is left of a caller's limits, in Anthropic's headers: those of OpenAI that the gateway tells, under other
/// names, and with the time of a reset instead of the time until it.
final class RateLimitHeaders {
    private static final Map<String, String> NAMES = Map.of(
            "x-ratelimit-limit-requests", "anthropic-ratelimit-requests-limit",
            "x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining",
            "x-ratelimit-reset-requests", "anthropic-ratelimit-requests-reset",
            "x-ratelimit-limit-tokens", "anthropic-ratelimit-tokens-limit",
            "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining",
            "x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset");

    /// Go's form, which OpenAI sends: `6m0s`, `1.5s`, `12ms`.
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|h|m|s)");

    private final HttpServerResponse response;
    private final InstantSource clock;

    RateLimitHeaders(HttpServerResponse response, InstantSource clock) {
        this.response = response;
        this.clock = clock;
    }

    /// Puts a header that the gateway tells, unless the answer has begun.
    void put(String name, String value) {
        if (response.headWritten()) {
            return;
        }
        String ours = NAMES.get(name);
        if (ours == null) {
            response.putHeader(name, value);
        } else if (ours.endsWith("-reset")) {
            until(value)
                    .ifPresent(wait -> response.putHeader(
                            ours,
                            clock.instant()
                                    .plus(wait)
                                    .truncatedTo(ChronoUnit.SECONDS)
                                    .toString()));
        } else {
            response.putHeader(ours, value);
        }
    }

    static Optional<Duration> until(String text) {
        Matcher part = PART.matcher(text);
        Duration sum = Duration.ZERO;
        int end = 0;
        while (part.lookingAt()) {
            double amount = Double.parseDouble(part.group(1));
            double seconds = switch (part.group(2)) {
                case "ms" -> amount / 1_000;
                case "m" -> amount * 60;
                case "h" -> amount * 3_600;
                default -> amount;
            };
            sum = sum.plusNanos(Math.round(seconds * 1e9));
            end = part.end();
            part.region(end, text.length());
        }
        return end == text.length() && end > 0 ? Optional.of(sum) : Optional.empty();
    }
}
