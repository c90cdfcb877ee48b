package dev.pagoda.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How long the machine's processors have worked, whoever for: what a measurement cannot account for disturbed it.
final class MachineTime {
    private static final Path STAT = Path.of("/proc/stat");
    /// Linux counts processor time in these (`getconf CLK_TCK`).
    private static final double TICKS_A_SECOND = 100;

    private MachineTime() {}

    /// Seconds over all processors since the machine started; 0 where Linux does not tell.
    static double busySeconds() {
        try {
            return Files.isReadable(STAT)
                    ? busySeconds(Files.readString(STAT).lines().findFirst().orElse(""))
                    : 0;
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /// @param line `cpu`, then ticks of user, nice, system, idle, iowait, irq, softirq, steal, ...
    static double busySeconds(String line) {
        String[] ticks = line.strip().split("\\s+", -1);
        double busy = 0;
        for (int i = 1; i < Math.min(ticks.length, 9); i++) {
            boolean isIdle = i == 4 || i == 5;
            busy += isIdle ? 0 : Double.parseDouble(ticks[i]);
        }
        return busy / TICKS_A_SECOND;
    }
}
