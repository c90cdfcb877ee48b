package dev.pagoda.gateway.load;

import dev.pagoda.gateway.load.LoadPlan.Arrivals;
import dev.pagoda.gateway.load.UsageCheck.Metered;
import dev.pagoda.gateway.load.UsageCheck.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.Console;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pagoda load`: measures any OpenAI-compatible server with streaming chats.
///
/// Exit codes: 0 measured; 1 nothing completed, or `--check-usage` found a difference; 2 the run could not start.
@Command(
        name = "load",
        description = {
            "Load an OpenAI-compatible server with streaming chats and measure it.",
            "With --rate the loop is open: requests leave by the clock, latencies count from the intended time.",
            "Without it --concurrency clients each wait for their answer before they ask again."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class LoadCommand implements Callable<Integer> {
    private static final Duration DEFAULT_DURATION = Duration.ofSeconds(30);
    private static final Duration WITH_REQUESTS_DURATION = Duration.ofHours(1);
    private static final int DEFAULT_OPEN_CONCURRENCY = 1_024;
    private static final int PROGRESS_MILLIS = 250;
    private static final int HOOK_SECONDS = 5;

    @Spec
    private @Nullable CommandSpec spec;

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
            defaultValue = "128",
            description = "Tokens of each prompt, about (default ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "128",
            description = "max_tokens of each request (default ${DEFAULT-VALUE}).")
    private int maxTokens;

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

    @Option(
            names = "--check-usage",
            description = "Compare the responses' usage with Pagoda's /platform/usage; exit 1 on a difference.")
    private boolean checkUsage;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec, "spec").commandLine();
        PrintWriter out = line.getOut();
        PrintWriter err = line.getErr();
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            return run(vertx, out, err);
        } catch (LoadException | IllegalArgumentException e) {
            err.println(e.getMessage());
            return 2;
        } finally {
            out.flush();
            err.flush();
            await(vertx.close());
        }
    }

    private int run(Vertx vertx, PrintWriter out, PrintWriter err) {
        LoadPlan plan = plan(vertx);
        try (var target = new Target(vertx, plan.base(), plan.apiKey())) {
            await(target.check());
            var check = new UsageCheck(vertx, target);
            Metered before = checkUsage ? await(check.read()) : Metered.NOTHING;
            LoadReport report = measure(vertx, plan, out);
            boolean agrees = !checkUsage || tell(await(check.compare(before, report)), err);
            return agrees && report.requests().completed() > 0 ? 0 : 1;
        }
    }

    private LoadPlan plan(Vertx vertx) {
        if (rate == null && concurrency == null) {
            throw new LoadException(
                    "give --rate R for an open loop, or --concurrency C with --requests N for a closed one");
        }
        Arrivals arrivals = rate == null
                ? new Arrivals.Closed()
                : new Arrivals.Open(constant ? ArrivalSchedule.Shape.CONSTANT : ArrivalSchedule.Shape.POISSON, rate);
        Duration lasts = duration != null ? duration : requests != null ? WITH_REQUESTS_DURATION : DEFAULT_DURATION;
        var base = LoadPlan.baseOf(url);
        String key = apiKey.isBlank() ? null : apiKey;
        return new LoadPlan(
                base,
                key,
                model != null ? model : listedModel(vertx, base, key),
                arrivals,
                concurrency != null ? concurrency : DEFAULT_OPEN_CONCURRENCY,
                requests != null ? requests : LoadPlan.MAX_REQUESTS,
                lasts,
                promptTokens,
                maxTokens,
                abort,
                ignoreEos,
                seed,
                timeout);
    }

    private static String listedModel(Vertx vertx, URI base, @Nullable String key) {
        try (var target = new Target(vertx, base, key)) {
            return await(target.firstChatModel());
        }
    }

    private LoadReport measure(Vertx vertx, LoadPlan plan, PrintWriter out) {
        var run = new LoadRun(vertx, plan);
        var printed = new CountDownLatch(1);
        var hook = new Thread(
                () -> {
                    run.stop();
                    awaitPrinted(printed);
                },
                "load-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        LoadReport report;
        try (var terminal =
                LoadTerminal.onStandardError(isTerminal(), requests == null ? -1 : requests, plan.duration())) {
            report = follow(run, terminal);
        }
        out.print(json ? report.json() + System.lineSeparator() : report.text());
        out.flush();
        printed.countDown();
        removeHook(hook);
        return report;
    }

    // JDK 25's console is null again unless both ends are a terminal (JDK-8351435)
    private static boolean isTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }

    private static LoadReport follow(LoadRun run, LoadTerminal terminal) {
        var finished = run.start().toCompletionStage().toCompletableFuture();
        while (true) {
            try {
                LoadReport report = finished.get(PROGRESS_MILLIS, TimeUnit.MILLISECONDS);
                terminal.show(run.progress());
                return report;
            } catch (TimeoutException stillRunning) {
                terminal.show(run.progress());
            } catch (InterruptedException e) {
                run.stop();
            } catch (ExecutionException e) {
                throw new IllegalStateException("the run broke off", e.getCause());
            }
        }
    }

    private static boolean tell(Verdict verdict, PrintWriter err) {
        err.println(verdict.text());
        return verdict.agrees();
    }

    private static void awaitPrinted(CountDownLatch printed) {
        try {
            if (!printed.await(HOOK_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("the report did not come within " + HOOK_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyShuttingDown) {
            // Ctrl-C: the hook itself is running and ends by the latch.
            return;
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LoadException told) {
                throw told;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new LoadException("the server did not answer within 30 s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted");
        }
    }
}
