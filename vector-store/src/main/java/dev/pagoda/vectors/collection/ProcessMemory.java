package dev.pagoda.vectors.collection;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/// How much memory this process has, as the operating system sees it where that is Linux, else as the runtime does.
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";
    private static final String VIRTUAL = "VmSize:";

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

    OptionalInt usedPercent() {
        long total = totalBytes();
        return total <= 0 ? OptionalInt.empty() : OptionalInt.of((int) (residentBytes() * 100.0 / total));
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
