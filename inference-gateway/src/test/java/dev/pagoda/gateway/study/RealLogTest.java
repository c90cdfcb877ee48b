package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.MeasuredStepTime;
import dev.pagoda.gateway.model.OperatorTables;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.route.Routing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The whole way from files to a comparison, against a log of vLLM 0.19 with Llama-3.1-8B on an RTX PRO 6000. The data
/// is not part of the repository: without it beside the repository nothing is tried.
class RealLogTest {
    private static final Device RTX_PRO_6000 = new Device("rtx-pro-6000", 96L << 30, 1792e9, 468e12, 0);

    private static Path data = Path.of("");

    @BeforeAll
    static void findData() {
        Optional<Path> found = Stream.of(
                        Path.of("../shared/data/llmservingsim"), Path.of("../../shared/data/llmservingsim"))
                .filter(Files::isDirectory)
                .findFirst();
        assumeTrue(found.isPresent(), "the log is not here");
        data = found.orElseThrow();
    }

    private static Comparison compare() {
        Path folder = data.resolve("RTXPRO6000-Llama-3.1-8B");
        RequestLog log = RequestLog.read(folder.resolve("vllm-requests.jsonl"));
        List<TimedRequest> requests =
                log.withArrivals(TraceReader.read(data.resolve("workload-sharegpt-llama-3.1-8b-300-sps10.jsonl")));
        EngineConfig config = EngineConfig.read(folder.resolve("vllm-meta.json"));
        Architecture model = ModelShapes.shipped().get(config.text("model").orElseThrow());
        OperatorTables tables = ProfileFolder.find(data.resolve("profiles"), "Llama-3.1-8B", null)
                .tables(1, 1);
        int stepTokens = config.whole("max_num_batched_tokens").orElseThrow();
        var limits = new EngineLimits(
                stepTokens,
                config.whole("max_num_seqs").orElseThrow(),
                10_000,
                model.contextTokens(),
                KvCapacity.blocks(model, RTX_PRO_6000, 1, stepTokens));
        var plan = new ServingPlan(1, limits, EngineRules.VLLM, Parallelism.NONE, Routing.ROUND_ROBIN, 1_000_000_000L);
        var time = new MeasuredStepTime(model, tables, Parallelism.NONE, new Link.Fitted(RTX_PRO_6000), HostTime.VLLM);
        ServingResult result =
                new ServingStudy(plan, time, PowerModel.of(model, RTX_PRO_6000, 600, 1)).run(requests, arrived -> {});
        assertTrue(result.outcomes().stream().allMatch(RequestOutcome::isComplete));
        return Comparison.of(log, result);
    }

    @Test
    void comesAsNearToTheLogAsPromised() {
        Comparison comparison = compare();
        comparison.lines().forEach(System.out::println);
        Comparison.Row ttft = row(comparison, "TTFT");
        Comparison.Row tpot = row(comparison, "TPOT");
        Comparison.Row e2e = row(comparison, "E2E");

        assertEquals(0, ttft.meanPercent(), 6, "TTFT");
        assertEquals(0, tpot.meanPercent(), 1.5, "TPOT");
        assertEquals(0, e2e.meanPercent(), 2, "E2E");
        assertEquals(0, Comparison.percent(e2e.log().p99(), e2e.simulated().p99()), 3, "E2E at p99");
    }

    @Test
    void aRepeatGivesTheSameFigures() {
        assertEquals(compare().lines(), compare().lines());
    }

    private static Comparison.Row row(Comparison comparison, String name) {
        return Optional.ofNullable(comparison.rows().get(name)).orElseThrow();
    }
}
