package dev.pagoda.gateway.load;

import dev.pagoda.gateway.study.TraceFault;
import dev.pagoda.gateway.study.TraceReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/// What a user says of a run: the target, when requests leave, and what they ask.
final class LoadOptions {
    private static final Duration DEFAULT_DURATION = Duration.ofSeconds(30);
    private static final Duration WITH_REQUESTS_DURATION = Duration.ofHours(1);
    private static final int DEFAULT_OPEN_CONCURRENCY = 1_024;
    /// At which a search for the highest rate begins.
    private static final double FIRST_RATE = 1;

    @Option(names = "--rate", paramLabel = "R", description = "Requests per second, open loop.")
    private @Nullable Double rate;

    @Option(
            names = "--duration",
            paramLabel = "D",
            converter = DurationOption.class,
            description = "Send for this long, such as 30s or 5m (default 30s; 1h when --requests is given).")
    private @Nullable Duration duration;

    @Option(names = "--requests", paramLabel = "N", description = "Send this many requests at most.")
    private @Nullable Long requests;

    @Option(
            names = "--concurrency",
            paramLabel = "C",
            description = "Requests in flight at most; open loop: the rest waits (default 1024).")
    private @Nullable Integer concurrency;

    @Option(names = "--model", paramLabel = "M", description = "Model to ask (default: the first chat model listed).")
    private @Nullable String model;

    @Option(
            names = "--url",
            paramLabel = "U",
            defaultValue = "http://127.0.0.1:8080",
            description = "Server, with or without /v1 (default ${DEFAULT-VALUE}).")
    private String url = "";

    @Option(
            names = "--api-key",
            paramLabel = "K",
            defaultValue = "${env:PAGODA_API_KEY:-${env:OPENAI_API_KEY:-}}",
            showDefaultValue = Visibility.NEVER,
            description = "Bearer key (default: PAGODA_API_KEY or OPENAI_API_KEY of the environment).")
    private String apiKey = "";

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            description = "Tokens of each prompt, about: 256, 100-400, normal:300:80, lognormal:200:0.8.")
    private String promptTokens = "128";

    @Option(names = "--max-tokens", paramLabel = "N", description = "max_tokens of each request, as --prompt-tokens.")
    private String maxTokens = "128";

    @Option(names = "--shared-prefix", paramLabel = "N", description = "Tokens that prompts share at their beginning.")
    private int sharedTokens;

    @Option(names = "--prefixes", paramLabel = "N", description = "How many such beginnings.")
    private int prefixes = 1;

    @Option(names = "--turns", paramLabel = "N", description = "Requests of a session.")
    private int turns = 1;

    @Option(
            names = "--think",
            paramLabel = "D",
            converter = DurationOption.class,
            description = "Between an answer and the session's next request.")
    private Duration think = Duration.ZERO;

    @Option(names = "--ramp", paramLabel = "A-B", description = "From one rate to another over the duration.")
    private @Nullable String ramp;

    @Option(names = "--burst", paramLabel = "ON:OFF", description = "Seconds with --rate, and seconds without.")
    private @Nullable String burst;

    @Option(names = "--trace", paramLabel = "F", description = "Replay a trace's times, prompts and answers.")
    private @Nullable Path trace;

    @Option(names = "--speed", paramLabel = "X", description = "Of a trace's time.")
    private double speed = 1;

    @Option(names = "--ignore-eos", description = "Ask for exactly --max-tokens tokens (vLLM and Pagoda only).")
    private boolean ignoreEos;

    @Option(
            names = "--abort",
            paramLabel = "FRACTION",
            defaultValue = "0",
            description = "Share of requests that disconnect in mid-stream, 0 to 1 (default ${DEFAULT-VALUE}).")
    private double abort;

    @Option(names = "--constant", description = "Equal gaps between arrivals instead of Poisson's.")
    private boolean constant;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Seed of arrivals, prompts and aborts (default ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--timeout",
            paramLabel = "D",
            defaultValue = "120s",
            converter = DurationOption.class,
            description = "Longest a request may take once sent (default ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofMinutes(2);

    boolean hasRate() {
        return rate != null;
    }

    OptionalLong requests() {
        return requests == null ? OptionalLong.empty() : OptionalLong.of(requests);
    }

    /// @param listedModel asks a server for its first chat model
    LoadPlan plan(BiFunction<URI, @Nullable String, String> listedModel, boolean findsMax) {
        Duration lasts = duration != null ? duration : requests != null ? WITH_REQUESTS_DURATION : DEFAULT_DURATION;
        Arrivals arrivals = arrivals(lasts, findsMax);
        if (arrivals instanceof Arrivals.Replay replay && duration == null) {
            lasts = Duration.ofNanos(replay.offsetNanos(replay.requests().size() - 1))
                    .plusSeconds(1);
        }
        var base = LoadPlan.baseOf(url);
        String key = apiKey.isBlank() ? null : apiKey;
        return new LoadPlan(
                base,
                key,
                model != null ? model : listedModel.apply(base, key),
                arrivals,
                concurrency != null ? concurrency : DEFAULT_OPEN_CONCURRENCY,
                requests != null ? requests : LoadPlan.MAX_REQUESTS,
                lasts,
                new Content(
                        Lengths.parse(promptTokens), Lengths.parse(maxTokens), sharedTokens, prefixes, turns, think),
                abort,
                ignoreEos,
                seed,
                timeout);
    }

    private Arrivals arrivals(Duration lasts, boolean findsMax) {
        var shape = constant ? ArrivalSchedule.Shape.CONSTANT : ArrivalSchedule.Shape.POISSON;
        if (trace != null) {
            if (rate != null || ramp != null || burst != null || findsMax) {
                throw new LoadException(
                        "--trace has its own times: --rate, --ramp, --burst, --find-max do not go with it");
            }
            return replay(trace);
        }
        if (ramp != null) {
            if (rate != null || burst != null || findsMax) {
                throw new LoadException("--ramp has its own rates: --rate, --burst and --find-max do not go with it");
            }
            double[] ends = pair("--ramp", ramp, "-");
            return new Arrivals.Ramp(shape, ends[0], ends[1], lasts.toNanos() / 1e9);
        }
        if (burst != null) {
            if (rate == null || findsMax) {
                throw new LoadException("--burst needs --rate, that within a burst, and no --find-max");
            }
            double[] times = pair("--burst", burst, ":");
            return new Arrivals.Bursts(shape, rate, times[0], times[1]);
        }
        if (rate != null || findsMax) {
            return new Arrivals.Open(shape, rate == null ? FIRST_RATE : rate);
        }
        if (concurrency == null) {
            throw new LoadException("give --rate R, --ramp A-B or --trace F for an open loop, or --concurrency C with"
                    + " --requests N for a closed one");
        }
        return new Arrivals.Closed();
    }

    private Arrivals replay(Path file) {
        try {
            return new Arrivals.Replay(TraceReader.read(file), speed);
        } catch (TraceFault broken) {
            throw new LoadException(String.valueOf(broken.getMessage()));
        }
    }

    private static double[] pair(String option, String text, String sign) {
        String[] parts = text.split(Pattern.quote(sign), -1);
        try {
            if (parts.length == 2) {
                return new double[] {Double.parseDouble(parts[0]), Double.parseDouble(parts[1])};
            }
        } catch (NumberFormatException notNumbers) {
            throw new LoadException(option + " " + text + " is not two numbers with a " + sign + " between");
        }
        throw new LoadException(option + " " + text + " is not two numbers with a " + sign + " between");
    }
}
