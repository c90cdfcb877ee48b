package dev.pagoda.deploy.bench;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What kept a thread from running: collections of garbage and the time they took, and the time it was ready to run
/// while others had the processors.
///
/// @param waitedNanos as Linux counts it, https://docs.kernel.org/scheduler/sched-stats.html; elsewhere 0
record Disturbance(long collections, long collectionMillis, long waitedNanos) {
    private static final Path SCHEDULED = Path.of("/proc/thread-self/schedstat");

    /// Of this thread since its start, and of the process.
    static Disturbance soFar() {
        long count = 0;
        long millis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            count += Math.max(0, collector.getCollectionCount());
            millis += Math.max(0, collector.getCollectionTime());
        }
        return new Disturbance(count, millis, waited());
    }

    private static long waited() {
        try {
            return Files.isReadable(SCHEDULED)
                    ? Long.parseLong(Files.readString(SCHEDULED).strip().split(" ", -1)[1])
                    : 0;
        } catch (IOException unreadable) {
            return 0;
        }
    }

    Disturbance since(Disturbance before) {
        return new Disturbance(
                collections - before.collections,
                collectionMillis - before.collectionMillis,
                waitedNanos - before.waitedNanos);
    }
}
