package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.sim.ClusterShape;
import dev.pagoda.compute.sim.JobPolicies;
import dev.pagoda.compute.sim.JobReport;
import dev.pagoda.compute.sim.JobStudy;
import dev.pagoda.compute.sim.JobWorkload;
import dev.pagoda.compute.trace.GavelArrivals;
import dev.pagoda.compute.trace.JobTrace;
import dev.pagoda.compute.trace.ServiceTimes;
import dev.pagoda.compute.trace.Throughputs;
import dev.pagoda.compute.trace.TraceFault;
import dev.pagoda.compute.trace.TraceFormat;
import dev.pagoda.compute.trace.TraceText;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.BenchProgress;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `pagoda simulate jobs`: how soon the jobs of a trace end under each policy.
@Command(
        name = "jobs",
        description = "Run the jobs of a trace through a cluster, under one policy after another.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class JobsCommand implements Callable<Integer> {
    private static final double NANOS = 1e9;
    private static final double MAX_ROUND_SECONDS = 86_400;
    /// Gavel's: `time_per_iteration`.
    private static final double ROUND_SECONDS = 360;
    private static final int BAR = 1000;
    private static final Pattern WINDOW = Pattern.compile("(\\d{1,9})-(\\d{1,9})");

    @Option(names = "--trace", paramLabel = "F", description = "Jobs of Gavel, Tiresias, Sia or openb.")
    private @Nullable Path trace;

    @Option(names = "--format", paramLabel = "NAME", description = "Of the trace, if it cannot be told.")
    private @Nullable String format;

    @Option(names = "--arrivals", paramLabel = "R", description = "Instead of a trace, so many jobs an hour.")
    private @Nullable Double arrivals;

    @Option(names = "--jobs", paramLabel = "N", description = "How many arrive (--arrivals).")
    private int jobs = 5000;

    @Option(names = "--gangs", description = "Some of them take several devices (--arrivals).")
    private boolean gangs;

    @Option(names = "--cluster", paramLabel = "F|SPEC", description = "A file, or devices like v100=36,k80=36.")
    private @Nullable String cluster;

    @Option(names = "--per-node", paramLabel = "N", description = "Devices of a node, where SPEC does not say.")
    private int perNode = 4;

    @Option(names = "--throughputs", paramLabel = "F", description = "Gavel's rates of jobs on devices.")
    private @Nullable Path throughputs;

    @Option(names = "--speeds", split = ",", paramLabel = "D=X", description = "Of devices, for jobs in seconds.")
    private Map<String, Double> speeds = new LinkedHashMap<>();

    @Option(names = "--policy", split = ",", paramLabel = "NAME", description = "Policies, or all.")
    private List<String> policies = List.of(JobPolicies.PAGODA.id());

    @Option(names = "--round", paramLabel = "S", description = "Seconds of a round, 0 for none.")
    private @Nullable Double roundSeconds;

    @Option(names = "--restore", paramLabel = "S", description = "Seconds to start again.")
    private double restoreSeconds;

    @Option(names = "--thresholds", split = ",", paramLabel = "S", description = "Of las and gittins.")
    private double[] thresholds = JobPolicies.Settings.tiresias();

    @Option(names = "--service-times", paramLabel = "F", description = "Of past jobs, for gittins.")
    private @Nullable Path serviceTimes;

    @Option(names = "--skip-oversized", description = "Leave out jobs that do not fit the cluster.")
    private boolean skipsOversized;

    @Option(names = "--window", paramLabel = "A-B", description = "Which jobs count, by their arrival.")
    private @Nullable String window;

    @Option(names = "--seeds", paramLabel = "LIST", description = "Of what is drawn.")
    private String seeds = "1";

    @Mixin
    private ResultFiles files = new ResultFiles();

    @Override
    public Integer call() {
        if ((trace == null) == (arrivals == null) || cluster == null) {
            throw new StartRefused("simulate jobs needs --cluster and either --trace or --arrivals;"
                    + " see ./pagoda simulate --help");
        }
        List<Long> drawn = Seeds.parse(seeds);
        files.refuseUnwritable();
        try {
            study(drawn, ClusterText.parse(cluster, perNode));
        } catch (TraceFault | IllegalArgumentException wrong) {
            throw new StartRefused(String.valueOf(wrong.getMessage()), wrong);
        }
        return 0;
    }

    private void study(List<Long> drawn, ClusterShape shape) {
        Optional<Throughputs> rates =
                Optional.ofNullable(throughputs).map(file -> Throughputs.read(TraceText.read(file)));
        Optional<double[]> past =
                Optional.ofNullable(serviceTimes).map(file -> ServiceTimes.read(TraceText.read(file)));
        var terms = new JobWorkload.Terms(rates, speeds, skipsOversized);
        Optional<JobTrace> read = Optional.ofNullable(trace).map(this::read);
        JobStudy.Setting setting = setting(read);
        List<JobPolicies> named = named(setting, past);
        PrintStream out = System.out;
        JobsResults results = new JobsResults(workload());
        BenchProgress progress = BenchProgress.onStandardError();
        Map<Long, JobWorkload> workloads = new LinkedHashMap<>();
        for (long seed : drawn) {
            JobTrace of = read.orElseGet(() -> generated(rates, seed));
            workloads.put(seed, JobWorkload.of(of, shape, terms));
        }
        JobWorkload first = workloads.values().iterator().next();
        out.println(workload() + ": " + first.jobs().size() + " jobs on " + ClusterText.describe(shape) + "; "
                + (setting.roundNanos() == 0
                        ? "decisions at every event"
                        : "rounds of " + seconds(setting.roundNanos()))
                + ", restore in " + seconds(setting.restoreNanos()));
        first.notes().forEach(note -> out.println("note: " + note));
        for (JobPolicies policy : named) {
            try (BenchProgress.Bar bar = progress.bar(policy.id(), (long) BAR * drawn.size())) {
                for (int i = 0; i < drawn.size(); i++) {
                    long seed = drawn.get(i);
                    long before = (long) BAR * i;
                    JobReport report = new JobStudy(
                                    shape,
                                    Objects.requireNonNull(workloads.get(seed)).jobs(),
                                    setting,
                                    policy.create(new JobPolicies.Settings(seed, thresholds, past)))
                            .run(done -> bar.stepTo(before + Math.round(done * BAR)));
                    results.add(policy.id(), new JobsResults.Run(seed, window(report)));
                }
            }
        }
        out.println();
        results.lines().forEach(out::println);
        files.write(results::csv, results::svg, out);
    }

    private JobTrace read(Path file) {
        TraceText text = TraceText.read(file);
        TraceFormat of = format == null
                ? TraceFormat.of(text)
                : TraceFormat.named(format)
                        .orElseThrow(() -> new StartRefused("--format " + format + " is none of " + TraceFormat.ids()));
        return of.read(text);
    }

    private JobTrace generated(Optional<Throughputs> rates, long seed) {
        if (arrivals == null) {
            throw new IllegalStateException("neither a trace nor arrivals");
        }
        return new GavelArrivals(arrivals, jobs, gangs, seed)
                .draw(rates.orElseThrow(
                        () -> new StartRefused("--arrivals needs --throughputs, whose job types it draws")));
    }

    private JobStudy.Setting setting(Optional<JobTrace> read) {
        boolean isTiresias = read.map(JobTrace::format).equals(Optional.of(TraceFormat.TIRESIAS));
        double round = roundSeconds == null ? (isTiresias ? 0 : ROUND_SECONDS) : roundSeconds;
        if (!(round == 0 || (round >= 1 && round <= MAX_ROUND_SECONDS))) {
            throw new StartRefused(
                    "--round " + round + " is neither 0 nor within 1.." + (long) MAX_ROUND_SECONDS + " s");
        }
        if (!(restoreSeconds >= 0 && restoreSeconds <= MAX_ROUND_SECONDS)) {
            throw new StartRefused(
                    "--restore " + restoreSeconds + " is not within 0.." + (long) MAX_ROUND_SECONDS + " s");
        }
        return new JobStudy.Setting(Math.round(round * NANOS), Math.round(restoreSeconds * NANOS));
    }

    private List<JobPolicies> named(JobStudy.Setting setting, Optional<double[]> past) {
        boolean hasRounds = setting.roundNanos() > 0;
        if (policies.equals(List.of("all"))) {
            return Arrays.stream(JobPolicies.values())
                    .filter(each -> hasRounds || !each.sharesTime())
                    .filter(each -> past.isPresent() || each != JobPolicies.GITTINS)
                    .toList();
        }
        List<JobPolicies> named = new ArrayList<>();
        for (String id : policies) {
            JobPolicies policy = JobPolicies.named(id)
                    .orElseThrow(() -> new StartRefused(
                            "there is no policy " + id + " for jobs; there are " + JobPolicies.ids() + ", and all"));
            if (policy.sharesTime() && !hasRounds) {
                throw new StartRefused(
                        id + " shares devices in time and so needs rounds: give --round, for example 60");
            }
            if (policy == JobPolicies.GITTINS && past.isEmpty()) {
                throw new StartRefused("gittins needs --service-times, those of past jobs");
            }
            if (!named.contains(policy)) {
                named.add(policy);
            }
        }
        return named;
    }

    private JobReport window(JobReport report) {
        if (window == null) {
            return report;
        }
        Matcher range = WINDOW.matcher(window);
        int count = report.outcomes().size();
        if (!range.matches()
                || Integer.parseInt(range.group(1)) >= Integer.parseInt(range.group(2))
                || Integer.parseInt(range.group(2)) > count) {
            throw new StartRefused("--window " + window + " is not like 1000-2000, from the first job that counts to"
                    + " before the first that does not any more, at most " + count);
        }
        return report.window(Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)));
    }

    private String workload() {
        if (trace == null) {
            return (gangs ? "gavel-multiple-" : "gavel-single-") + arrivals;
        }
        return ResultFile.title(trace);
    }

    private static String seconds(long nanos) {
        return nanos % (long) NANOS == 0 ? nanos / (long) NANOS + " s" : nanos / NANOS + " s";
    }
}
