package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a process of the JVM has its memory, in megabytes, from Linux and from the JVM itself.
///
/// @param resident all of it that is in memory
/// @param heap     of that, the heap's
/// @param files    of that, pages of mapped files, which the machine can drop: libraries, the spool of usage
/// @param used     of the heap by objects, dead ones that nobody has collected yet among them
record MemoryOf(double resident, double heap, double files, double used) {
    private static final Pattern MAPPING = Pattern.compile(
            "(?m)^([0-9a-f]+)-[0-9a-f]+ .*\\n(?:(?![0-9a-f]+-).*\\n)*?Rss:\\s+(\\d+) kB\\n(?:(?![0-9a-f]+-).*\\n)*?Anonymous:\\s+(\\d+) kB");
    private static final Pattern PLACE = Pattern.compile("\\[0x([0-9a-f]+), (?:0x[0-9a-f]+, )?0x([0-9a-f]+)\\)");
    private static final Pattern USED =
            Pattern.compile("(?m)^ *(?:DefNew|Tenured|garbage-first heap) .*, used (\\d+)K");
    private static final double KIBIBYTES = 1_024;

    /// @throws StartRefused if the process has ended
    static MemoryOf process(long pid) throws InterruptedException {
        try {
            return read(Files.readString(Path.of("/proc/" + pid + "/smaps")), jcmd(pid, "GC.heap_info"));
        } catch (IOException gone) {
            throw new StartRefused("the memory of the platform cannot be read: " + gone.getMessage(), gone);
        }
    }

    /// @param smaps    of Linux, see proc_pid_smaps(5)
    /// @param heapInfo of the JVM's command `GC.heap_info`
    static MemoryOf read(String smaps, String heapInfo) {
        long begin = Long.MAX_VALUE;
        long end = 0;
        Matcher place = PLACE.matcher(heapInfo);
        while (place.find()) {
            begin = Math.min(begin, Long.parseUnsignedLong(place.group(1), 16));
            end = Math.max(end, Long.parseUnsignedLong(place.group(2), 16));
        }
        double used = 0;
        Matcher generation = USED.matcher(heapInfo);
        while (generation.find()) {
            used += Double.parseDouble(generation.group(1));
        }
        double resident = 0;
        double heap = 0;
        double files = 0;
        Matcher mapping = MAPPING.matcher(smaps);
        while (mapping.find()) {
            long at = Long.parseUnsignedLong(mapping.group(1), 16);
            double mapped = Double.parseDouble(mapping.group(2));
            resident += mapped;
            heap += at >= begin && at < end ? mapped : 0;
            files += mapped - Double.parseDouble(mapping.group(3));
        }
        return new MemoryOf(resident / KIBIBYTES, heap / KIBIBYTES, files / KIBIBYTES, used / KIBIBYTES);
    }

    /// What is neither of the heap nor of files: classes, compiled code, buffers, stacks.
    double others() {
        return resident - heap - files;
    }

    /// What live objects take: collects all others, which stops the process for a while.
    static double live(long pid) throws InterruptedException {
        try {
            jcmd(pid, "GC.run");
        } catch (IOException gone) {
            throw new StartRefused("the platform does not collect its garbage: " + gone.getMessage(), gone);
        }
        return process(pid).used();
    }

    private static String jcmd(long pid, String command) throws IOException, InterruptedException {
        String jcmd = System.getProperty("java.home") + File.separator + "bin" + File.separator + "jcmd";
        Process process = new ProcessBuilder(jcmd, Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said.strip());
        }
        return said;
    }
}
