package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.PowerFit;
import dev.pagoda.gateway.model.ProductFit;
import dev.pagoda.gateway.study.ModelShapes;
import dev.pagoda.gateway.study.PowerModel;
import dev.pagoda.gateway.study.PowerTable;
import dev.pagoda.gateway.study.ProductTable;
import dev.pagoda.gateway.study.TraceFault;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda simulate fit`: the coefficients of a device from measured matrix products, and of its power.
@Command(
        name = "fit",
        description = "Fit a device's coefficients to measured matrix products or power.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class FitCommand implements Callable<Integer> {
    @Option(names = "--device", paramLabel = "D", description = "Whose peaks the shares are of.")
    private @Nullable String device;

    @Option(names = "--gemm", paramLabel = "F", description = "Measured products.")
    private @Nullable Path products;

    @Option(names = "--format", paramLabel = "T", defaultValue = "bfloat16", description = "Which products.")
    private String format = "";

    @Option(names = "--power", paramLabel = "F", description = "Measured power.")
    private @Nullable Path power;

    @Option(names = "--model", paramLabel = "M", defaultValue = "Llama-2-70b-hf", description = "That drew the power.")
    private String model = "";

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Of the search.")
    private long seed;

    @Override
    public Integer call() {
        if (device == null || (products == null && power == null)) {
            throw new StartRefused(
                    "simulate fit needs --device, and --gemm or --power or both; see ./pagoda simulate --help");
        }
        try {
            AcceleratorSpec spec = AcceleratorCatalogue.shipped().get(device);
            if (products != null) {
                fitProducts(spec, products);
            }
            if (power != null) {
                fitPower(spec, power);
            }
            return 0;
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }

    private void fitProducts(AcceleratorSpec spec, Path file) {
        boolean isNarrow = format.startsWith("fp8") || format.startsWith("int8");
        double peak = isNarrow
                ? Math.max(spec.peaks().fp8(), spec.peaks().int8())
                : spec.peaks().sixteenBit();
        if (!(peak > 0)) {
            throw new StartRefused(spec.id() + " has no published peak for " + format);
        }
        ProductFit fit = ProductFit.of(ProductTable.read(file, format), peaks(spec, peak), isNarrow ? 1 : 2, seed);
        System.out.printf(
                Locale.ROOT,
                "%s %s: compute %.3f, memory %.3f of the peaks, %.1f us a product%n"
                        + "mean absolute log error: train %.3f, test %.3f, roofline %.3f%n",
                spec.id(),
                format,
                fit.compute(),
                fit.memory(),
                fit.fixedMicros(),
                fit.trainError(),
                fit.testError(),
                fit.rooflineError());
    }

    private void fitPower(AcceleratorSpec spec, Path file) {
        PowerTable.Read read = PowerTable.read(
                file, ModelShapes.shipped().get(model), peaks(spec, spec.peaks().sixteenBit()));
        PowerFit fit = PowerFit.of(read.points(), PowerModel.IDLE_SHARE);
        System.out.printf(
                Locale.ROOT,
                "%s power: %.3f of the limit idle (estimated), + %.3f x memory use ^ %.2f + %.3f x compute use%n"
                        + "mean absolute log error: train %.3f, test %.3f; %d rows, %d left out whose mean is below what"
                        + " their prompts alone drew%n",
                spec.id(),
                fit.idle(),
                fit.memory(),
                fit.exponent(),
                fit.compute(),
                fit.trainError(),
                fit.testError(),
                read.points().size(),
                read.left());
    }

    private static Device peaks(AcceleratorSpec spec, double flops) {
        return new Device(spec.id(), spec.memory().bytes(), spec.memory().bytesPerSecond(), flops, 0);
    }
}
