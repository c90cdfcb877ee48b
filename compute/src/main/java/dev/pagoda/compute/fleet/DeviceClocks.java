package dev.pagoda.compute.fleet;

import java.util.Map;
import java.util.Optional;

/// Clocks of devices as their drivers report them, from the makers' data sheets; kinds whose clocks are not
/// published there have none.
///
/// @param boostMhz  of the multiprocessors under load
/// @param memoryMhz of the memory
public record DeviceClocks(int boostMhz, int memoryMhz) {
    /// What the multiprocessors fall to when nothing runs.
    private static final int IDLE_MHZ = 210;

    private static final Map<String, DeviceClocks> KNOWN = Map.ofEntries(
            Map.entry("v100-sxm2-32g", new DeviceClocks(1_530, 877)),
            Map.entry("t4", new DeviceClocks(1_590, 5_001)),
            Map.entry("a10", new DeviceClocks(1_695, 6_251)),
            Map.entry("l4", new DeviceClocks(2_040, 6_251)),
            Map.entry("l40s", new DeviceClocks(2_520, 9_001)),
            Map.entry("l20", new DeviceClocks(2_520, 9_001)),
            Map.entry("a100-sxm-40g", new DeviceClocks(1_410, 1_215)),
            Map.entry("a100-sxm-80g", new DeviceClocks(1_410, 1_593)),
            Map.entry("h100-sxm", new DeviceClocks(1_980, 2_619)),
            Map.entry("h200-sxm", new DeviceClocks(1_980, 3_201)),
            Map.entry("h20", new DeviceClocks(1_980, 2_619)),
            Map.entry("b200-sxm", new DeviceClocks(1_965, 3_996)),
            Map.entry("rtx4090", new DeviceClocks(2_520, 10_501)),
            Map.entry("mi250x", new DeviceClocks(1_700, 1_600)),
            Map.entry("mi300x", new DeviceClocks(2_100, 1_300)));

    public DeviceClocks {
        if (boostMhz < IDLE_MHZ || memoryMhz < 1) {
            throw new IllegalArgumentException(
                    "clocks of " + boostMhz + " and " + memoryMhz + " MHz, expected at least " + IDLE_MHZ + " and 1");
        }
    }

    /// Of an accelerator by its id; empty when they are not known.
    public static Optional<DeviceClocks> of(String accelerator) {
        return Optional.ofNullable(KNOWN.get(accelerator));
    }

    /// Of the multiprocessors, with work or without.
    public int smMhz(boolean isBusy) {
        return isBusy ? boostMhz : IDLE_MHZ;
    }
}
