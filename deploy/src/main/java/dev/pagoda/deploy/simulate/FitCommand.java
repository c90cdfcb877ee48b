package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.ProductFit;
import dev.pagoda.gateway.study.ProductTable;
import dev.pagoda.gateway.study.TraceFault;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda simulate fit`: the coefficients of a device from measured matrix products.
@Command(
        name = "fit",
        description = "Fit a device's coefficients to measured matrix products.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class FitCommand implements Callable<Integer> {
    @Option(names = "--device", paramLabel = "D", description = "Whose peaks the shares are of.")
    private @Nullable String device;

    @Option(names = "--gemm", paramLabel = "F", description = "Measured products.")
    private @Nullable Path products;

    @Option(names = "--format", paramLabel = "T", defaultValue = "bfloat16", description = "Which products.")
    private String format = "";

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Of the search.")
    private long seed;

    @Override
    public Integer call() {
        if (device == null || products == null) {
            throw new StartRefused("simulate fit needs --device and --gemm; see ./pagoda simulate --help");
        }
        try {
            AcceleratorSpec spec = AcceleratorCatalogue.shipped().get(device);
            boolean isNarrow = format.startsWith("fp8") || format.startsWith("int8");
            double peak = isNarrow
                    ? Math.max(spec.peaks().fp8(), spec.peaks().int8())
                    : spec.peaks().sixteenBit();
            if (!(peak > 0)) {
                throw new StartRefused(device + " has no published peak for " + format);
            }
            var peaks =
                    new Device(spec.id(), spec.memory().bytes(), spec.memory().bytesPerSecond(), peak, 0);
            ProductFit fit = ProductFit.of(ProductTable.read(products, format), peaks, isNarrow ? 1 : 2, seed);
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
            return 0;
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }
}
