package dev.pagoda.gateway.limit;

import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.limit.Standing.Level;

/// Where limits stand as the headers that OpenAI sends, three for requests and three for tokens.
public final class StandingHeaders {
    private StandingHeaders() {}

    public static void write(Standing standing, ResponseHeaders headers) {
        Level requests = standing.requests();
        if (requests.isPresent()) {
            headers.put("x-ratelimit-limit-requests", Long.toString(requests.limit()));
            headers.put("x-ratelimit-remaining-requests", Long.toString(requests.remaining()));
            headers.put("x-ratelimit-reset-requests", WaitText.of(requests.resetNanos()));
        }
        Level tokens = standing.tokens();
        if (tokens.isPresent()) {
            headers.put("x-ratelimit-limit-tokens", Long.toString(tokens.limit()));
            headers.put("x-ratelimit-remaining-tokens", Long.toString(tokens.remaining()));
            headers.put("x-ratelimit-reset-tokens", WaitText.of(tokens.resetNanos()));
        }
    }
}
