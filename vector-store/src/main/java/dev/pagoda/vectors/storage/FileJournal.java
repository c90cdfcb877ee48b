package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A write-ahead log in segment files, named by the number of their first record.
///
/// **Group commit.** One thread takes all records that wait, writes them together, forces the file once and then
/// completes their futures; meanwhile the next group gathers. So one force serves as many writers as came during the
/// one before. A group of records that may be forced later is only written; the thread forces it when its time is up,
/// or together with the next record that asks for it.
///
/// **Failure.** If the disk refuses a write or a force, whoever waits is told, and later records are refused. What was
/// in the order already stays in memory. The thread tries again every while: it cuts the file back to what was forced,
/// writes all of that anew and, once it is forced, takes records again. So the file never holds what was not in the
/// order, and nobody was told of what is cut off.
///
/// **Reading.** At opening every record is checked, see [LogReplay].
public final class FileJournal implements Journal {
    private static final String SUFFIX = ".log";

    /// Records wait in memory up to this size; then who appends waits too.
    private static final long MAX_PENDING_BYTES = 64L << 20;

    /// Records that may be forced later are forced when there is so much of them.
    private static final long MAX_UNFORCED_BYTES = 16L << 20;

    /// A group waits for writers who are about to come for this share of what a force takes, and no longer than that.
    private static final int GATHER_SHARE = 3;

    private static final long MAX_GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /// How long a disk that has refused a write is left alone.
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final Disk disk;
    private final Path directory;
    private final Thread writer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition space = lock.newCondition();

    /// This and the next six: guarded by the lock.
    private final Deque<Group> groups = new ArrayDeque<>();

    private final NavigableMap<Long, Path> segments;

    private long pendingBytes;

    private @Nullable Throwable failure;

    private boolean opened;

    private boolean closing;

    private boolean ended;

    /// Written under the lock, read by any.
    private volatile long sequence;

    private final AtomicLong bytesSinceRoll = new AtomicLong();
    private final AtomicLong forces = new AtomicLong();

    /// The next five: while opening, then the writer thread's own.
    private @Nullable LogTail tail;

    /// When the file has to be forced at the latest, by `System.nanoTime`; read only while there is something to force.
    private long forceAtNanos;

    /// How long the last force took.
    private long lastForceNanos;

    /// Records that waited for the disk when the last group had been written.
    private int outstanding;

    /// What the disk has refused, oldest first; the records of the first are in the tail already.
    private final Deque<Group> refused = new ArrayDeque<>();

    private FileJournal(Disk disk, Path directory, NavigableMap<Long, Path> segments) {
        this.disk = disk;
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
    public static FileJournal open(Disk disk, Path directory) throws IOException {
        disk.createDirectories(directory);
        return new FileJournal(disk, directory, segments(disk, directory));
    }

    /// Reads all records, then takes new ones. Called once, before anything is appended.
    ///
    /// @param known   numbers up to this one may be missing: what they said is kept elsewhere
    /// @param least   the number that the last record has at least
    /// @param reader  gets every sound record
    /// @param finding gets a sentence for every damage that was found
    public void recover(long known, long least, Reader reader, Consumer<String> finding) throws IOException {
        lock.lock();
        try {
            long last = new LogReplay(disk, known, reader, finding).run(segments);
            for (Path segment : segments.values()) {
                try (Disk.File file = disk.open(segment)) {
                    bytesSinceRoll.addAndGet(file.size());
                }
            }
            sequence = Math.max(last, least);
            if (segments.isEmpty()) {
                segments.put(sequence + 1, directory.resolve(name(sequence + 1)));
            }
            LogTail end = new LogTail(disk, segments.lastEntry().getValue());
            if (last < sequence) {
                end.take(new LogTail.Entry(sequence, new byte[0]));
                forceAtNanos = System.nanoTime();
            }
            tail = end;
            try {
                end.open();
            } catch (IOException full) {
                failure = full;
            }
            opened = true;
        } finally {
            lock.unlock();
        }
        writer.start();
    }

    @Override
    public Appended append(byte[] body, long forceWithinNanos) {
        if (body.length == 0 || body.length > Frame.MAX_BODY_BYTES) {
            throw new IllegalArgumentException(
                    "a record of " + body.length + " bytes is not from 1 to " + Frame.MAX_BODY_BYTES);
        }
        lock.lock();
        try {
            while (pendingBytes > MAX_PENDING_BYTES && failure == null && !ended) {
                space.awaitUninterruptibly();
            }
            requireSound();
            LogTail.Entry entry = new LogTail.Entry(sequence + 1, body);
            Group group = openGroup();
            group.entries.add(entry);
            group.forceWithinNanos = Math.min(group.forceWithinNanos, forceWithinNanos);
            pendingBytes += entry.bytes();
            bytesSinceRoll.addAndGet(entry.bytes());
            sequence = entry.sequence();
            work.signal();
            return new Appended(entry.sequence(), group.done);
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
    public Optional<String> refusal() {
        lock.lock();
        try {
            return Optional.ofNullable(failure).map(FileJournal::sentence);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long roll() throws IOException {
        long boundary;
        long bytes;
        Group group;
        lock.lock();
        try {
            if (failure != null) {
                throw new IOException(sentence(failure), failure);
            }
            requireSound();
            boundary = sequence;
            group = openGroup();
            group.next = boundary + 1;
            bytes = bytesSinceRoll.getAndSet(0);
            work.signal();
        } finally {
            lock.unlock();
        }
        try {
            group.done.join();
        } catch (CompletionException failed) {
            bytesSinceRoll.addAndGet(bytes);
            throw new IOException("the log cannot be written", failed.getCause());
        }
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
            disk.delete(segment);
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
        LogTail last = tail;
        if (last != null) {
            last.close();
        }
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
            throw new JournalFailedException(sentence(failure), failure);
        }
        if (closing || ended || !opened) {
            throw new JournalFailedException("the journal is closed");
        }
    }

    private static String sentence(Throwable failure) {
        return "the log cannot be written: " + failure.getMessage() + "; writes are taken again when it can";
    }

    private void run() {
        LogTail end = tail;
        if (end == null) {
            throw new IllegalStateException("the writer runs only once the log is open");
        }
        try {
            while (!ended()) {
                boolean isRefused = !refused.isEmpty() || isRefusing();
                Group group = isRefused ? null : nextGroup(end);
                try {
                    if (isRefused) {
                        retry(end);
                    } else if (group != null) {
                        write(end, group);
                    } else if (end.hasUnforced()) {
                        end.write();
                        force(end);
                    }
                } catch (IOException | RuntimeException | OutOfMemoryError failed) {
                    refuse(group, failed);
                }
            }
            if (!isRefusing()) {
                end.seal(sequence);
            }
        } catch (IOException failed) {
            refuse(null, failed);
        } catch (RuntimeException | Error thrown) {
            refuse(null, thrown);
        } finally {
            end();
        }
    }

    /// Whether all is done that can be: closing, and either nothing is left or the disk has refused it once more.
    private boolean ended() {
        lock.lock();
        try {
            return ended
                    || (closing
                            && groups.isEmpty()
                            && refused.isEmpty()
                            && !requireTail().hasUnforced());
        } finally {
            lock.unlock();
        }
    }

    private LogTail requireTail() {
        LogTail present = tail;
        if (present == null) {
            throw new IllegalStateException("the log is not open");
        }
        return present;
    }

    private boolean isRefusing() {
        lock.lock();
        try {
            return failure != null;
        } finally {
            lock.unlock();
        }
    }

    /// Waits for a group; null when the file has to be forced first, or the journal closes.
    private @Nullable Group nextGroup(LogTail end) {
        lock.lock();
        try {
            while (groups.isEmpty() && !closing) {
                if (end.hasUnforced()) {
                    long left = forceAtNanos - System.nanoTime();
                    if (left <= 0) {
                        return null;
                    }
                    work.awaitNanos(left);
                } else {
                    work.awaitUninterruptibly();
                }
            }
            long left = Math.min(MAX_GATHER_NANOS, lastForceNanos / GATHER_SHARE);
            while (left > 0 && !closing && isWorthGathering(groups.peek())) {
                left = work.awaitNanos(left);
            }
            return groups.poll();
        } catch (InterruptedException nobodyInterruptsThisThread) {
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// Whether more writers are about to come than are here: those whom the last force served are on their way again,
    /// and without a short wait two halves of them would take turns. Under the lock.
    private boolean isWorthGathering(@Nullable Group group) {
        return group != null && group.forceWithinNanos == 0 && group.next == 0 && group.entries.size() < outstanding;
    }

    private void write(LogTail end, Group group) throws IOException {
        boolean isFirst = !end.hasUnforced();
        if (!group.isTaken) {
            group.isTaken = true;
            group.entries.forEach(end::take);
        }
        end.write();
        long limit = System.nanoTime() + group.forceWithinNanos;
        forceAtNanos = isFirst || limit - forceAtNanos < 0 ? limit : forceAtNanos;
        if (group.forceWithinNanos == 0 || group.next != 0 || end.unforcedBytes() > MAX_UNFORCED_BYTES) {
            force(end);
        }
        if (group.next != 0) {
            Path file = directory.resolve(name(group.next));
            if (!file.equals(end.path())) {
                end.rollTo(file);
            }
            lock.lock();
            try {
                segments.put(group.next, file);
            } finally {
                lock.unlock();
            }
        }
        lock.lock();
        try {
            outstanding = group.entries.size();
            for (Group waiting : groups) {
                outstanding += waiting.entries.size();
            }
            for (LogTail.Entry entry : group.entries) {
                pendingBytes -= entry.bytes();
            }
            space.signalAll();
        } finally {
            lock.unlock();
        }
        group.done.complete(null);
    }

    private void force(LogTail end) throws IOException {
        if (end.hasUnforced()) {
            long start = System.nanoTime();
            end.force();
            lastForceNanos = System.nanoTime() - start;
            forces.incrementAndGet();
        }
    }

    /// Tells all who wait that the disk refuses what they wrote, and keeps it.
    private void refuse(@Nullable Group group, Throwable thrown) {
        if (group != null) {
            refused.add(group);
        }
        List<Group> waiting;
        lock.lock();
        try {
            failure = thrown;
            waiting = new ArrayList<>(groups);
            groups.clear();
            space.signalAll();
            ended |= closing;
        } finally {
            lock.unlock();
        }
        refused.addAll(waiting);
        for (Group each : refused) {
            each.done.completeExceptionally(new JournalFailedException(sentence(thrown), thrown));
        }
    }

    /// Waits a while, then writes again what is not on disk for sure.
    private void retry(LogTail end) throws IOException {
        lock.lock();
        try {
            long left = RETRY_NANOS;
            while (left > 0 && !closing) {
                left = work.awaitNanos(left);
            }
        } catch (InterruptedException nobodyInterruptsThisThread) {
            // then it is tried at once
        } finally {
            lock.unlock();
        }
        end.retreat();
        end.write();
        force(end);
        for (Group group = refused.peek(); group != null; group = refused.peek()) {
            write(end, group);
            refused.remove();
        }
        lock.lock();
        try {
            failure = null;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        List<Group> left;
        lock.lock();
        try {
            ended = true;
            left = new ArrayList<>(groups);
            groups.clear();
            space.signalAll();
        } finally {
            lock.unlock();
        }
        left.addAll(refused);
        for (Group group : left) {
            group.done.completeExceptionally(new JournalFailedException("the journal is closed"));
        }
    }

    private static NavigableMap<Long, Path> segments(Disk disk, Path directory) throws IOException {
        NavigableMap<Long, Path> segments = new TreeMap<>();
        for (Path file : disk.list(directory)) {
            String name = String.valueOf(file.getFileName());
            if (name.matches("[0-9]{20}\\.log")) {
                segments.put(Long.parseLong(name.substring(0, name.length() - SUFFIX.length())), file);
            }
        }
        return segments;
    }

    private static String name(long first) {
        return String.format("%020d%s", first, SUFFIX);
    }

    /// Records that are written together.
    private static final class Group {
        final List<LogTail.Entry> entries = new ArrayList<>();
        final CompletableFuture<Void> done = new CompletableFuture<>();

        /// The shortest time that one of them allows.
        long forceWithinNanos = Long.MAX_VALUE;

        /// First number of the segment that begins behind this group, 0 for none.
        long next;

        /// The writer's: whether the records are in the tail.
        boolean isTaken;
    }
}
