package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.AcceleratorSpec;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// Throughput of one device of each kind in thousandths of the reference device's, so that unlike devices can
/// be added up.
///
/// @param milli by accelerator, each above 0; kinds that are missing count as the reference device
public record Units(Map<String, Long> milli) {
    /// H100 SXM, 989 TFLOPS at 16 bits without sparsity: the usual yardstick of today's published comparisons.
    public static final String REFERENCE = "h100-sxm";

    static final long REFERENCE_MILLI = 1_000;
    private static final double REFERENCE_RATE = 989e12;
    private static final long MAX_MILLI = 1_000_000;

    public Units {
        milli = Collections.unmodifiableMap(new TreeMap<>(milli));
        milli.forEach((accelerator, value) -> {
            if (value < 1 || value > MAX_MILLI) {
                throw new IllegalArgumentException(
                        "units of " + accelerator + " are " + value + " thousandths, outside 1 to " + MAX_MILLI);
            }
        });
    }

    /// By the 16-bit peaks of the catalogue.
    public static Units of(Collection<AcceleratorSpec> accelerators) {
        Map<String, Long> milli = new TreeMap<>();
        for (AcceleratorSpec each : accelerators) {
            long units = Math.round(each.peaks().sixteenBit() / REFERENCE_RATE * REFERENCE_MILLI);
            milli.put(each.id(), Math.clamp(units, 1, MAX_MILLI));
        }
        return new Units(milli);
    }

    /// Every device counts the same.
    public static Units equal() {
        return new Units(Map.of());
    }

    long of(String accelerator) {
        return milli.getOrDefault(accelerator, REFERENCE_MILLI);
    }
}
