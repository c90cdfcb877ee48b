package dev.pagoda.gateway.load;

import dev.pagoda.gateway.load.UsageCheck.Metered;
import dev.pagoda.gateway.load.UsageCheck.Verdict;
import dev.pagoda.gateway.report.Objective;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    private static final int PROGRESS_MILLIS = 250;
    private static final int HOOK_SECONDS = 5;

    private final CountDownLatch printed = new CountDownLatch(1);
    private final List<Thread> hooks = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private LoadOptions options = new LoadOptions();

    @Option(
            names = "--check-usage",
            description = "Compare the responses' usage with Pagoda's /platform/usage; exit 1 on a difference.")
    private boolean checkUsage;

    @Option(names = "--slo", paramLabel = "S", description = "Such as ttft=500ms,tpot=50ms or ttft_p99=2s.")
    private @Nullable String slo;

    @Option(names = "--find-max", description = "Find the highest rate that holds --slo.")
    private boolean findMax;

    @Option(names = "--attainment", paramLabel = "X", description = "Share of requests for bounds without percentile.")
    private double attainment = .99;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Option(names = "--svg", paramLabel = "F", description = "Where a picture of the run goes.")
    private @Nullable Path svg;

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
            printed.countDown();
            hooks.forEach(LoadCommand::removeHook);
            out.flush();
            err.flush();
            await(vertx.close());
        }
    }

    private int run(Vertx vertx, PrintWriter out, PrintWriter err) {
        Optional<Objective> objective = Optional.ofNullable(slo).map(Objective::parse);
        if (findMax && (objective.isEmpty() || checkUsage)) {
            throw new LoadException("--find-max needs --slo, such as ttft_p99=2s,tpot_p99=80ms, and no --check-usage");
        }
        if (!(attainment > 0 && attainment <= 1)) {
            throw new LoadException("--attainment " + attainment + " is not above 0 and at most 1");
        }
        refuseUnwritable();
        LoadPlan plan = options.plan((base, key) -> listedModel(vertx, base, key), findMax);
        try (var target = new Target(vertx, plan.base(), plan.apiKey())) {
            await(target.check());
            if (findMax) {
                return findMax(vertx, plan, objective.orElseThrow(), out, err);
            }
            var check = new UsageCheck(vertx, target);
            Metered before = checkUsage ? await(check.read()) : Metered.NOTHING;
            LoadReport report = measure(vertx, plan, objective);
            print(report, Map.of(), plan, out);
            boolean agrees = !checkUsage || tell(await(check.compare(before, report)), err);
            return agrees && report.requests().completed() > 0 ? 0 : 1;
        }
    }

    private static String listedModel(Vertx vertx, URI base, @Nullable String key) {
        try (var target = new Target(vertx, base, key)) {
            return await(target.firstChatModel());
        }
    }

    /// Runs ever higher rates, then between the last that held and the first that did not.
    private int findMax(Vertx vertx, LoadPlan plan, Objective objective, PrintWriter out, PrintWriter err) {
        double first = plan.arrivals() instanceof Arrivals.ByClock clock ? clock.perSecond() : 1;
        var search = new RateSearch(first);
        LoadReport best = null;
        LoadReport last = null;
        var trials = new ArrayList<Map<String, Object>>();
        for (OptionalDouble next = search.next(); next.isPresent(); next = search.next()) {
            double rate = next.getAsDouble();
            last = measure(vertx, plan.at(rate, plan.seed() + trials.size()), Optional.of(objective));
            boolean holds = last.holds(objective, attainment);
            err.printf(
                    Locale.ROOT,
                    "%.3g requests/s: %s (%.2f %% within the bounds, %d failed, p99 TTFT %.1f ms, p99 TPOT %.2f ms)%n",
                    rate,
                    holds ? "holds" : "does not hold",
                    100 * last.attainment(),
                    last.requests().failed(),
                    last.firstToken().p99(),
                    last.perOutputToken().p99());
            err.flush();
            var trial = new LinkedHashMap<String, Object>();
            trial.put("request_rate", rate);
            trial.put("holds", holds);
            trial.putAll(last.benchServeJson());
            trials.add(trial);
            search.tell(holds);
            best = holds ? last : best;
            if (last.requests().interrupted() > 0) {
                break;
            }
        }
        if (best == null) {
            err.println("no rate down to " + search.lowest() + " requests/s holds " + objective.label());
            return 1;
        }
        var found = new LinkedHashMap<String, Object>();
        found.put("max_request_rate", search.best().orElse(0));
        found.put("trials", trials);
        print(best, found, plan.at(search.best().orElse(first), plan.seed()), out);
        if (!json) {
            out.printf(
                    Locale.ROOT,
                    "%nhighest rate that holds %s: %.3g requests/s%n",
                    objective.label(),
                    search.best().orElse(0));
        }
        return 0;
    }

    private LoadReport measure(Vertx vertx, LoadPlan plan, Optional<Objective> objective) {
        var run = new LoadRun(vertx, plan, objective);
        var hook = new Thread(
                () -> {
                    run.stop();
                    awaitPrinted(printed);
                },
                "load-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        try (var terminal =
                LoadTerminal.onStandardError(isTerminal(), options.requests().orElse(-1), plan.duration())) {
            return follow(run, terminal);
        } finally {
            hooks.add(hook);
        }
    }

    private void print(LoadReport report, Map<String, Object> more, LoadPlan plan, PrintWriter out) {
        var run = new LinkedHashMap<String, Object>();
        run.put("backend", "openai-chat");
        run.put("model_id", plan.model());
        run.put("request_rate", plan.arrivals() instanceof Arrivals.ByClock clock ? (Object) clock.perSecond() : "inf");
        run.put("max_concurrency", plan.concurrency());
        run.putAll(more);
        out.print(json ? report.json(run) + System.lineSeparator() : report.text());
        out.flush();
        if (svg != null) {
            try {
                Files.writeString(svg, report.times().svg());
            } catch (IOException unwritable) {
                throw new LoadException("the picture cannot be written to " + svg.toAbsolutePath());
            }
        }
    }

    private void refuseUnwritable() {
        Path folder = svg == null ? null : svg.toAbsolutePath().getParent();
        if (svg != null && (Files.isDirectory(svg) || folder == null || !Files.isWritable(folder))) {
            throw new LoadException("--svg " + svg + " cannot be written");
        }
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
