package dev.pagoda.deploy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// How long this process has lived, counted from the launcher script, which became this process.
///
/// Linux tells the start in ticks since boot (proc(5), field 22 of /proc/self/stat, 100 a second) and the time since
/// boot in /proc/uptime; elsewhere the age of the JVM has to do, which leaves out the script's few milliseconds.
final class StartTime {
    private static final double TICKS_PER_SECOND = 100;
    private static final double LONGEST_BUILD_SECONDS = 3600;

    private StartTime() {}

    static double secondsSince() {
        double jvm = ManagementFactory.getRuntimeMXBean().getUptime() / 1000.0;
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            // the second field is a name in parentheses that may hold spaces; the third follows the last parenthesis
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            double started = Long.parseLong(fields[22 - 3]) / TICKS_PER_SECOND;
            double now =
                    Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0]);
            double age = now - started;
            return age >= jvm - 0.05 && age < jvm + LONGEST_BUILD_SECONDS ? age : jvm;
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
            return jvm;
        }
    }
}
