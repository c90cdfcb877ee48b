package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A write-ahead log in segment files, named by the number of their first record.
///
/// **Group commit.** One thread takes all records that wait, writes them together, forces the file once and then
/// completes their futures; meanwhile the next group gathers. So one force serves as many writers as came during the
/// one before.
///
/// **Failure.** If a write or a force fails, all waiting and all later records fail, as it is unknown what the disk
/// has: a second force could report success for pages that the kernel dropped. A restart reads what is there.
///
/// **Reading.** At opening every record is checked. A torn tail of the last segment is copied to a file beside it and
/// cut off. A damaged record with a sound one right behind it is skipped, everything else behind it kept. Each finding
/// is reported with file and offset.
public final class FileJournal implements Journal {
    private static final String SUFFIX = ".log";

    /// Records wait in memory up to this size; then who appends waits too.
    private static final long MAX_PENDING_BYTES = 64L << 20;

    private final Path directory;
    private final Thread writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition space = lock.newCondition();

    /// This and the next four: guarded by the lock.
    private final Deque<Group> groups = new ArrayDeque<>();

    private final NavigableMap<Long, Path> segments;

    private long pendingBytes;

    private @Nullable Throwable failure;

    private boolean closing;

    /// Written under the lock, read by any.
    private volatile long sequence;

    private final AtomicLong bytesSinceRoll = new AtomicLong();
    private final AtomicLong forces = new AtomicLong();

    /// Null until recovered; then the writer thread's own while it runs.
    private @Nullable FileChannel active;

    private FileJournal(Path directory, NavigableMap<Long, Path> segments) {
        this.directory = directory;
        this.segments = segments;
        this.writer = Thread.ofPlatform().daemon().name("vectors-journal").unstarted(this::run);
    }

    /// Takes each record that is found, in order.
    @FunctionalInterface
    public interface Reader {
        void read(long sequence, byte[] body);
    }

    /// A log in a directory, made if absent. It takes records once it has [#recover]ed.
    public static FileJournal open(Path directory) throws IOException {
        Files.createDirectories(directory);
        return new FileJournal(directory, segments(directory));
    }

    /// Reads all records, then takes new ones. Called once, before anything is appended.
    ///
    /// @param least   the number that the last record has at least, known from elsewhere
    /// @param reader  gets every sound record
    /// @param finding gets a sentence for every damage that was found
    public void recover(long least, Reader reader, Consumer<String> finding) throws IOException {
        lock.lock();
        try {
            long last = least;
            for (Path segment : segments.values()) {
                boolean isLast = segment.equals(segments.lastEntry().getValue());
                last = Math.max(last, replay(segment, isLast, reader, finding));
                bytesSinceRoll.addAndGet(Files.size(segment));
            }
            if (segments.isEmpty()) {
                segments.put(last + 1, directory.resolve(name(last + 1)));
            }
            active = openSegment(segments.lastEntry().getValue());
            sequence = last;
        } finally {
            lock.unlock();
        }
        writer.start();
    }

    @Override
    public Appended append(byte[] body) {
        lock.lock();
        try {
            while (pendingBytes > MAX_PENDING_BYTES && failure == null) {
                space.awaitUninterruptibly();
            }
            requireSound();
            Frame frame = new Frame(sequence + 1, body);
            ByteBuffer bytes = frame.toBytes();
            Group group = openGroup();
            group.frames.add(bytes);
            pendingBytes += bytes.remaining();
            bytesSinceRoll.addAndGet(bytes.remaining());
            sequence = frame.sequence();
            work.signal();
            return new Appended(frame.sequence(), group.done);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long lastSequence() {
        return sequence;
    }

    @Override
    public long bytesSinceRoll() {
        return bytesSinceRoll.get();
    }

    @Override
    public long forces() {
        return forces.get();
    }

    @Override
    public long roll() throws IOException {
        long boundary;
        Group group;
        lock.lock();
        try {
            requireSound();
            boundary = sequence;
            group = openGroup();
            group.next = boundary + 1;
            bytesSinceRoll.set(0);
            work.signal();
        } finally {
            lock.unlock();
        }
        await(group.done);
        return boundary;
    }

    @Override
    public void discardThrough(long through) throws IOException {
        List<Path> unneeded = new ArrayList<>();
        lock.lock();
        try {
            while (segments.size() > 1 && segments.higherKey(segments.firstKey()) <= through + 1) {
                unneeded.add(segments.pollFirstEntry().getValue());
            }
        } finally {
            lock.unlock();
        }
        for (Path segment : unneeded) {
            Files.deleteIfExists(segment);
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closing = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException ignoredUntilDone) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        FileChannel last = active;
        if (last != null) {
            last.close();
        }
    }

    private FileChannel openSegment(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        FramedFile.forceDirectory(directory);
        return channel;
    }

    /// Under the lock.
    private Group openGroup() {
        Group last = groups.peekLast();
        if (last == null || last.next != 0) {
            last = new Group();
            groups.add(last);
        }
        return last;
    }

    /// Under the lock.
    private void requireSound() {
        if (failure != null) {
            throw new JournalFailedException("the log cannot be written: " + failure, failure);
        }
        if (closing || active == null) {
            throw new JournalFailedException("the journal is closed");
        }
    }

    private void run() {
        while (true) {
            Group group;
            lock.lock();
            try {
                while (groups.isEmpty() && !closing) {
                    work.awaitUninterruptibly();
                }
                if (groups.isEmpty()) {
                    return;
                }
                group = groups.remove();
            } finally {
                lock.unlock();
            }
            try {
                write(group);
            } catch (IOException | RuntimeException | Error thrown) {
                fail(group, thrown);
                return;
            }
            group.done.complete(null);
        }
    }

    private void write(Group group) throws IOException {
        FileChannel target = Objects.requireNonNull(active, "the writer runs only once the log is open");
        long bytes = 0;
        for (ByteBuffer frame : group.frames) {
            bytes += frame.remaining();
            Frame.writeFully(target, frame);
        }
        if (bytes > 0) {
            target.force(false);
            forces.incrementAndGet();
        }
        if (group.next != 0) {
            Path file = directory.resolve(name(group.next));
            FileChannel next = openSegment(file);
            target.close();
            active = next;
            lock.lock();
            try {
                segments.put(group.next, file);
            } finally {
                lock.unlock();
            }
        }
        lock.lock();
        try {
            pendingBytes -= bytes;
            space.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(Group group, Throwable thrown) {
        List<Group> failed = new ArrayList<>();
        failed.add(group);
        lock.lock();
        try {
            failure = thrown;
            failed.addAll(groups);
            groups.clear();
            space.signalAll();
        } finally {
            lock.unlock();
        }
        for (Group each : failed) {
            each.done.completeExceptionally(new JournalFailedException("the log cannot be written: " + thrown, thrown));
        }
    }

    private static void await(CompletableFuture<Void> done) throws IOException {
        try {
            done.join();
        } catch (CompletionException failed) {
            throw new IOException("the log cannot be written", failed.getCause());
        }
    }

    private static long replay(Path segment, boolean isLast, Reader reader, Consumer<String> finding)
            throws IOException {
        long last = 0;
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = file.size();
            long offset = 0;
            while (offset < size) {
                var frame = Frame.read(file, offset, size);
                if (frame.isPresent()) {
                    reader.read(frame.get().sequence(), frame.get().body());
                    last = frame.get().sequence();
                    offset += frame.get().bytes();
                    continue;
                }
                long claimed = Frame.claimedBytes(file, offset, size);
                if (claimed > 0 && Frame.read(file, offset + claimed, size).isPresent()) {
                    finding.accept(segment + " is damaged at offset " + offset + ": one record of " + claimed
                            + " bytes is lost, those behind it are kept");
                    offset += claimed;
                    continue;
                }
                if (isLast) {
                    cut(segment, file, offset, size, finding);
                } else {
                    finding.accept(segment + " is damaged at offset " + offset + ": its last " + (size - offset)
                            + " bytes are lost");
                }
                return last;
            }
        }
        return last;
    }

    private static void cut(Path segment, FileChannel file, long offset, long size, Consumer<String> finding)
            throws IOException {
        Path kept = segment.resolveSibling(segment.getFileName() + ".cut-" + offset);
        try (FileChannel copy = FileChannel.open(
                kept, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long at = offset; at < size; ) {
                at += file.transferTo(at, size - at, copy);
            }
        }
        file.truncate(offset);
        file.force(true);
        finding.accept(segment + " ended within a record at offset " + offset + ": " + (size - offset)
                + " bytes are cut off and kept in " + kept.getFileName());
    }

    private static NavigableMap<Long, Path> segments(Path directory) throws IOException {
        NavigableMap<Long, Path> segments = new TreeMap<>();
        try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                segments.put(Long.parseLong(name.substring(0, name.length() - SUFFIX.length())), file);
            }
        }
        return segments;
    }

    private static String name(long first) {
        return String.format("%020d%s", first, SUFFIX);
    }

    /// Records that are written and forced together.
    private static final class Group {
        final List<ByteBuffer> frames = new ArrayList<>();
        final CompletableFuture<Void> done = new CompletableFuture<>();

        /// First number of the segment that begins behind this group, 0 for none.
        long next;
    }
}
