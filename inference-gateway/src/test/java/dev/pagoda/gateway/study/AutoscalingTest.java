package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.scale.Scaling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Autoscalers beside each other: what share of the requests keeps the objective, for how many engine-hours. The
/// forecast was developed on drawn traffic, Azure's conversations and Mooncake's arrivals. The code trace was looked at
/// several times on the way, and its quiet beginning led to one rule and one kind of drawn traffic, so that it is no
/// clean hold-out.
@Tag("slow")
class AutoscalingTest {
    private static final String AZURE = "shared/data/azure-llm-2023/AzureLLMInferenceTrace_code.csv";
    private static final List<String> OTHERS = List.of("knative", "knative:16", "pressure", "sla-planner");
    private static final long SECOND = 1_000_000_000L;
    private static final int TENSOR = 4;
    private static final int MOST = 8;
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-3.1-70B");

    private record Outcome(String name, double attainment, double engineHours) {
        double perHour() {
            return attainment / engineHours;
        }

        boolean isBeatenBy(Outcome other) {
            return other.attainment >= attainment
                    && other.engineHours <= engineHours
                    && (other.attainment > attainment || other.engineHours < engineHours);
        }
    }

    private static Outcome serve(String name, List<TimedRequest> requests) {
        Scaling scaling = Scaling.named(name);
        boolean isFixed = scaling.rule() == Scaling.Rule.FIXED;
        int fixed = isFixed ? Integer.parseInt(scaling.argument()) : 0;
        var fleet = new FleetPlan(
                scaling, fixed, isFixed ? fixed : MOST, 72 * SECOND, 47 * SECOND, 3_600 * SECOND, 2_000, 100);
        var parallel = Parallelism.tensor(TENSOR);
        var plan = new ServingPlan(
                isFixed ? fixed : 2,
                new EngineLimits(
                        8_192, 256, 50_000_000, MODEL.contextTokens(), KvCapacity.blocks(MODEL, H100, TENSOR, 8_192)),
                EngineRules.VLLM,
                parallel,
                Routing.LEAST_REQUESTS,
                SECOND,
                fleet,
                KvCapacity.BLOCK_TOKENS);
        ServingResult result = new ServingStudy(
                        plan,
                        new StepTime(MODEL, H100, parallel, new Link.Fitted(H100), HostTime.VLLM),
                        PowerModel.of(MODEL, H100, 700, TENSOR))
                .run(requests, arrived -> {});
        var report = new ServingReport(
                result, Optional.of(new ServingReport.Slo(2_000, 100)), new ServingReport.Bill(1, 1, 1));
        return new Outcome(name, report.attainment(), report.deviceHours());
    }

    /// The data is not part of the repository: without it beside the repository nothing is tried.
    private static List<TimedRequest> azure() {
        Optional<Path> found = Stream.of(Path.of("..", AZURE), Path.of("../..", AZURE))
                .filter(Files::isRegularFile)
                .findFirst();
        assumeTrue(found.isPresent(), "the trace is not here");
        return TraceReader.read(found.orElseThrow());
    }

    /// What fixed fleets attain at as many engine-hours, between two of them in proportion.
    private static double fixedAt(double hours, List<TimedRequest> requests) {
        Outcome below = new Outcome("none", 0, 0);
        for (int engines = 1; engines <= MOST; engines++) {
            Outcome above = serve("fixed:" + engines, requests);
            if (above.engineHours >= hours) {
                double part = (hours - below.engineHours) / (above.engineHours - below.engineHours);
                return below.attainment + part * (above.attainment - below.attainment);
            }
            below = above;
        }
        return below.attainment;
    }

    @Test
    void onAzuresCodeTraceNoOtherAutoscalerIsAsGoodAsOursForAsLittle() {
        List<TimedRequest> requests = azure();
        List<Outcome> ours = new ArrayList<>();
        for (String name : List.of("forecast:1", "forecast", "forecast:10")) {
            ours.add(serve(name, requests));
        }
        Outcome usual = ours.get(1);
        for (String name : OTHERS) {
            Outcome other = serve(name, requests);
            for (Outcome each : ours) {
                assertFalse(each.isBeatenBy(other), each + " and " + other);
            }
            assertTrue(
                    usual.attainment > other.attainment && usual.perHour() > other.perHour(),
                    "more within the objective, and more of it for an engine-hour, than " + other + ": " + usual);
        }
    }

    @Test
    void onAzuresCodeTraceNoFixedFleetIsAsGoodAsOursForAsLittle() {
        List<TimedRequest> requests = azure();
        Outcome ours = serve("forecast", requests);
        for (int engines = 1; engines <= MOST; engines++) {
            Outcome fixed = serve("fixed:" + engines, requests);
            assertFalse(ours.isBeatenBy(fixed), ours + " and " + fixed);
        }
    }

    @Test
    void onBurstsNoOtherAutoscalerIsAsGoodAsOursForAsLittle() {
        for (long seed = 11; seed < 15; seed++) {
            List<TimedRequest> requests = bursts(seed);
            Outcome ours = serve("forecast", requests);
            for (String name : OTHERS) {
                Outcome other = serve(name, requests);
                assertFalse(ours.isBeatenBy(other), "seed " + seed + ": " + ours + " and " + other);
            }
        }
    }

    @Test
    void onBurstsOursAttainsMoreForAnEngineHourThanAnyOtherAutoscaler() {
        var sums = new TreeMap<String, Outcome>();
        for (long seed = 21; seed < 25; seed++) {
            List<TimedRequest> requests = bursts(seed);
            var names = new ArrayList<>(OTHERS);
            names.add("forecast");
            names.add(timetable(bursts(seed + 100)));
            for (String name : names) {
                String kind = name.startsWith("schedule") ? "schedule" : name;
                Outcome each = serve(name, requests);
                sums.merge(
                        kind,
                        each,
                        (one, other) -> new Outcome(
                                kind, one.attainment + other.attainment, one.engineHours + other.engineHours));
            }
        }
        Outcome ours = Objects.requireNonNull(sums.remove("forecast"));
        for (Outcome other : sums.values()) {
            assertTrue(ours.perHour() >= other.perHour(), ours + " and " + other);
        }
    }

    /// One engine for every three requests a second that came in the ten minutes of another day.
    private static String timetable(List<TimedRequest> day) {
        int[] came = new int[6];
        for (TimedRequest each : day) {
            came[(int) Math.min(came.length - 1, each.arrivalNanos() / (600 * SECOND))]++;
        }
        var text = new StringBuilder("schedule:");
        for (int i = 0; i < came.length; i++) {
            text.append(i == 0 ? "" : ",").append(600 * i).append('=').append((came[i] + 1_799) / 1_800);
        }
        return text.toString();
    }

    @Test
    void onWavesOursBeatsEveryFixedFleetOfItsCost() {
        for (long seed = 41; seed < 43; seed++) {
            List<TimedRequest> requests = waves(seed);
            Outcome ours = serve("forecast", requests);
            double fixed = fixedAt(ours.engineHours, requests);
            assertTrue(ours.attainment > fixed + .02, "seed " + seed + ": " + ours + ", fixed fleets " + fixed);
        }
    }

    private static TimedRequest drawn(Random random, double at) {
        int prompt = (int) Math.clamp(Math.exp(7.2 + .9 * random.nextGaussian()), 20, 7_500);
        int output = (int) Math.min(600, 1 + Math.exp(2.6 + random.nextGaussian()));
        return new TimedRequest(Math.round(at * 1e9), Prompt.of(prompt), output);
    }

    /// Bursts of about 40 s with about eight requests a second, and pauses as long.
    private static List<TimedRequest> bursts(long seed) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 0;
        while (at < 3_600) {
            at -= 40 * Math.log(1 - random.nextDouble());
            double end = at - 40 * Math.log(1 - random.nextDouble());
            double rate = 8 * Math.exp(.6 * random.nextGaussian() - .18);
            while (at < end) {
                at -= Math.log(1 - random.nextDouble()) / rate;
                requests.add(drawn(random, at));
            }
        }
        return requests;
    }

    /// Twenty minutes from half a request a second to 25 and back, three times.
    private static List<TimedRequest> waves(long seed) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 0;
        while (at < 3_600) {
            at += -Math.log(1 - random.nextDouble()) / 25;
            double rate = .5 + 24.5 * .5 * (1 - Math.cos(2 * Math.PI * at / 1_200));
            if (random.nextDouble() < rate / 25) {
                requests.add(drawn(random, at));
            }
        }
        return requests;
    }
}
