package dev.pagoda.vectors.collection;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/// How much memory this process has, as the operating system sees it where that is Linux, else as the runtime does.
///
/// Safe from any thread.
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";
    private static final String VIRTUAL = "VmSize:";

    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// This and the next: guarded by this.
    private OptionalInt used = OptionalInt.empty();

    private long measuredNanos;

    /// Bytes in physical memory.
    public long residentBytes() {
        long found = status(RESIDENT);
        return found > 0 ? found : Runtime.getRuntime().totalMemory();
    }

    /// Bytes of address space.
    public long virtualBytes() {
        long found = status(VIRTUAL);
        return found > 0 ? found : Runtime.getRuntime().maxMemory();
    }

    /// Bytes that this machine, or the container around the process, has.
    public long totalBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 0;
    }

    /// Of all memory, as it was a second ago at most.
    synchronized OptionalInt usedPercent() {
        if (measuredNanos == 0 || System.nanoTime() - measuredNanos > FRESH_NANOS) {
            long total = totalBytes();
            used = total <= 0 ? OptionalInt.empty() : OptionalInt.of((int) (residentBytes() * 100.0 / total));
            measuredNanos = System.nanoTime();
        }
        return used;
    }

    private static long status(String name) {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | NumberFormatException unreadable) {
            return 0;
        }
    }
}
