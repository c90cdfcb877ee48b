package dev.pagoda.gateway.limit;

import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.limit.Standing.Level;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;

/// Where limits stand as the headers that OpenAI sends, three for requests and three for tokens.
public final class StandingHeaders {
    private static final Names REQUESTS = new Names("requests");
    private static final Names TOKENS = new Names("tokens");

    private StandingHeaders() {}

    private record Names(CharSequence limit, CharSequence remaining, CharSequence reset) {
        Names(String what) {
            this(
                    HttpHeaders.createOptimized("x-ratelimit-limit-" + what),
                    HttpHeaders.createOptimized("x-ratelimit-remaining-" + what),
                    HttpHeaders.createOptimized("x-ratelimit-reset-" + what));
        }
    }

    public static void write(Standing standing, ResponseHeaders headers) {
        write(REQUESTS, standing.requests(), headers);
        write(TOKENS, standing.tokens(), headers);
    }

    /// The same, into the headers of a response.
    public static void write(Standing standing, MultiMap headers) {
        write(REQUESTS, standing.requests(), headers);
        write(TOKENS, standing.tokens(), headers);
    }

    private static void write(Names names, Level level, ResponseHeaders headers) {
        if (level.isPresent()) {
            headers.put(names.limit().toString(), Long.toString(level.limit()));
            headers.put(names.remaining().toString(), Long.toString(level.remaining()));
            headers.put(names.reset().toString(), WaitText.of(level.resetNanos()));
        }
    }

    private static void write(Names names, Level level, MultiMap headers) {
        if (level.isPresent()) {
            headers.set(names.limit(), Long.toString(level.limit()));
            headers.set(names.remaining(), Long.toString(level.remaining()));
            headers.set(names.reset(), WaitText.of(level.resetNanos()));
        }
    }
}
