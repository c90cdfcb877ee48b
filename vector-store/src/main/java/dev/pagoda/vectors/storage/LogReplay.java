package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads the files of a log in order and says what they lack.
///
/// **Behind damage** the next sound record is looked for byte by byte, so that a record whose length is damaged costs
/// one record. If none of those behind it began a group, nothing here proves that the damaged bytes had ever been
/// forced: then this is the torn tail of a write that nobody was told of, and the log ends before it. What is cut off
/// is kept in a file beside.
///
/// **Numbers** follow each other. An empty record says that the numbers up to its own were given, and that what is
/// before it was forced: so a jump that a restart made is told from records that are missing, and damage to the end
/// of a log that was closed from a torn tail.
final class LogReplay {
    private static final int COPY_BYTES = 1 << 20;

    private final Disk disk;
    private final FileJournal.Reader reader;
    private final Consumer<String> finding;
    private long last;

    /// @param known numbers up to here may be missing
    LogReplay(Disk disk, long known, FileJournal.Reader reader, Consumer<String> finding) {
        this.disk = disk;
        this.reader = reader;
        this.finding = finding;
        this.last = known;
    }

    /// @return the number of the last record
    long run(NavigableMap<Long, Path> segments) throws IOException {
        for (Path segment : segments.values()) {
            boolean isLast = segment.equals(segments.lastEntry().getValue());
            try (Disk.File file = disk.open(segment)) {
                read(segment, file, isLast);
            }
        }
        return last;
    }

    private void read(Path segment, Disk.File file, boolean isLast) throws IOException {
        FrameReader frames = new FrameReader(file);
        long offset = 0;
        while (offset < frames.size()) {
            Optional<Frame> frame = frames.read(offset);
            if (frame.isPresent()) {
                take(segment, offset, frame.get());
                offset += frame.get().bytes();
                continue;
            }
            long behind = frames.findBehind(offset + 1, last);
            if (behind >= 0 && (!isLast || wasForced(frames, behind))) {
                finding.accept(segment + " is damaged at offset " + offset + ": " + (behind - offset)
                        + " bytes are lost, what is behind them is kept");
                last = frames.read(behind).map(Frame::sequence).orElse(last) - 1;
                offset = behind;
                continue;
            }
            if (isLast) {
                cut(segment, file, offset);
            } else {
                finding.accept(segment + " is damaged at offset " + offset + ": its last " + (frames.size() - offset)
                        + " bytes are lost");
            }
            return;
        }
    }

    private void take(Path segment, long offset, Frame frame) {
        if (frame.sequence() > last + 1 && frame.body().length > 0) {
            finding.accept("before offset " + offset + " of " + segment + " records " + (last + 1) + " to "
                    + (frame.sequence() - 1) + " are missing");
        }
        last = Math.max(last, frame.sequence());
        if (frame.body().length > 0) {
            reader.read(frame.sequence(), frame.body());
        }
    }

    /// Whether a record from `offset` on began a group, so that all before it had been forced.
    private static boolean wasForced(FrameReader frames, long offset) throws IOException {
        long at = offset;
        while (at >= 0 && at < frames.size()) {
            Optional<Frame> frame = frames.read(at);
            if (frame.isEmpty()) {
                return false;
            }
            if (!frame.get().continues()) {
                return true;
            }
            at += frame.get().bytes();
        }
        return false;
    }

    private void cut(Path segment, Disk.File file, long offset) throws IOException {
        long size = file.size();
        Path kept = segment.resolveSibling(segment.getFileName() + ".cut-" + offset);
        String outcome = "are cut off and kept in " + kept.getFileName();
        try (Disk.File copy = disk.openOrCreate(kept)) {
            copy.truncate(0);
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
            for (long at = offset; at < size; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(COPY_BYTES, size - at));
                int read = file.read(buffer, at);
                copy.write(buffer.position(0).limit(read), at - offset);
            }
            copy.force();
        } catch (IOException full) {
            // a store on a full disk must still start
            disk.delete(kept);
            outcome = "are cut off, and could not be kept: " + full.getMessage();
        }
        file.truncate(offset);
        file.force();
        finding.accept(
                segment + " ended within a record at offset " + offset + ": " + (size - offset) + " bytes " + outcome);
    }
}
