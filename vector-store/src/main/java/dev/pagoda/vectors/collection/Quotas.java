package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How full the machine may get: from a share of memory or disk on, what would need more is refused, until usage has
/// fallen below the limit by a margin. What gives room back always goes through.
///
/// Safe from any thread; changed under the catalogue's lock.
public final class Quotas {
    private static final int DEFAULT_MARGIN_PERCENT = 5;
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final @Nullable Path directory;
    private final ProcessMemory memory;

    private volatile Map<String, @Nullable Object> config = Map.of();

    /// Number of the last record whose changes are in here.
    private long sequence;

    /// The next four: guarded by this.
    private @Nullable Usage measured;

    private long measuredNanos;
    private boolean memoryIsFull;
    private boolean diskIsFull;

    /// What is used now, in percent; empty where it cannot be told.
    public record Usage(OptionalInt memory, OptionalInt disk) {}

    /// Which resources are over their limit; null for one without a limit.
    public record Exceeded(
            @Nullable Boolean memory, @Nullable Boolean disk) {}

    /// @param directory where the data is kept; null: nowhere
    Quotas(@Nullable Path directory) {
        this.directory = directory;
        this.memory = new ProcessMemory();
    }

    /// What was set, in Qdrant's words.
    public Map<String, @Nullable Object> config() {
        return config;
    }

    public Usage usage() {
        return new Usage(memory.usedPercent(), diskPercent());
    }

    public synchronized Exceeded exceeded() {
        OptionalInt memoryLimit = limit("max_resident_memory_percent");
        OptionalInt diskLimit = limit("max_disk_usage_percent");
        if (memoryLimit.isEmpty() && diskLimit.isEmpty()) {
            return new Exceeded(null, null);
        }
        Usage now = measured;
        if (now == null || System.nanoTime() - measuredNanos > FRESH_NANOS) {
            now = usage();
            measured = now;
            measuredNanos = System.nanoTime();
        }
        memoryIsFull = isFull(memoryIsFull, now.memory(), memoryLimit);
        diskIsFull = isFull(diskIsFull, now.disk(), diskLimit);
        return new Exceeded(memoryLimit.isPresent() ? memoryIsFull : null, diskLimit.isPresent() ? diskIsFull : null);
    }

    /// Refuses what needs room while there is none.
    void requireRoom() {
        if (!isEnabled()) {
            return;
        }
        Exceeded exceeded = exceeded();
        if (Boolean.TRUE.equals(exceeded.memory())) {
            throw Refusals.quotaExceeded("Resident memory has reached the quota of "
                    + config.get("max_resident_memory_percent") + "% of this machine's memory");
        }
        if (Boolean.TRUE.equals(exceeded.disk())) {
            throw Refusals.quotaExceeded("Disk usage has reached the quota of " + config.get("max_disk_usage_percent")
                    + "% of the disk that holds the data");
        }
    }

    private boolean isEnabled() {
        return Boolean.TRUE.equals(config.get("enabled"));
    }

    private OptionalInt limit(String key) {
        return isEnabled() && config.get(key) instanceof Long percent
                ? OptionalInt.of(percent.intValue())
                : OptionalInt.empty();
    }

    private boolean isFull(boolean wasFull, OptionalInt used, OptionalInt limit) {
        if (used.isEmpty() || limit.isEmpty()) {
            return false;
        }
        int margin =
                config.get("release_margin_percent") instanceof Long given ? given.intValue() : DEFAULT_MARGIN_PERCENT;
        int threshold = wasFull ? Math.max(1, limit.getAsInt() - margin) : limit.getAsInt();
        return used.getAsInt() >= threshold;
    }

    private OptionalInt diskPercent() {
        Path home = directory;
        if (home == null) {
            return OptionalInt.empty();
        }
        try {
            FileStore store = Files.getFileStore(home);
            long total = store.getTotalSpace();
            return total <= 0
                    ? OptionalInt.empty()
                    : OptionalInt.of((int) ((total - store.getUsableSpace()) * 100.0 / total));
        } catch (IOException failed) {
            throw new UncheckedIOException("the disk of " + home + " cannot be measured", failed);
        }
    }

    long sequence() {
        return sequence;
    }

    synchronized void apply(long logged, Map<String, @Nullable Object> next) {
        config = next;
        sequence = logged;
        memoryIsFull = false;
        diskIsFull = false;
    }

    void write(Encoder out) {
        out.writeLong(sequence).writeValue(config);
    }

    void read(Decoder in) {
        sequence = in.readLong();
        config = in.readMap();
    }

    /// Refuses changes that need room where there is none; nothing is refused where nothing limits.
    static void requireRoom(@Nullable Quotas limits, List<Change> changes) {
        if (limits != null && changes.stream().anyMatch(Change::needsRoom)) {
            limits.requireRoom();
        }
    }
}
