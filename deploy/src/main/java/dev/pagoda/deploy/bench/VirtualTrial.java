package dev.pagoda.deploy.bench;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.study.PowerModel;
import dev.pagoda.gateway.study.ServingPlan;
import dev.pagoda.gateway.study.ServingReport;
import dev.pagoda.gateway.study.ServingResult;
import dev.pagoda.gateway.study.ServingStudy;
import dev.pagoda.gateway.study.TimedRequest;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A trace served under the virtual clock again and again on one thread: how much faster than life, and whether each
/// time wrote the same bytes.
final class VirtualTrial {
    private static final int STEP_TOKENS = 8_192;
    private static final int SEQUENCES = 256;
    private static final int QUEUE_TOKENS = 50_000_000;
    private static final long TICK_NANOS = 1_000_000_000L;
    private static final long GAP_NANOS = 1_000_000_000L;
    private static final int MOST_REQUESTS = 10_000_000;

    /// @param virtualSeconds   of serving
    /// @param firstSeconds     of processor time, while the compiler still learns
    /// @param processorSeconds the median of the other rounds
    /// @param same             whether all rounds wrote the same bytes
    record Result(
            int requests,
            long steps,
            double virtualSeconds,
            double firstSeconds,
            double processorSeconds,
            boolean same) {
        double timesReal() {
            return virtualSeconds / processorSeconds;
        }
    }

    private final ServingStudy study;
    private final List<TimedRequest> requests;

    /// @param trace that begins again when it has fewer requests than wanted
    VirtualTrial(Architecture model, Device device, int tensor, int engines, List<TimedRequest> trace, int requests) {
        if (requests < 1 || requests > MOST_REQUESTS) {
            throw new IllegalArgumentException(requests + " requests are not within 1 to " + MOST_REQUESTS);
        }
        var parallel = Parallelism.tensor(tensor);
        int blocks = KvCapacity.blocks(model, device, tensor, STEP_TOKENS);
        var limits = new EngineLimits(STEP_TOKENS, SEQUENCES, QUEUE_TOKENS, model.contextTokens(), blocks);
        var plan = new ServingPlan(engines, limits, EngineRules.VLLM, parallel, Routing.LEAST_REQUESTS, TICK_NANOS);
        this.study = new ServingStudy(
                plan,
                new StepTime(model, device, parallel, new Link.Fitted(device), HostTime.VLLM),
                PowerModel.of(model, device, 0, tensor));
        this.requests = repeat(trace, requests);
    }

    private static List<TimedRequest> repeat(List<TimedRequest> trace, int count) {
        long span = trace.getLast().arrivalNanos() - trace.getFirst().arrivalNanos() + GAP_NANOS;
        var repeated = new ArrayList<TimedRequest>(count);
        for (int i = 0; i < count; i++) {
            TimedRequest each = trace.get(i % trace.size());
            long later = span * (i / trace.size());
            repeated.add(new TimedRequest(each.arrivalNanos() + later, each.prompt(), each.outputTokens()));
        }
        return repeated;
    }

    /// @param rounds at least 2, the first of which counts for itself
    Result run(int rounds) {
        if (rounds < 2) {
            throw new IllegalArgumentException(rounds + " rounds are too few to compare, expected at least 2");
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double[] seconds = new double[rounds];
        String first = "";
        boolean same = true;
        double virtual = 0;
        long steps = 0;
        for (int round = 0; round < rounds; round++) {
            long began = threads.getCurrentThreadCpuTime();
            ServingResult result = study.run(requests, arrived -> {});
            seconds[round] = (threads.getCurrentThreadCpuTime() - began) / 1e9;
            var report = new ServingReport(result, Optional.empty(), new ServingReport.Bill(1, Double.NaN, 0));
            String written = report.requestsCsv() + report.ticksCsv() + report.json();
            first = round == 0 ? written : first;
            same &= written.equals(first);
            virtual = result.durationSeconds();
            steps = result.totals().steps();
        }
        double[] later = Arrays.copyOfRange(seconds, 1, rounds);
        Arrays.sort(later);
        return new Result(requests.size(), steps, virtual, seconds[0], later[later.length / 2], same);
    }
}
