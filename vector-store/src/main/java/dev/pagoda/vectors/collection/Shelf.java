package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.collection.Manifest.Entry;
import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Disk;
import dev.pagoda.vectors.storage.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The snapshots of a catalogue's collections, and the manifest that says which of them count.
///
/// Used while the catalogue opens, then by one thread at a time, but for what it says of snapshots that are taken.
final class Shelf {
    private static final String SNAPSHOTS = "snapshots";
    private static final String SUFFIX = ".snapshot";

    /// What is said of a collection whose file cannot be read.
    static final CollectionConfig UNKNOWN =
            new CollectionConfig(Map.of(), Map.of(), HnswConfig.DEFAULT, Map.of(), Map.of());

    private final Disk disk;
    private final Path home;

    /// Snapshots that records of the journal name, and the numbers of these.
    private final Map<String, Long> taken = new ConcurrentHashMap<>();

    private Manifest manifest = Manifest.EMPTY;

    /// One that may be in one of its two places on disk; null while both hold the same.
    private @Nullable Manifest unfinished;

    /// A collection as it was found.
    ///
    /// @param isKnown whether it can be listed: its name is known
    private record Found(Snapshot.Restored restored, boolean isKnown) {}

    Shelf(Disk disk, Path home) throws IOException {
        this.disk = disk;
        this.home = home;
        disk.createDirectories(home.resolve(SNAPSHOTS));
    }

    /// Records up to here are in the snapshots.
    long boundary() {
        return manifest.boundary();
    }

    /// The number of the last record that is in a snapshot.
    long lastSequence() {
        return manifest.entries().values().stream().mapToLong(Entry::sequence).reduce(manifest.boundary(), Math::max);
    }

    /// What the last checkpoint said beside the collections.
    Optional<byte[]> names() {
        return Optional.ofNullable(manifest.names());
    }

    /// Reads all collections, several at a time.
    ///
    /// @param finding gets a sentence for each damage; from any thread
    List<Snapshot.Restored> load(Journal journal, Consumer<String> finding) throws IOException {
        var read = Manifest.read(disk, home, finding);
        manifest = read.isPresent() ? read.get() : fromNames();
        if (!manifest.entries().isEmpty()) {
            WarmUp.start();
        }
        List<Callable<Found>> tasks = new ArrayList<>();
        for (Entry entry : manifest.entries().values()) {
            tasks.add(() -> load(entry, journal, finding));
        }
        List<Snapshot.Restored> found = new ArrayList<>();
        for (Found each : inParallel(tasks)) {
            if (each.isKnown()) {
                found.add(each.restored());
            }
        }
        return found;
    }

    private static <T> List<T> inParallel(List<Callable<T>> tasks) throws IOException {
        int threads = Math.min(tasks.size(), Runtime.getRuntime().availableProcessors());
        List<T> results = new ArrayList<>(tasks.size());
        if (threads < 2) {
            for (Callable<T> task : tasks) {
                results.add(outcome(task));
            }
            return results;
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("vectors-files-", 0).factory())) {
            List<Future<T>> futures = pool.invokeAll(tasks);
            for (Future<T> future : futures) {
                results.add(outcome(future::get));
            }
            return results;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while files were read or written", interrupted);
        }
    }

    private static <T> T outcome(Callable<T> task) throws IOException {
        try {
            return task.call();
        } catch (IOException | RuntimeException failed) {
            throw failed;
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IOException(failed);
            }
        } catch (Exception unexpected) {
            throw new IOException(unexpected);
        }
    }

    private Found load(Entry entry, Journal journal, Consumer<String> finding) throws IOException {
        Path file = home.resolve(SNAPSHOTS).resolve(entry.file());
        try {
            Snapshot.Points points = Snapshot.readPoints(disk, file, Long.MAX_VALUE);
            if (points.written().id() != entry.id()) {
                throw new DamagedFileException(file + " is damaged at offset 0: it is of another collection");
            }
            return new Found(new Snapshot.Restored(points.collection(points.written(), journal), points.links()), true);
        } catch (DamagedFileException | NoSuchFileException damaged) {
            String reason = damaged instanceof NoSuchFileException
                    ? file + " is missing"
                    : String.valueOf(damaged.getMessage());
            finding.accept(reason);
            Collection collection = new Collection(entry.id(), entry.tenant(), entry.name(), UNKNOWN, journal);
            collection.damaged(reason);
            return new Found(
                    new Snapshot.Restored(collection, Optional.empty()),
                    !entry.name().isEmpty());
        }
    }

    /// What the names of the snapshots say when no manifest does: the newest of each collection counts.
    private Manifest fromNames() throws IOException {
        Map<Long, Entry> entries = new HashMap<>();
        for (Path file : disk.list(home.resolve(SNAPSHOTS))) {
            String name = String.valueOf(file.getFileName());
            if (name.matches("[0-9]{1,18}-[0-9]{1,18}\\" + SUFFIX)) {
                int dash = name.indexOf('-');
                long id = Long.parseLong(name.substring(0, dash));
                long sequence = Long.parseLong(name.substring(dash + 1, name.length() - SUFFIX.length()));
                entries.merge(
                        id,
                        new Entry(id, "", "", name, sequence),
                        (one, other) -> one.sequence() > other.sequence() ? one : other);
            }
        }
        return new Manifest(0, entries, null);
    }

    /// Writes what changed since the last checkpoint; then records up to `boundary` can go.
    ///
    /// @param names for [#names]
    void checkpoint(long boundary, List<Collection> present, byte[] names) throws IOException {
        finish();
        List<Callable<Entry>> tasks = new ArrayList<>();
        for (Collection collection : present) {
            tasks.add(() -> keepOrWrite(collection));
        }
        Map<Long, Entry> next = new HashMap<>();
        boolean isWritten = false;
        try {
            for (Entry entry : inParallel(tasks)) {
                next.put(entry.id(), entry);
            }
            disk.forceDirectory(home.resolve(SNAPSHOTS));
            isWritten = true;
        } finally {
            if (!isWritten) {
                deleteStrangers();
            }
        }
        replace(new Manifest(boundary, next, names));
        deleteStrangers();
    }

    /// Takes a snapshot from elsewhere that a record of the journal is going to name; it stays until a checkpoint has
    /// made that record needless.
    ///
    /// @return its name here
    String take(Path file) throws IOException {
        String name = "recovered-" + UUID.randomUUID() + SUFFIX;
        Path target = home.resolve(SNAPSHOTS).resolve(name);
        keep(name, Long.MAX_VALUE);
        boolean isKept = false;
        try {
            copy(file, target);
            disk.forceDirectory(home.resolve(SNAPSHOTS));
            isKept = true;
        } finally {
            if (!isKept) {
                letGo(name);
            }
        }
        return name;
    }

    private void copy(Path from, Path to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                Disk.File target = disk.openOrCreate(to)) {
            for (long at = 0; source.read(buffer.clear(), at) > 0; at += buffer.limit()) {
                target.write(buffer.flip(), at);
            }
            target.force();
        }
    }

    /// Says which record names a snapshot that was taken.
    void keep(String name, long sequence) {
        taken.put(name, sequence);
    }

    /// Deletes a snapshot that was taken and that no record names.
    void letGo(String name) throws IOException {
        taken.remove(name);
        disk.delete(home.resolve(SNAPSHOTS).resolve(name));
    }

    /// Reads the points of a snapshot that was taken.
    Snapshot.Points readTaken(String name, long last) throws IOException {
        return Snapshot.readPoints(disk, home.resolve(SNAPSHOTS).resolve(name), last);
    }

    /// Lets go of collections that were dropped, without writing the others.
    ///
    /// @param names for [#names], without those of what was dropped
    void forget(Set<Long> dropped, byte[] names) throws IOException {
        finish();
        Map<Long, Entry> next = new HashMap<>(manifest.entries());
        if (next.keySet().removeAll(dropped)) {
            replace(new Manifest(manifest.boundary(), next, names));
            deleteStrangers();
        }
    }

    /// Whether the snapshot of a collection is as it is now.
    boolean isCurrent(Collection collection) {
        Entry entry = manifest.entries().get(collection.id());
        return entry != null && (collection.damage().isPresent() || entry.sequence() == collection.committed());
    }

    private void replace(Manifest next) throws IOException {
        unfinished = next;
        next.write(disk, home);
        manifest = next;
        unfinished = null;
    }

    /// Ends what [#replace] began. Until then files are named by one of the two places on disk, and none may go.
    private void finish() throws IOException {
        if (unfinished != null) {
            replace(unfinished);
        }
    }

    private Entry keepOrWrite(Collection collection) throws IOException {
        Entry old = manifest.entries().get(collection.id());
        if (old != null && isCurrent(collection)) {
            return old;
        }
        if (collection.damage().isPresent()) {
            // what it was recovered from is all there is of it
            String file = taken.entrySet().stream()
                    .filter(entry -> entry.getValue() == collection.id())
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse("lost");
            return new Entry(collection.id(), collection.tenant(), collection.name(), file, collection.id());
        }
        try (Snapshot snapshot = collection.snapshot()) {
            String file = collection.id() + "-" + snapshot.sequence() + SUFFIX;
            snapshot.write(disk, home.resolve(SNAPSHOTS).resolve(file));
            return new Entry(collection.id(), collection.tenant(), collection.name(), file, snapshot.sequence());
        }
    }

    /// Deletes snapshots that the manifest does not name.
    private void deleteStrangers() throws IOException {
        Set<String> known = new HashSet<>();
        manifest.entries().values().forEach(entry -> known.add(entry.file()));
        taken.values().removeIf(sequence -> sequence <= manifest.boundary());
        known.addAll(taken.keySet());
        for (Path file : disk.list(home.resolve(SNAPSHOTS))) {
            if (!known.contains(String.valueOf(file.getFileName()))) {
                disk.delete(file);
            }
        }
    }
}
