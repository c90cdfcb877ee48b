package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.IntFunction;

/// Files of rows as the TEXMEX sets lay them out: each row is its length as a little-endian `int32`, then as many
/// little-endian `float32` (`.fvecs`) or `int32` (`.ivecs`). All rows of a file have one length.
final class VectorFile {
    private static final int BUFFER_BYTES = 1 << 22;
    private static final int MAX_LENGTH = 1 << 16;

    private VectorFile() {}

    /// @throws StartRefused if the file is missing, cut off or not of this form
    static float[][] readFloats(Path file) {
        return read(file, float[][]::new, (row, length) -> {
            float[] values = new float[length];
            row.asFloatBuffer().get(values);
            return values;
        });
    }

    /// @throws StartRefused if the file is missing, cut off or not of this form
    static int[][] readInts(Path file) {
        return read(file, int[][]::new, (row, length) -> {
            int[] values = new int[length];
            row.asIntBuffer().get(values);
            return values;
        });
    }

    static void writeFloats(Path file, float[][] rows) {
        write(file, rows.length, rows.length == 0 ? 0 : rows[0].length, (buffer, row) -> {
            buffer.asFloatBuffer().put(rows[row]);
        });
    }

    static void writeInts(Path file, int[][] rows) {
        write(file, rows.length, rows.length == 0 ? 0 : rows[0].length, (buffer, row) -> {
            buffer.asIntBuffer().put(rows[row]);
        });
    }

    /// @param length values a row
    record Shape(int rows, int length) {}

    /// What the file holds by its first row and its size.
    ///
    /// @throws StartRefused if the file is missing, cut off or not of this form
    static Shape shape(Path file) {
        return open(file, channel -> shape(file, channel));
    }

    private interface RowReader<T> {
        T read(ByteBuffer values, int length);
    }

    private interface RowWriter {
        void write(ByteBuffer values, int row);
    }

    private static <T> T[] read(Path file, IntFunction<T[]> array, RowReader<T> reader) {
        return open(file, channel -> {
            Shape shape = shape(file, channel);
            int length = shape.length();
            long rowBytes = Integer.BYTES * (1L + length);
            T[] rows = array.apply(shape.rows());
            ByteBuffer buffer = buffer(rowBytes);
            int row = 0;
            while (row < rows.length) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), (rows.length - row) * rowBytes));
                fill(channel, buffer);
                for (int at = 0; at < buffer.limit(); at += (int) rowBytes, row++) {
                    int own = buffer.getInt(at);
                    if (own != length) {
                        throw new StartRefused(
                                file + " has " + own + " values in row " + row + " and " + length + " in row 0");
                    }
                    ByteBuffer values = buffer.slice(at + Integer.BYTES, length * Integer.BYTES);
                    rows[row] = reader.read(values.order(ByteOrder.LITTLE_ENDIAN), length);
                }
            }
            return rows;
        });
    }

    private interface Opened<T> {
        T read(FileChannel channel) throws IOException;
    }

    private static <T> T open(Path file, Opened<T> opened) {
        if (!Files.isRegularFile(file)) {
            throw new StartRefused("there is no file " + file);
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return opened.read(channel);
        } catch (IOException unreadable) {
            throw new StartRefused(file + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private static Shape shape(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < Integer.BYTES) {
            throw new StartRefused(file + " is cut off: it has " + size + " bytes");
        }
        ByteBuffer head = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        fill(channel, head);
        channel.position(0);
        int length = head.getInt(0);
        if (length < 1 || length > MAX_LENGTH) {
            throw new StartRefused(file + " begins with a row of " + length + " values; 1 to " + MAX_LENGTH
                    + " are possible in fvecs and ivecs");
        }
        long rowBytes = Integer.BYTES * (1L + length);
        if (size % rowBytes != 0) {
            throw new StartRefused(
                    file + " is cut off: " + size + " bytes are no whole number of rows of " + length + " values");
        }
        return new Shape(Math.toIntExact(size / rowBytes), length);
    }

    private static void fill(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("it became shorter while it was read");
            }
        }
    }

    private static ByteBuffer buffer(long rowBytes) {
        long rows = Math.max(1, BUFFER_BYTES / rowBytes);
        return ByteBuffer.allocateDirect((int) (rows * rowBytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(Path file, int rows, int length, RowWriter writer) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        int rowBytes = Integer.BYTES * (1 + length);
        try {
            try (FileChannel channel = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = buffer(rowBytes);
                for (int row = 0; row < rows; row++) {
                    buffer.putInt(length);
                    writer.write(buffer.slice().order(ByteOrder.LITTLE_ENDIAN), row);
                    buffer.position(buffer.position() + length * Integer.BYTES);
                    if (!buffer.hasRemaining() || row == rows - 1) {
                        buffer.flip();
                        while (buffer.hasRemaining()) {
                            channel.write(buffer);
                        }
                        buffer.clear();
                    }
                }
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failed) {
            throw new UncheckedIOException(file + " cannot be written", failed);
        }
    }
}
