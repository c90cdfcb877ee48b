package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.report.Objective.Measure;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.scale.Scaling;
import dev.pagoda.gateway.study.Disaggregation;
import dev.pagoda.gateway.study.FleetPlan;
import dev.pagoda.gateway.study.ServingPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How many engines a study has, how their number follows the load, and how requests find them.
final class FleetOptions {
    private static final long TICK_NANOS = 1_000_000_000L;

    @Option(names = "--engines", paramLabel = "N", defaultValue = "1", description = "Engines, all alike.")
    private int engines;

    @Option(names = "--prefill-engines", paramLabel = "N", description = "Engines that only read prompts.")
    private @Nullable Integer prefillEngines;

    @Option(names = "--decode-engines", paramLabel = "N", description = "Engines that go on from them.")
    private @Nullable Integer decodeEngines;

    @Option(names = "--kv-link", paramLabel = "L", description = "From one to the other (default 10:50).")
    private @Nullable String kvLink;

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

    /// Engines of both kinds.
    int engines() {
        return decoders() + (prefillEngines == null ? 0 : prefillEngines);
    }

    private int decoders() {
        return decodeEngines == null ? engines : decodeEngines;
    }

    private Optional<Disaggregation> split(ServingSetup setup) {
        if (prefillEngines == null) {
            if (decodeEngines != null || kvLink != null) {
                throw new StartRefused("--decode-engines and --kv-link go with --prefill-engines");
            }
            return Optional.empty();
        }
        KvLink link = KvLink.of(kvLink, setup);
        return Optional.of(new Disaggregation(
                prefillEngines,
                setup.limits(),
                Routing.LEAST_KV,
                link.latencyNanos(),
                link.bytesPerSecond(),
                link.source()));
    }

    /// One for each policy with each autoscaler.
    List<ServingPlan> plans(ServingSetup setup, Optional<Objective> objective) {
        if (engines < (autoscalers.isEmpty() ? 1 : 0)) {
            throw new StartRefused("--engines " + engines + " is below " + (autoscalers.isEmpty() ? 1 : 0));
        }
        if (mostEngines < 1 || fewestEngines < 0 || fewestEngines > mostEngines) {
            throw new StartRefused("--min-engines " + fewestEngines + " and --max-engines " + mostEngines
                    + " are no range from 0, the upper end at least 1");
        }
        StartTimes starts = StartTimes.of(storage, setup.model(), warmUpSeconds, keepHotSeconds);
        double ttft = objective.map(each -> each.limitMillis(Measure.TTFT)).orElse(FleetPlan.TTFT_MILLIS);
        double tpot = objective.map(each -> each.limitMillis(Measure.TPOT)).orElse(FleetPlan.TPOT_MILLIS);
        var fleets = new ArrayList<FleetPlan>();
        for (String name : autoscalers) {
            fleets.add(starts.fleet(Scaling.named(name), fewestEngines, mostEngines, ttft, tpot));
        }
        if (fleets.isEmpty()) {
            int fixed = decoders();
            fleets.add(starts.fleet(Scaling.named("fixed:" + fixed), fixed, fixed, ttft, tpot));
        }
        Optional<Disaggregation> split = split(setup);
        var plans = new ArrayList<ServingPlan>();
        for (String policy : policies) {
            for (FleetPlan fleet : fleets) {
                ServingPlan plan = setup.plan(
                        fleet.isFixed() ? fleet.fewest() : Math.min(engines, fleet.most()),
                        Routing.named(policy),
                        TICK_NANOS,
                        fleet,
                        blockTokens);
                plans.add(split.map(plan::withSplit).orElse(plan));
            }
        }
        return plans;
    }
}
