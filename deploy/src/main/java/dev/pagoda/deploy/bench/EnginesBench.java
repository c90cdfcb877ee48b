package dev.pagoda.deploy.bench;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.backend.EngineTrial;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.study.ModelShapes;
import dev.pagoda.gateway.study.TraceFault;
import dev.pagoda.gateway.study.TraceReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench engines`: how punctually one event loop drives many simulated engines, what their metrics cost, and
/// with a trace how much faster than life the virtual clock serves it.
@Command(
        name = "engines",
        description = "Many simulated engines under the wall clock.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class EnginesBench implements Callable<Integer> {
    private static final int BAR_ENGINES = 64;
    private static final int BAR_SEQUENCES = 256;
    private static final int BAR_TIMES_REAL = 1_000;
    private static final int VIRTUAL_ENGINES = 8;
    private static final int VIRTUAL_ROUNDS = 5;
    private static final double BAR_LATE_MILLIS = 2;
    private static final double BAR_PAGE_MILLIS = 5;

    @Option(names = "--engines", paramLabel = "N", defaultValue = "64", description = "Engines.")
    private int engines;

    @Option(names = "--sequences", paramLabel = "N", defaultValue = "256", description = "Running in each.")
    private int sequences;

    @Option(names = "--model", paramLabel = "M", defaultValue = "llama-3.1-8b", description = "Model of the engines.")
    private String model = "";

    @Option(names = "--device", paramLabel = "D", defaultValue = "h100-sxm", description = "Accelerator.")
    private String device = "";

    @Option(names = "--tp", paramLabel = "N", defaultValue = "1", description = "Accelerators of an engine.")
    private int devices;

    @Option(names = "--prompt", paramLabel = "N", defaultValue = "128", description = "Tokens of a prompt.")
    private int promptTokens;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "5", description = "Seconds before anything counts.")
    private int warmUpSeconds;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "10", description = "Seconds that count.")
    private int seconds;

    @Option(names = "--trace", paramLabel = "F", description = "Served under the virtual clock instead.")
    private @Nullable Path trace;

    @Option(names = "--requests", paramLabel = "N", defaultValue = "10000", description = "Of the trace.")
    private int requests;

    private final PrintStream out = System.out;

    @Override
    public Integer call() {
        if (trace != null) {
            printVirtual(virtual(trace));
            return 0;
        }
        EngineTrial.Result result;
        try {
            Architecture shape = ModelShapes.shipped().get(model);
            Device accelerator = device(AcceleratorCatalogue.shipped().get(device));
            var plan = new EngineTrial.Plan(engines, sequences, promptTokens, devices, warmUpSeconds, seconds);
            BenchProgress.onStandardError()
                    .say("running " + engines + " engines for " + (warmUpSeconds + seconds) + " s");
            result = new EngineTrial(plan, shape, accelerator).run();
        } catch (IllegalArgumentException wrong) {
            throw new StartRefused("bench engines: " + wrong.getMessage(), wrong);
        }
        print(result);
        return 0;
    }

    private VirtualTrial.Result virtual(Path file) {
        try {
            var trial = new VirtualTrial(
                    ModelShapes.shipped().get(model),
                    device(AcceleratorCatalogue.shipped().get(device)),
                    devices,
                    VIRTUAL_ENGINES,
                    TraceReader.read(file),
                    requests);
            BenchProgress.onStandardError().say("serving " + requests + " requests " + VIRTUAL_ROUNDS + " times");
            return trial.run(VIRTUAL_ROUNDS);
        } catch (TraceFault | IllegalArgumentException wrong) {
            throw new StartRefused("bench engines: " + wrong.getMessage(), wrong);
        }
    }

    private void printVirtual(VirtualTrial.Result result) {
        out.printf(
                Locale.ROOT,
                "VIRTUAL\tengines=%d\trequests=%d\tsteps=%d\tvirtual_s=%.1f\tfirst_cpu_s=%.3f\tcpu_s=%.3f"
                        + "\ttimes_real=%.0f\tsteps_per_cpu_s=%.0f\tsame_bytes=%b%n",
                VIRTUAL_ENGINES,
                result.requests(),
                result.steps(),
                result.virtualSeconds(),
                result.firstSeconds(),
                result.processorSeconds(),
                result.timesReal(),
                result.steps() / result.processorSeconds(),
                result.same());
        boolean isMet = result.virtualSeconds() / result.firstSeconds() >= BAR_TIMES_REAL && result.same();
        out.printf(
                Locale.ROOT,
                "BAR\tvirtual clock, times real time of the first round, repeats alike\t%.0f\tat least %d\t%s%n",
                result.virtualSeconds() / result.firstSeconds(),
                BAR_TIMES_REAL,
                isMet ? "met" : "missed");
    }

    private void print(EngineTrial.Result result) {
        out.printf(
                Locale.ROOT,
                "RESULT\tengines=%d\trunning=%d\tsteps_per_s=%.0f\ttokens_per_s=%.0f\tprocessor_s_per_s=%.2f%n",
                engines,
                result.running(),
                result.steps() / result.seconds(),
                result.tokens() / result.seconds(),
                result.processorSeconds() / result.seconds());
        out.printf(
                Locale.ROOT,
                "LATE\tp50_ms=%.3f\tp99_ms=%.3f\tmax_ms=%.3f%n",
                result.lateP50Millis(),
                result.lateP99Millis(),
                result.lateMaxMillis());
        out.printf(
                Locale.ROOT,
                "PAGE\tmedian_ms=%.2f\tmedian_cpu_ms=%.2f\tbytes=%d%n",
                result.pageMillis(),
                result.pageProcessorMillis(),
                result.pageBytes());
        if (engines >= BAR_ENGINES && sequences >= BAR_SEQUENCES) {
            bar("step timer p99, ms", result.lateP99Millis(), BAR_LATE_MILLIS);
            bar("page of metrics, ms", result.pageMillis(), BAR_PAGE_MILLIS);
        }
    }

    private void bar(String what, double figure, double asked) {
        out.printf(
                Locale.ROOT, "BAR\t%s\t%.3f\tbelow %.0f\t%s%n", what, figure, asked, figure < asked ? "met" : "missed");
    }

    private static Device device(AcceleratorSpec accelerator) {
        return new Device(
                accelerator.id(),
                accelerator.memory().bytes(),
                accelerator.memory().bytesPerSecond(),
                accelerator.peaks().sixteenBit(),
                accelerator.link().bytesPerSecondOneWay());
    }
}
