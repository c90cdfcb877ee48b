package dev.pagoda.deploy.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.BenchProgress;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.study.Comparison;
import dev.pagoda.gateway.study.MetricsRecorder;
import dev.pagoda.gateway.study.RequestLog;
import dev.pagoda.gateway.study.ServingPlan;
import dev.pagoda.gateway.study.ServingReport;
import dev.pagoda.gateway.study.ServingResult;
import dev.pagoda.gateway.study.ServingStudy;
import dev.pagoda.gateway.study.ServingWatch;
import dev.pagoda.gateway.study.TimedRequest;
import dev.pagoda.gateway.study.TraceFault;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `pagoda simulate serving`: serves a trace on simulated engines in virtual time.
@Command(
        name = "serving",
        description = "Serve a trace of requests on simulated engines, and compare with a real log.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class ServingCommand implements Callable<Integer> {
    /// By which a table judges where the user has no objective.
    private static final String DEFAULT_SLO = "ttft=2s,tpot=100ms";

    @Mixin
    private TraceOptions traces = new TraceOptions();

    @Mixin
    private EngineOptions engines = new EngineOptions();

    @Mixin
    private DeviceOptions devices = new DeviceOptions();

    @Mixin
    private FleetOptions fleet = new FleetOptions();

    @Option(names = "--slo", paramLabel = "S", description = "Such as ttft=500ms,tpot=50ms.")
    private @Nullable String slo;

    @Option(names = "--compare", paramLabel = "F", description = "A real vLLM's request log.")
    private @Nullable Path compare;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Option(names = "--timeline", paramLabel = "F", description = "Where a row for each second goes.")
    private @Nullable Path timeline;

    @Mixin
    private MetricsOptions metrics = new MetricsOptions();

    @Mixin
    private RequestOptions whole = new RequestOptions();

    @Mixin
    private ResultFiles files = new ResultFiles();

    @Override
    public Integer call() {
        try {
            return study(System.out);
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }

    private int study(PrintStream out) {
        if (!traces.isGiven() && compare == null) {
            throw new StartRefused("simulate serving needs --trace, or --compare with a log of requests");
        }
        Optional<Objective> objective = Optional.ofNullable(slo).map(Objective::parse);
        files.refuseUnwritable();
        ResultFile.refuseUnwritable(timeline);
        metrics.refuseUnwritable();
        Optional<RequestModel> other = engines.wish(devices.place()).model().flatMap(RequestModels::find);
        if (other.isPresent()) {
            if (compare != null || timeline != null || metrics.isWanted()) {
                throw new StartRefused("--compare, --timeline and --metrics are for models of chats, "
                        + other.get().name() + " makes " + other.get().kind().products());
            }
            whole.study(
                    out,
                    other.get(),
                    new RequestOptions.Frame(
                            devices.place().device(), fleet.engines(), objective, traces.read(Optional.empty()), json),
                    files);
            return 0;
        }
        whole.refuseForChats();
        ServingSetup setup = ServingSetup.of(engines.wish(devices.place()));
        Optional<RequestLog> log = Optional.ofNullable(compare).map(RequestLog::read);
        List<TimedRequest> arrivals = traces.read(log);
        TraceOptions.refuseTooLong(arrivals, setup.limits());
        List<ServingPlan> plans = fleet.plans(setup, objective);
        if (plans.size() == 1) {
            single(out, setup, plans.getFirst(), arrivals, objective, log);
        } else if (log.isPresent() || timeline != null || metrics.isWanted() || json) {
            throw new StartRefused("several --policy or --autoscaler make a table, which --compare, --timeline,"
                    + " --metrics and --json do not go with");
        } else {
            table(out, setup, plans, arrivals, objective);
        }
        return 0;
    }

    private void single(
            PrintStream out,
            ServingSetup setup,
            ServingPlan plan,
            List<TimedRequest> arrivals,
            Optional<Objective> objective,
            Optional<RequestLog> log) {
        var study = new ServingStudy(plan, setup.time(), setup.power());
        Optional<MetricsRecorder> recorder =
                metrics.recorder(setup.modelName(), plan, devices.place().config());
        ServingResult result;
        long began = System.nanoTime();
        try (BenchProgress.Bar bar = BenchProgress.onStandardError().bar("serving", arrivals.size())) {
            result = study.run(
                    arrivals,
                    bar::stepTo,
                    recorder.<ServingWatch>map(each -> each).orElse(ServingWatch.NONE));
        }
        double wallSeconds = (System.nanoTime() - began) / 1e9;
        var report = new ServingReport(result, objective.map(ServingReport.Slo::of), setup.bill());
        Optional<Comparison> comparison = log.map(each -> Comparison.of(each, result));
        if (json) {
            Map<String, Object> all = new LinkedHashMap<>(report.json());
            comparison.ifPresent(each -> all.put("compare", each.json()));
            out.println(text(all));
        } else {
            out.println(head(setup, arrivals.size()));
            report.lines().forEach(out::println);
            comparison.ifPresent(each -> {
                out.println();
                each.lines().forEach(out::println);
            });
        }
        files.write(report::requestsCsv, () -> ServingPicture.draw(result), System.err);
        ResultFile.write(timeline, report::ticksCsv, "timeline", System.err);
        recorder.ifPresent(metrics::write);
        System.err.printf(
                Locale.ROOT,
                "%.1f s of serving in %.2f s, %.0f times as fast%n",
                result.durationSeconds(),
                wallSeconds,
                result.durationSeconds() / Math.max(1e-9, wallSeconds));
    }

    private void table(
            PrintStream out,
            ServingSetup setup,
            List<ServingPlan> plans,
            List<TimedRequest> arrivals,
            Optional<Objective> objective) {
        Objective bounds = objective.orElseGet(() -> Objective.parse(DEFAULT_SLO));
        var table = new ServingTable();
        try (BenchProgress.Bar bar = BenchProgress.onStandardError().bar("serving", plans.size())) {
            for (int i = 0; i < plans.size(); i++) {
                ServingPlan plan = plans.get(i);
                ServingResult result = new ServingStudy(plan, setup.time(), setup.power()).run(arrivals, arrived -> {});
                table.add(result, new ServingReport(result, Optional.of(ServingReport.Slo.of(bounds)), setup.bill()));
                bar.stepTo(i + 1);
            }
        }
        out.println(head(setup, arrivals.size()));
        table.lines(bounds.label()).forEach(out::println);
        files.write(table::csv, table::picture, System.err);
    }

    private String head(ServingSetup setup, int requests) {
        return String.format(
                Locale.ROOT,
                "%d requests on %d x %s, %s, tp %d, dp %d, pp %d: %d sequences, %d tokens a step, %d KV blocks of 16",
                requests,
                fleet.engines(),
                setup.modelName(),
                setup.device().id(),
                setup.parallel().tensor(),
                setup.parallel().data(),
                setup.parallel().pipeline(),
                setup.limits().maxSequences(),
                setup.limits().stepTokens(),
                setup.limits().kvBlocks());
    }

    static String text(Map<String, Object> figures) {
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(figures);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
