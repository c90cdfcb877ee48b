package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.study.RequestLog;
import dev.pagoda.gateway.study.TimedRequest;
import dev.pagoda.gateway.study.TraceReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which requests a study serves: those of a file, or drawn ones.
final class TraceOptions {
    private static final String POISSON = "poisson:";
    private static final long REPEAT_GAP_NANOS = 1_000_000_000L;
    private static final int MAX_REQUESTS = 10_000_000;

    @Option(names = "--trace", paramLabel = "T", description = "A file, or poisson:RATE in requests a second.")
    private @Nullable String trace;

    @Option(names = "--requests", paramLabel = "N", description = "So many requests of the trace, repeated if short.")
    private @Nullable Integer requests;

    @Option(names = "--input-tokens", paramLabel = "N", defaultValue = "1024", description = "Of a poisson trace.")
    private int inputTokens;

    @Option(names = "--output-tokens", paramLabel = "N", defaultValue = "128", description = "Of a poisson trace.")
    private int outputTokens;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Of a poisson trace.")
    private long seed;

    boolean isGiven() {
        return trace != null;
    }

    /// In order of arrival.
    ///
    /// @param log of a real engine, whose arrivals count where there is one
    List<TimedRequest> read(Optional<RequestLog> log) {
        List<TimedRequest> read;
        if (trace == null) {
            read = log.map(RequestLog::requests)
                    .orElseThrow(() -> new StartRefused("a study needs --trace: a file, or poisson:RATE"));
        } else if (trace.startsWith(POISSON)) {
            read = poisson(trace.substring(POISSON.length()));
        } else {
            read = TraceReader.read(Path.of(trace));
            if (log.isPresent()) {
                read = log.get().withArrivals(read);
            }
        }
        return requests == null ? read : repeat(read, requests);
    }

    /// Refuses requests that no such engine could ever serve.
    static void refuseTooLong(List<TimedRequest> requests, EngineLimits limits) {
        long room = 16L * limits.kvBlocks();
        for (int i = 0; i < requests.size(); i++) {
            TimedRequest each = requests.get(i);
            long tokens = (long) each.prompt().tokens() + each.outputTokens();
            if (tokens > limits.contextTokens() || tokens > room) {
                throw new StartRefused("request " + (i + 1) + " of the trace has " + tokens + " tokens, more than "
                        + (tokens > limits.contextTokens()
                                ? "the model's context of " + limits.contextTokens()
                                : "the " + room + " that an engine's KV cache holds"));
            }
        }
    }

    private List<TimedRequest> poisson(String text) {
        double rate;
        try {
            rate = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new StartRefused("--trace " + POISSON + text + " is not poisson: and a number", e);
        }
        int count = requests == null ? 1_000 : requests;
        if (!(rate > 0) || count < 1 || count > MAX_REQUESTS || inputTokens < 1 || outputTokens < 1) {
            throw new StartRefused("a poisson trace needs a rate, --input-tokens and --output-tokens above 0 and"
                    + " --requests of 1 to " + MAX_REQUESTS);
        }
        Random random = new Random(seed);
        var made = new ArrayList<TimedRequest>(count);
        double at = 0;
        for (int i = 0; i < count; i++) {
            made.add(new TimedRequest(Math.round(at * 1e9), Prompt.of(inputTokens), outputTokens));
            at += -Math.log(1 - random.nextDouble()) / rate;
        }
        return made;
    }

    /// The first so many, and when there are fewer, from the beginning again after the last.
    private static List<TimedRequest> repeat(List<TimedRequest> all, int count) {
        if (count < 1 || count > MAX_REQUESTS) {
            throw new StartRefused("--requests " + count + " is not within 1 to " + MAX_REQUESTS);
        }
        var repeated = new ArrayList<TimedRequest>(count);
        long later = 0;
        long begin = all.getFirst().arrivalNanos();
        long span = all.getLast().arrivalNanos() - begin + REPEAT_GAP_NANOS;
        for (int i = 0; i < count; i++) {
            if (i > 0 && i % all.size() == 0) {
                later += span;
            }
            TimedRequest each = all.get(i % all.size());
            repeated.add(new TimedRequest(each.arrivalNanos() + later, each.prompt(), each.outputTokens()));
        }
        return repeated;
    }
}
