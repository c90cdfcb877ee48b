package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The end of the log: the file that is being written, and which of its records are not forced to disk yet. These stay
/// in memory, so that they can be written once more when the disk has refused them.
///
/// Used by the journal's thread only.
final class LogTail {
    private static final int STAGING_BYTES = 1 << 20;

    private final Disk disk;
    private final ByteBuffer staging = ByteBuffer.allocate(STAGING_BYTES);

    /// Not forced yet, oldest first.
    private final List<Entry> unforced = new ArrayList<>();

    private Path path;
    private Disk.@Nullable File file;

    /// How many of the unforced records the file has.
    private int staged;

    /// The file's length with these, and without.
    private long written;

    private long forced;
    private long unforcedBytes;

    /// Whether the last record written continues a group.
    private boolean isWithinGroup;

    /// A record that waits for the disk.
    record Entry(long sequence, byte[] body) {
        long bytes() {
            return Frame.HEADER_BYTES + (long) body.length;
        }
    }

    /// @param path the file to go on with; made if absent
    LogTail(Disk disk, Path path) {
        this.disk = disk;
        this.path = path;
    }

    /// Goes on behind what the file holds, once that is forced to disk.
    void open() throws IOException {
        Disk.File opened = disk.openOrCreate(path);
        try {
            disk.forceDirectory(directory());
            forced = opened.size();
            if (forced > 0) {
                opened.force();
            }
        } catch (IOException | RuntimeException failed) {
            opened.close();
            throw failed;
        }
        written = forced;
        file = opened;
    }

    Path path() {
        return path;
    }

    boolean hasUnforced() {
        return !unforced.isEmpty();
    }

    long unforcedBytes() {
        return unforcedBytes;
    }

    void take(Entry entry) {
        unforced.add(entry);
        unforcedBytes += entry.bytes();
    }

    /// Gives the operating system what was taken.
    void write() throws IOException {
        Disk.File target = requireOpen();
        staging.clear();
        int ready = staged;
        for (int i = staged; i < unforced.size(); i++) {
            Entry entry = unforced.get(i);
            ByteBuffer frame = new Frame(entry.sequence(), entry.body(), i > 0).toBytes();
            if (frame.remaining() > staging.remaining()) {
                flush(target, staging.flip(), ready);
                staging.clear();
            }
            if (frame.remaining() > staging.remaining()) {
                flush(target, frame, i + 1);
            } else {
                staging.put(frame);
            }
            ready = i + 1;
            isWithinGroup = i > 0;
        }
        flush(target, staging.flip(), ready);
    }

    /// Says in the file that all it has was forced, if the file alone does not tell.
    void seal(long sequence) throws IOException {
        if (isWithinGroup) {
            take(new Entry(sequence, new byte[0]));
            write();
            force();
        }
    }

    private void flush(Disk.File target, ByteBuffer bytes, int ready) throws IOException {
        int length = bytes.remaining();
        if (length > 0) {
            target.write(bytes, written);
            written += length;
        }
        staged = ready;
    }

    /// Makes what was written survive a power cut.
    void force() throws IOException {
        requireOpen().force();
        forced = written;
        unforced.clear();
        unforcedBytes = 0;
        staged = 0;
    }

    /// Goes back to what is on disk for sure, after a failure: what was written since is cut off, to be written again.
    ///
    /// A failed force may have dropped the pages behind it without their being asked for again. Those are the ones
    /// cut off here.
    void retreat() throws IOException {
        if (file == null) {
            open();
        }
        Disk.File target = requireOpen();
        target.truncate(forced);
        if (target.size() != forced) {
            throw new IOException(path + " has " + target.size() + " bytes and not the " + forced + " kept");
        }
        written = forced;
        staged = 0;
    }

    /// Goes on with another file; everything must be forced.
    void rollTo(Path next) throws IOException {
        if (!unforced.isEmpty()) {
            throw new IllegalStateException(unforced.size() + " records are not forced yet");
        }
        Disk.File opened = disk.openOrCreate(next);
        try {
            opened.truncate(0);
            disk.forceDirectory(directory());
        } catch (IOException | RuntimeException failed) {
            opened.close();
            throw failed;
        }
        close();
        path = next;
        file = opened;
        isWithinGroup = false;
        written = 0;
        forced = 0;
    }

    void close() throws IOException {
        Disk.File last = file;
        file = null;
        if (last != null) {
            last.close();
        }
    }

    private Disk.File requireOpen() throws IOException {
        Disk.File present = file;
        if (present == null) {
            throw new IOException(path + " is not open");
        }
        return present;
    }

    private Path directory() {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalStateException(path + " is in no directory");
        }
        return parent;
    }
}
