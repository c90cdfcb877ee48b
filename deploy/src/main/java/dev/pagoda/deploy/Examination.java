package dev.pagoda.deploy;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/// What the platform needs of a machine, looked at one by one. Takes about half a second, most of it for the disk.
final class Examination {
    private static final long GIB = 1L << 30;

    /// The heap's bound and what is beside it: code, metaspace, ONNX Runtime's models.
    private static final long WANTED_MEMORY_BYTES = 3 * GIB;

    private static final long LEAST_DISK_BYTES = GIB;
    private static final long WANTED_DISK_BYTES = 5 * GIB;

    /// Below this each acknowledged write waits noticeably; a disk of 2015 with a spinning plate makes about 100.
    private static final double WANTED_SYNCS_PER_SECOND = 50;

    /// No disk of 2026 is that fast: such a rate means that the flush ends in memory.
    private static final double UNBELIEVABLE_SYNCS_PER_SECOND = 100_000;

    private static final long SYNC_TRIAL_NANOS = 500_000_000L;
    private static final int SYNC_BYTES = 4096;

    enum Verdict {
        OK,
        WARN,
        FAIL
    }

    /// @param advice what to do; empty when all is well
    record Finding(String subject, Verdict verdict, String detail, String advice) {
        static Finding ok(String subject, String detail) {
            return new Finding(subject, Verdict.OK, detail, "");
        }
    }

    private final int port;
    private final Path data;

    Examination(int port, Path data) {
        this.port = port;
        this.data = data;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        findings.add(jdk());
        findings.add(portFree());
        findings.add(space());
        findings.add(fsync());
        findings.add(memory());
        findings.add(processors());
        findings.add(simd());
        findings.add(tool("chromium", "test needs", "chromium", "chromium-browser", "google-chrome"));
        findings.add(tool("prometheus", "test needs", "prometheus"));
        findings.add(tool("npm", "test and bench need", "npm"));
        findings.add(tool("g++", "test and bench vectors need", "g++"));
        return findings;
    }

    private static Finding jdk() {
        String detail =
                Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home");
        return Runtime.version().feature() >= 25
                ? Finding.ok("jdk", detail)
                : new Finding("jdk", Verdict.FAIL, detail, "install JDK 25 or newer");
    }

    private Finding portFree() {
        Optional<ProcessHandle> own = Instance.running(data);
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return Finding.ok("port", port + " is free");
        } catch (IOException | IllegalArgumentException e) {
            if (own.isPresent()) {
                return Finding.ok(
                        "port",
                        port + " is taken while the platform of " + data + " runs (process "
                                + own.get().pid() + ")");
            }
            return new Finding(
                    "port",
                    Verdict.FAIL,
                    port + " cannot be used (" + e.getMessage() + ")",
                    "start with --port and another");
        }
    }

    private Finding space() {
        Path folder = existingFolder();
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            String detail = String.format(Locale.ROOT, "%.1f GiB free for %s", (double) free / GIB, data);
            if (!Files.isWritable(folder)) {
                return new Finding(
                        "disk",
                        Verdict.FAIL,
                        folder + " is not writable by " + System.getProperty("user.name"),
                        "choose another folder with --data");
            } else if (free < LEAST_DISK_BYTES) {
                return new Finding(
                        "disk", Verdict.FAIL, detail, "free at least 1 GiB or choose another folder with --data");
            } else if (free < WANTED_DISK_BYTES) {
                return new Finding("disk", Verdict.WARN, detail, "5 GiB would give room for vectors and logs");
            }
            return Finding.ok("disk", detail);
        } catch (IOException e) {
            return new Finding(
                    "disk", Verdict.FAIL, folder + ": " + e.getMessage(), "choose another folder with --data");
        }
    }

    private Finding fsync() {
        try {
            Path file = Files.createTempFile(existingFolder(), ".pagoda-fsync", null);
            try {
                double rate = syncsPerSecond(file);
                String detail = String.format(Locale.ROOT, "%.0f writes of 4 kB per second, each forced to disk", rate);
                if (rate < WANTED_SYNCS_PER_SECOND) {
                    return new Finding(
                            "fsync", Verdict.WARN, detail, "every acknowledged write waits; a local SSD is faster");
                } else if (rate > UNBELIEVABLE_SYNCS_PER_SECOND) {
                    return new Finding(
                            "fsync",
                            Verdict.WARN,
                            detail,
                            "too fast for a disk: a power cut may lose what was acknowledged");
                }
                return Finding.ok("fsync", detail);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            return new Finding(
                    "fsync", Verdict.FAIL, String.valueOf(e.getMessage()), "choose another folder with --data");
        }
    }

    private static double syncsPerSecond(Path file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(SYNC_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long start = System.nanoTime();
            long elapsed = 0;
            int writes = 0;
            while (elapsed < SYNC_TRIAL_NANOS) {
                block.clear();
                channel.write(block);
                channel.force(true);
                writes++;
                elapsed = System.nanoTime() - start;
            }
            return writes * 1e9 / elapsed;
        }
    }

    private static Finding memory() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long total = system.getTotalMemorySize();
        String detail = String.format(Locale.ROOT, "%.1f GiB", (double) total / GIB);
        return total >= WANTED_MEMORY_BYTES
                ? Finding.ok("memory", detail)
                : new Finding(
                        "memory",
                        Verdict.WARN,
                        detail,
                        "3 GiB are wanted; bound the heap with PAGODA_JAVA_OPTS=-Xmx1g");
    }

    private static Finding processors() {
        int count = Runtime.getRuntime().availableProcessors();
        return count >= 2
                ? Finding.ok("processors", Integer.toString(count))
                : new Finding(
                        "processors",
                        Verdict.WARN,
                        Integer.toString(count),
                        "2 or more keep searches from delaying streams");
    }

    private static Finding simd() {
        int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        String detail = bits + " bits, " + FloatVector.SPECIES_PREFERRED.length() + " floats at a time";
        return bits >= 128
                ? Finding.ok("simd", detail)
                : new Finding("simd", Verdict.WARN, detail, "vector search will be slow on this processor");
    }

    private static Finding tool(String subject, String verbs, String... names) {
        for (String name : names) {
            for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
                Path file = Path.of(folder.isEmpty() ? "." : folder, name);
                if (Files.isExecutable(file)) {
                    return Finding.ok(subject, file.toString());
                }
            }
        }
        return new Finding(
                subject,
                Verdict.WARN,
                "not on the PATH",
                "only ./pagoda " + verbs + " it (Debian: apt-get install " + subject + ")");
    }

    /// The data folder, or the nearest one above it that exists.
    private Path existingFolder() {
        Path folder = data;
        while (!Files.isDirectory(folder) && folder.getParent() != null) {
            folder = folder.getParent();
        }
        return folder;
    }
}
