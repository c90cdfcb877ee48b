package dev.pagoda.gateway.load;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What one run does: the target, the arrivals, the shape of a request, and every bound.
///
/// @param base          scheme, host and port of the target; paths such as `/v1/chat/completions` are appended
/// @param apiKey        the bearer key, or null for a target that asks none
/// @param arrivals      open or closed loop
/// @param concurrency   requests in flight at most; an open loop queues beyond it and still counts from the intended
/// time
/// @param maxRequests   requests sent at most
/// @param duration      time after which nothing more is sent
/// @param content       what requests ask; a replayed trace has its own
/// @param abortFraction share of requests that disconnect in mid-stream, 0 to 1
/// @param ignoreEos     whether to send vLLM's `ignore_eos`, so that each answer has exactly `maxTokens`
/// @param seed          of arrivals, prompts and aborts
/// @param timeout       of one request, from the moment it is sent
record LoadPlan(
        URI base,
        @Nullable String apiKey,
        String model,
        Arrivals arrivals,
        int concurrency,
        long maxRequests,
        Duration duration,
        Content content,
        double abortFraction,
        boolean ignoreEos,
        long seed,
        Duration timeout) {

    static final int MAX_CONCURRENCY = 16_384;
    static final long MAX_REQUESTS = 10_000_000;
    static final Duration MAX_DURATION = Duration.ofDays(1);

    LoadPlan {
        within("concurrency", concurrency, 1, MAX_CONCURRENCY);
        within("requests", maxRequests, 1, MAX_REQUESTS);
        within("duration in ms", duration.toMillis(), 1, MAX_DURATION.toMillis());
        within("timeout in ms", timeout.toMillis(), 1, MAX_DURATION.toMillis());
        if (!(abortFraction >= 0 && abortFraction <= 1)) {
            throw new IllegalArgumentException("abort fraction " + abortFraction + " is not within 0 to 1");
        }
        if (base.getHost() == null || !("http".equals(base.getScheme()) || "https".equals(base.getScheme()))) {
            throw new IllegalArgumentException("URL " + base + " is not of the form http://host:port");
        }
    }

    /// The same at another rate, with seeds of its own.
    LoadPlan at(double perSecond, long otherSeed) {
        return new LoadPlan(
                base,
                apiKey,
                model,
                new Arrivals.Open(ArrivalSchedule.Shape.POISSON, perSecond),
                concurrency,
                maxRequests,
                duration,
                content,
                abortFraction,
                ignoreEos,
                otherSeed,
                timeout);
    }

    private static void within(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " " + value + " is not within " + least + " to " + most);
        }
    }

    /// The target's base URL from what a user types: a trailing slash or `/v1` is dropped.
    static URI baseOf(String url) {
        String trimmed = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        try {
            return URI.create(trimmed.endsWith("/v1") ? trimmed.substring(0, trimmed.length() - 3) : trimmed);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("URL " + url + " is not of the form http://host:port", e);
        }
    }

    int port() {
        if (base.getPort() >= 0) {
            return base.getPort();
        }
        return isSecure() ? 443 : 80;
    }

    boolean isSecure() {
        return "https".equals(base.getScheme());
    }

    /// The path of one endpoint under the base URL.
    String path(String endpoint) {
        String prefix = base.getRawPath();
        return prefix == null ? endpoint : prefix + endpoint;
    }
}
