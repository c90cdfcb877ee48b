package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Reads the frames of a file in large pieces, mostly front to back. One thread.
final class FrameReader {
    private static final int WINDOW_BYTES = 4 << 20;

    private final Disk.File file;
    private final long size;
    private ByteBuffer window;
    private long windowStart;

    FrameReader(Disk.File file) throws IOException {
        this.file = file;
        this.size = file.size();
        this.window = ByteBuffer.allocate((int) Math.min(size, WINDOW_BYTES)).limit(0);
    }

    long size() {
        return size;
    }

    /// The frame at `offset`; empty if the bytes there are not a whole and sound one.
    Optional<Frame> read(long offset) throws IOException {
        if (size - offset < Frame.HEADER_BYTES || !fill(offset, Frame.HEADER_BYTES)) {
            return Optional.empty();
        }
        int at = (int) (offset - windowStart);
        int first = window.getInt(at);
        int checksum = window.getInt(at + 4);
        long sequence = window.getLong(at + 8);
        int length = Frame.length(first);
        if (length < 0 || length > size - offset - Frame.HEADER_BYTES || !fill(offset, Frame.HEADER_BYTES + length)) {
            return Optional.empty();
        }
        byte[] body = new byte[length];
        window.get((int) (offset - windowStart) + Frame.HEADER_BYTES, body);
        boolean continues = Frame.continues(first);
        return Frame.checksum(sequence, body, continues) == checksum
                ? Optional.of(new Frame(sequence, body, continues))
                : Optional.empty();
    }

    /// Looks for a sound frame behind damage.
    ///
    /// @param from  offset of the first byte that may begin it
    /// @param above its number is greater, but not by more than frames find room between
    /// @return its offset, -1 if there is none
    long findBehind(long from, long above) throws IOException {
        long most = above + 1 + size / Frame.HEADER_BYTES;
        for (long offset = from; size - offset >= Frame.HEADER_BYTES; offset++) {
            if (!fill(offset, Frame.HEADER_BYTES)) {
                return -1;
            }
            long sequence = window.getLong((int) (offset - windowStart) + 8);
            if (sequence > above && sequence <= most && read(offset).isPresent()) {
                return offset;
            }
        }
        return -1;
    }

    /// Makes `[offset, offset + length)` lie in the window.
    private boolean fill(long offset, int length) throws IOException {
        if (offset >= windowStart && offset + length <= windowStart + window.limit()) {
            return true;
        }
        if (length > window.capacity()) {
            window = ByteBuffer.allocate(length);
        }
        window.clear();
        windowStart = offset;
        int read = file.read(window, offset);
        window.position(0).limit(read);
        return read >= length;
    }
}
