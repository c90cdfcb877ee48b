package dev.pagoda.deploy.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.BenchProgress;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.scale.Scaling;
import dev.pagoda.gateway.study.Comparison;
import dev.pagoda.gateway.study.EngineConfig;
import dev.pagoda.gateway.study.FleetPlan;
import dev.pagoda.gateway.study.RequestLog;
import dev.pagoda.gateway.study.ServingPlan;
import dev.pagoda.gateway.study.ServingReport;
import dev.pagoda.gateway.study.ServingResult;
import dev.pagoda.gateway.study.ServingStudy;
import dev.pagoda.gateway.study.TimedRequest;
import dev.pagoda.gateway.study.TraceFault;
import dev.pagoda.gateway.study.TraceReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda simulate serving`: serves a trace on simulated engines in virtual time.
@Command(
        name = "serving",
        description = "Serve a trace of requests on simulated engines, and compare with a real log.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class ServingCommand implements Callable<Integer> {
    private static final String POISSON = "poisson:";
    private static final long TICK_NANOS = 1_000_000_000L;
    private static final int MAX_REQUESTS = 10_000_000;

    @Option(names = "--model", paramLabel = "M", description = "Name at Hugging Face, with or without publisher.")
    private @Nullable String model;

    @Option(names = "--model-config", paramLabel = "F", description = "A model's config.json instead.")
    private @Nullable Path modelConfig;

    @Option(names = "--device", paramLabel = "D", description = "For example h100-sxm.")
    private @Nullable String device;

    @Option(names = "--tp", paramLabel = "N", description = "Tensor parallelism (default 1).")
    private @Nullable Integer tensor;

    @Option(names = "--dp", paramLabel = "N", description = "Data-parallel ranks of an engine (default 1).")
    private @Nullable Integer data;

    @Option(names = "--expert-parallel", description = "Spread the experts over all ranks of an engine.")
    private @Nullable Boolean expertParallel;

    @Option(names = "--engines", paramLabel = "N", defaultValue = "1", description = "Engines, all alike.")
    private int engines;

    @Option(names = "--engine", paramLabel = "E", defaultValue = "vllm", description = "Whose host loop.")
    private String engine = "vllm";

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

    @Option(names = "--policy", paramLabel = "P", description = "How to route; given often, a table compares.")
    private List<String> policies = List.of("least-requests");

    @Option(names = "--autoscaler", paramLabel = "A", description = "How many engines; given often, a table compares.")
    private List<String> autoscalers = List.of();

    @Option(names = "--min-engines", paramLabel = "N", defaultValue = "0", description = "Kept by an autoscaler.")
    private int fewestEngines;

    @Option(names = "--max-engines", paramLabel = "N", defaultValue = "8", description = "For an autoscaler.")
    private int mostEngines;

    @Option(names = "--storage", paramLabel = "S", defaultValue = "distributed", description = "Of image and weights.")
    private String storage = "";

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "25", description = "Seconds of an engine's start.")
    private double warmUpSeconds;

    @Option(names = "--keep-hot", paramLabel = "S", defaultValue = "3600", description = "Seconds nodes keep weights.")
    private long keepHotSeconds;

    @Option(names = "--router-block", paramLabel = "N", defaultValue = "16", description = "Tokens of a known block.")
    private int blockTokens;

    @Option(names = "--slo", paramLabel = "S", description = "Such as ttft=500ms,tpot=50ms.")
    private @Nullable String slo;

    @Option(names = "--engine-config", paramLabel = "F", description = "What vLLM was started with, as JSON.")
    private @Nullable Path engineConfig;

    @Option(names = "--max-num-seqs", paramLabel = "N", description = "As vLLM's (default 256).")
    private @Nullable Integer maxSequences;

    @Option(names = "--max-num-batched-tokens", paramLabel = "N", description = "As vLLM's (default 8192).")
    private @Nullable Integer stepTokens;

    @Option(names = "--max-model-len", paramLabel = "N", description = "As vLLM's (default the model's).")
    private @Nullable Integer contextTokens;

    @Option(names = "--kv-blocks", paramLabel = "N", description = "Blocks of 16 tokens (default what fits).")
    private @Nullable Integer kvBlocks;

    @Option(names = "--gpu-memory-utilization", paramLabel = "X", description = "As vLLM's (default 0.9).")
    private @Nullable Double memoryShare;

    @Option(names = "--dtype", paramLabel = "T", description = "Of the weights: bf16, fp8, int8, int4.")
    private @Nullable String dtype;

    @Option(names = "--kv-dtype", paramLabel = "T", description = "Of keys and values.")
    private @Nullable String kvDtype;

    @Option(names = "--no-prefix-caching", description = "Share no prefixes.")
    private boolean noPrefixCaching;

    @Option(names = "--speculative", paramLabel = "K:A", description = "K drafts a step, each right with chance A.")
    private @Nullable String speculative;

    @Option(names = "--link", paramLabel = "US:GB", description = "All-reduce: microseconds and GB/s one way.")
    private @Nullable String link;

    @Option(names = "--profiles", paramLabel = "DIR", description = "Operator tables instead of coefficients.")
    private @Nullable Path profiles;

    @Option(names = "--compare", paramLabel = "F", description = "A real vLLM's request log.")
    private @Nullable Path compare;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Option(names = "--csv", paramLabel = "F", description = "Where a row for each request goes.")
    private @Nullable Path csv;

    @Option(names = "--timeline", paramLabel = "F", description = "Where a row for each second goes.")
    private @Nullable Path timeline;

    @Option(names = "--svg", paramLabel = "F", description = "Where a picture of queue, batch and KV cache goes.")
    private @Nullable Path svg;

    @Override
    public Integer call() {
        try {
            return study(System.out);
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }

    private int study(PrintStream out) {
        if (trace == null && compare == null) {
            throw new StartRefused("simulate serving needs --trace, or --compare with a log of requests");
        }
        Optional<ServingReport.Slo> objective = Optional.ofNullable(slo).map(ServingCommand::objective);
        ServingSetup setup = ServingSetup.of(wish());
        Optional<RequestLog> log = Optional.ofNullable(compare).map(RequestLog::read);
        List<TimedRequest> arrivals = arrivals(log, setup);
        List<ServingPlan> plans = plans(setup, objective);
        if (plans.size() > 1) {
            if (comparesOrTimes(log)) {
                throw new StartRefused("several --policy or --autoscaler make a table, which --compare, --timeline"
                        + " and --json do not go with");
            }
            table(out, setup, plans, arrivals, objective);
            return 0;
        }
        ServingPlan plan = plans.getFirst();
        var study = new ServingStudy(plan, setup.time(), setup.power());
        ServingResult result;
        long began = System.nanoTime();
        try (BenchProgress.Bar bar = BenchProgress.onStandardError().bar("serving", arrivals.size())) {
            result = study.run(arrivals, bar::stepTo);
        }
        double wallSeconds = (System.nanoTime() - began) / 1e9;
        var report = new ServingReport(result, objective, bill(setup));
        Optional<Comparison> comparison = log.map(each -> Comparison.of(each, result));
        if (json) {
            Map<String, Object> all = new LinkedHashMap<>(report.json());
            comparison.ifPresent(each -> all.put("compare", each.json()));
            out.println(text(all));
        } else {
            head(setup, arrivals.size()).forEach(out::println);
            report.lines().forEach(out::println);
            comparison.ifPresent(each -> {
                out.println();
                each.lines().forEach(out::println);
            });
        }
        Outputs.write(csv, report::requestsCsv);
        Outputs.write(timeline, report::ticksCsv);
        Outputs.write(svg, () -> picture(result));
        System.err.printf(
                Locale.ROOT,
                "%.1f s of serving in %.2f s, %.0f times as fast%n",
                result.durationSeconds(),
                wallSeconds,
                result.durationSeconds() / Math.max(1e-9, wallSeconds));
        return 0;
    }

    private boolean comparesOrTimes(Optional<RequestLog> log) {
        return log.isPresent() || timeline != null || json;
    }

    /// One for each policy with each autoscaler.
    private List<ServingPlan> plans(ServingSetup setup, Optional<ServingReport.Slo> objective) {
        var plans = new ArrayList<ServingPlan>();
        List<FleetPlan> fleets = new ArrayList<>();
        StartTimes starts = StartTimes.of(storage, setup.model(), warmUpSeconds, keepHotSeconds);
        double ttft = objective.map(ServingReport.Slo::ttftMillis).orElse(FleetPlan.TTFT_MILLIS);
        double tpot = objective.map(ServingReport.Slo::tpotMillis).orElse(FleetPlan.TPOT_MILLIS);
        for (String name : autoscalers) {
            fleets.add(starts.fleet(Scaling.named(name), fewestEngines, mostEngines, ttft, tpot));
        }
        if (fleets.isEmpty()) {
            fleets.add(starts.fleet(Scaling.named("fixed:" + engines), engines, engines, ttft, tpot));
        }
        for (String policy : policies) {
            for (FleetPlan fleet : fleets) {
                int atFirst = fleet.isFixed() ? fleet.fewest() : Math.min(engines, fleet.most());
                plans.add(new ServingPlan(
                        atFirst,
                        setup.limits(),
                        setup.rules(),
                        setup.parallel(),
                        Routing.named(policy),
                        TICK_NANOS,
                        fleet,
                        blockTokens));
            }
        }
        return plans;
    }

    private void table(
            PrintStream out,
            ServingSetup setup,
            List<ServingPlan> plans,
            List<TimedRequest> arrivals,
            Optional<ServingReport.Slo> objective) {
        ServingReport.Slo slo = objective.orElse(new ServingReport.Slo(FleetPlan.TTFT_MILLIS, FleetPlan.TPOT_MILLIS));
        var table = new ServingTable();
        try (BenchProgress.Bar bar = BenchProgress.onStandardError().bar("serving", plans.size())) {
            for (int i = 0; i < plans.size(); i++) {
                ServingPlan plan = plans.get(i);
                ServingResult result = new ServingStudy(plan, setup.time(), setup.power()).run(arrivals, arrived -> {});
                table.add(result, new ServingReport(result, Optional.of(slo), bill(setup)));
                bar.stepTo(i + 1);
            }
        }
        head(setup, arrivals.size()).forEach(out::println);
        table.lines(slo).forEach(out::println);
        Outputs.write(csv, table::csv);
        Outputs.write(svg, table::picture);
    }

    private ServingSetup.Wish wish() {
        return new ServingSetup.Wish(
                Optional.ofNullable(model),
                Optional.ofNullable(modelConfig),
                Optional.ofNullable(device),
                whole("--tp", tensor),
                whole("--dp", data),
                Optional.ofNullable(expertParallel),
                whole("--max-num-seqs", maxSequences),
                whole("--max-num-batched-tokens", stepTokens),
                whole("--max-model-len", contextTokens),
                whole("--kv-blocks", kvBlocks),
                memoryShare == null ? OptionalDouble.empty() : OptionalDouble.of(memoryShare),
                Optional.ofNullable(dtype),
                Optional.ofNullable(kvDtype),
                engine,
                !noPrefixCaching,
                Optional.ofNullable(speculative).map(each -> pair("--speculative", each)),
                Optional.ofNullable(link).map(each -> pair("--link", each)),
                Optional.ofNullable(profiles),
                engineConfig == null ? EngineConfig.NONE : EngineConfig.read(engineConfig));
    }

    private static OptionalInt whole(String option, @Nullable Integer value) {
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value < 1) {
            throw new StartRefused(option + " " + value + " is below 1");
        }
        return OptionalInt.of(value);
    }

    private static double[] pair(String option, String text) {
        String[] parts = text.split(":", -1);
        try {
            if (parts.length == 2) {
                return new double[] {Double.parseDouble(parts[0]), Double.parseDouble(parts[1])};
            }
        } catch (NumberFormatException e) {
            throw new StartRefused(option + " " + text + " is not two numbers with a colon between", e);
        }
        throw new StartRefused(option + " " + text + " is not two numbers with a colon between");
    }

    private static ServingReport.Slo objective(String text) {
        double ttft = Double.MAX_VALUE;
        double tpot = Double.MAX_VALUE;
        for (String part : text.split(",", -1)) {
            String[] sides = part.split("=", -1);
            if (sides.length != 2 || (!sides[0].equals("ttft") && !sides[0].equals("tpot"))) {
                throw new StartRefused("--slo " + text + " is not like ttft=500ms,tpot=50ms");
            }
            double millis = millis(text, sides[1]);
            if (sides[0].equals("ttft")) {
                ttft = millis;
            } else {
                tpot = millis;
            }
        }
        return new ServingReport.Slo(ttft, tpot);
    }

    private static double millis(String whole, String text) {
        boolean isMillis = text.endsWith("ms");
        String number = isMillis
                ? text.substring(0, text.length() - 2)
                : text.endsWith("s") ? text.substring(0, text.length() - 1) : text;
        try {
            double value = Double.parseDouble(number);
            return text.endsWith("s") && !isMillis ? 1e3 * value : value;
        } catch (NumberFormatException e) {
            throw new StartRefused("--slo " + whole + " is not like ttft=500ms,tpot=50ms", e);
        }
    }

    private List<TimedRequest> arrivals(Optional<RequestLog> log, ServingSetup setup) {
        List<TimedRequest> read;
        if (trace == null) {
            read = log.orElseThrow().requests();
        } else if (trace.startsWith(POISSON)) {
            read = poisson(trace.substring(POISSON.length()));
        } else {
            read = TraceReader.read(Path.of(trace));
            if (log.isPresent()) {
                read = log.get().withArrivals(read);
            }
        }
        List<TimedRequest> wanted = requests == null ? read : repeat(read, requests);
        int context = setup.limits().contextTokens();
        long room = 16L * setup.limits().kvBlocks();
        for (int i = 0; i < wanted.size(); i++) {
            TimedRequest each = wanted.get(i);
            long tokens = (long) each.prompt().tokens() + each.outputTokens();
            if (tokens > context || tokens > room) {
                throw new StartRefused("request " + (i + 1) + " of the trace has " + tokens + " tokens, more than "
                        + (tokens > context
                                ? "the model's context of " + context
                                : "the " + room + " that an engine's KV cache holds"));
            }
        }
        return wanted;
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
        long span = all.getLast().arrivalNanos() - begin + TICK_NANOS;
        for (int i = 0; i < count; i++) {
            if (i > 0 && i % all.size() == 0) {
                later += span;
            }
            TimedRequest each = all.get(i % all.size());
            repeated.add(new TimedRequest(each.arrivalNanos() + later, each.prompt(), each.outputTokens()));
        }
        return repeated;
    }

    private ServingReport.Bill bill(ServingSetup setup) {
        int devices = setup.parallel().devices();
        AcceleratorSpec spec = setup.spec();
        Double price = spec == null ? null : spec.usdPerHour();
        return new ServingReport.Bill(
                devices,
                price == null ? Double.NaN : price,
                setup.power().idleJoules(1) * setup.parallel().data());
    }

    private List<String> head(ServingSetup setup, int count) {
        return List.of(String.format(
                Locale.ROOT,
                "%d requests on %d x %s, %s, tp %d, dp %d: %d sequences, %d tokens a step, %d KV blocks of 16",
                count,
                engines,
                setup.modelName(),
                setup.device().id(),
                setup.parallel().tensor(),
                setup.parallel().data(),
                setup.limits().maxSequences(),
                setup.limits().stepTokens(),
                setup.limits().kvBlocks()));
    }

    private static String text(Map<String, Object> figures) {
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(figures);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String picture(ServingResult result) {
        List<ServingResult.Tick> ticks = result.ticks();
        var plot = new LinePlot();
        Map<String, double[]> sequences = new LinkedHashMap<>();
        sequences.put(
                "running",
                ticks.stream().mapToDouble(ServingResult.Tick::running).toArray());
        sequences.put(
                "waiting",
                ticks.stream().mapToDouble(ServingResult.Tick::waiting).toArray());
        plot.panel("Sequences", "seconds", sequences);
        plot.panel(
                "Engines",
                "seconds",
                Map.of(
                        "ready",
                        ticks.stream().mapToDouble(ServingResult.Tick::ready).toArray()));
        plot.panel(
                "KV cache",
                "seconds",
                Map.of(
                        "held share",
                        ticks.stream().mapToDouble(ServingResult.Tick::kvUsage).toArray()));
        return plot.draw();
    }

    /// Files that a study leaves.
    private static final class Outputs {
        private Outputs() {}

        static void write(@Nullable Path file, Supplier<String> text) {
            if (file == null) {
                return;
            }
            try {
                Files.writeString(file, text.get());
            } catch (IOException unwritable) {
                throw new StartRefused(file.toAbsolutePath() + " cannot be written", unwritable);
            }
        }
    }
}
