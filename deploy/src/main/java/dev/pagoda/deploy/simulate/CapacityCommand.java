package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.BenchProgress;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.study.CapacityOffer;
import dev.pagoda.gateway.study.CapacityResult;
import dev.pagoda.gateway.study.CapacitySearch;
import dev.pagoda.gateway.study.FleetPlan;
import dev.pagoda.gateway.study.ServingReport;
import dev.pagoda.gateway.study.TimedRequest;
import dev.pagoda.gateway.study.TraceFault;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `pagoda simulate capacity`: the cheapest fleet that serves a trace within an objective.
///
/// Exit codes: 0 found; 1 no fleet is enough; 2 the search could not start.
@Command(
        name = "capacity",
        description = "Find the least-cost fleet over device types that meets an objective for a trace.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class CapacityCommand implements Callable<Integer> {
    private static final long TICK_NANOS = 1_000_000_000L;
    private static final int MOST_TENSOR = 64;
    private static final int MOST_NAMED = 5;

    @Mixin
    private TraceOptions traces = new TraceOptions();

    @Mixin
    private EngineOptions engines = new EngineOptions();

    @Option(names = "--slo", paramLabel = "S", description = "Such as ttft_p99=2s,tpot_p99=80ms or ttft=2s.")
    private @Nullable String slo;

    @Option(names = "--attainment", paramLabel = "X", description = "Share of requests for bounds without percentile.")
    private double attainment = .99;

    @Option(names = "--devices", split = ",", paramLabel = "D", description = "Devices to try, default all priced.")
    private List<String> devices = List.of();

    @Option(names = "--price", split = ",", paramLabel = "D=USD", description = "Of a device an hour.")
    private Map<String, Double> prices = new LinkedHashMap<>();

    @Option(names = "--tps", split = ",", paramLabel = "N", description = "Degrees of tensor parallelism to try.")
    private List<Integer> tensors = List.of(1, 2, 4, 8);

    @Option(names = "--max-engines", paramLabel = "N", description = "Of a fleet.")
    private int mostEngines = 64;

    @Option(names = "--policy", paramLabel = "P", description = "How to route.")
    private String policy = "least-requests";

    @Option(names = "--router-block", paramLabel = "N", description = "Tokens of a known block.")
    private int blockTokens = KvCapacity.BLOCK_TOKENS;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Mixin
    private ResultFiles files = new ResultFiles();

    /// What may be rented, and why the rest may not.
    private record Market(List<CapacityOffer> offers, Map<String, String> refused) {}

    @Override
    public Integer call() {
        try {
            return study(System.out);
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }

    private int study(PrintStream out) {
        if (slo == null || !traces.isGiven()) {
            throw new StartRefused(
                    "simulate capacity needs --trace and --slo, such as --slo ttft_p99=2s,tpot_p99=80ms");
        }
        Objective objective = Objective.parse(slo);
        files.refuseUnwritable();
        List<TimedRequest> requests = traces.read(Optional.empty());
        var search = new CapacitySearch(requests, objective, attainment, mostEngines);
        Market market = market(requests);
        CapacityResult found;
        try (BenchProgress.Bar bar =
                BenchProgress.onStandardError().bar("capacity", market.offers().size())) {
            found = search.run(market.offers(), bar::stepTo);
        }
        var table = new CapacityTable(found, objective, attainment, requests.size(), market.refused());
        if (json) {
            out.println(ServingCommand.text(table.json()));
        } else {
            table.lines().forEach(out::println);
        }
        files.write(table::csv, table::picture, System.err);
        if (found.best().isEmpty()) {
            System.err.println(table.shortfall(mostEngines));
            return 1;
        }
        return 0;
    }

    private Market market(List<TimedRequest> requests) {
        var offers = new ArrayList<CapacityOffer>();
        var refused = new LinkedHashMap<String, String>();
        for (AcceleratorSpec spec : specs()) {
            for (int tensor : tensors) {
                if (tensor < 1 || tensor > MOST_TENSOR) {
                    throw new StartRefused("--tps " + tensor + " is not within 1 to " + MOST_TENSOR);
                }
                try {
                    ServingSetup setup = ServingSetup.of(engines.wish(ServingSetup.Place.of(spec.id(), tensor)));
                    TraceOptions.refuseTooLong(requests, setup.limits());
                    offers.add(offer(setup, spec, tensor));
                } catch (StartRefused unfit) {
                    refused.put(spec.id() + " tp " + tensor, String.valueOf(unfit.getMessage()));
                }
            }
        }
        if (offers.isEmpty()) {
            throw new StartRefused("no device can serve this trace: "
                    + refused.entrySet().stream()
                            .limit(MOST_NAMED)
                            .map(each -> each.getKey() + ": " + each.getValue())
                            .collect(Collectors.joining("; "))
                    + (refused.size() > MOST_NAMED ? "; and so on" : ""));
        }
        return new Market(offers, refused);
    }

    private CapacityOffer offer(ServingSetup setup, AcceleratorSpec spec, int tensor) {
        ServingReport.Bill bill = setup.bill();
        return new CapacityOffer(
                spec.id() + " tp " + tensor,
                count -> setup.plan(count, Routing.named(policy), TICK_NANOS, FleetPlan.fixed(count), blockTokens),
                setup.time(),
                setup.power(),
                new ServingReport.Bill(bill.devices(), price(spec), bill.idleJoulesPerSecond()));
    }

    private double price(AcceleratorSpec spec) {
        Double given = prices.get(spec.id());
        Double price = given == null ? spec.usdPerHour() : given;
        return price == null ? Double.NaN : price;
    }

    private List<AcceleratorSpec> specs() {
        AcceleratorCatalogue catalogue = AcceleratorCatalogue.shipped();
        prices.forEach((id, usd) -> {
            catalogue.get(id);
            if (!(usd > 0 && usd < 1e6)) {
                throw new StartRefused("--price " + id + "=" + usd + " is not above 0");
            }
        });
        if (devices.isEmpty()) {
            return catalogue.all().stream()
                    .filter(each -> !Double.isNaN(price(each)))
                    .toList();
        }
        var named = new ArrayList<AcceleratorSpec>();
        for (String id : new LinkedHashSet<>(devices)) {
            AcceleratorSpec spec = catalogue.get(id);
            if (Double.isNaN(price(spec))) {
                throw new StartRefused(id + " has no price in the catalogue: give --price " + id + "=USD");
            }
            named.add(spec);
        }
        return named;
    }
}
