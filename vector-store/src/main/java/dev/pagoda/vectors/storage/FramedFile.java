package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A file of numbered blocks, each with a checksum, that appears whole or not at all.
public final class FramedFile {
    private FramedFile() {}

    /// Writes blocks one by one.
    @FunctionalInterface
    public interface Source {
        void writeTo(Sink sink) throws IOException;
    }

    /// Takes the next block.
    @FunctionalInterface
    public interface Sink {
        void block(byte[] body) throws IOException;
    }

    /// Writes to a temporary name, forces, moves and forces the directory: after a crash the file is old or new. When
    /// writing fails nothing is left of it.
    public static void write(Disk disk, Path target, Source source) throws IOException {
        writeUnnamed(disk, target, source);
        disk.forceDirectory(parent(target));
    }

    /// As [#write], but the name survives a power cut only when the directory has been forced.
    public static void writeUnnamed(Disk disk, Path target, Source source) throws IOException {
        Path temporary = parent(target).resolve(target.getFileName() + ".tmp");
        boolean isWhole = false;
        try (Disk.File file = disk.openOrCreate(temporary)) {
            file.truncate(0);
            long[] blocks = {0};
            long[] end = {0};
            source.writeTo(body -> end[0] += append(file, end[0], new Frame(++blocks[0], body)));
            // an empty block with the number 0 says that the file is whole
            append(file, end[0], new Frame(0, new byte[0]));
            file.force();
            isWhole = true;
        } finally {
            if (!isWhole) {
                disk.delete(temporary);
            }
        }
        disk.move(temporary, target);
    }

    private static long append(Disk.File file, long end, Frame frame) throws IOException {
        file.write(frame.toBytes(), end);
        return frame.bytes();
    }

    private static Path parent(Path target) {
        Path directory = target.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException(target + " is in no directory");
        }
        return directory;
    }

    /// Reads all blocks in order.
    ///
    /// @throws DamagedFileException naming file and offset if a block is unsound or missing
    public static void read(Disk disk, Path path, Sink sink) throws IOException {
        try (Blocks blocks = open(disk, path)) {
            for (Optional<byte[]> block = blocks.next(); block.isPresent(); block = blocks.next()) {
                sink.block(block.get());
            }
        }
    }

    /// Opens a file to read its blocks one by one.
    public static Blocks open(Disk disk, Path path) throws IOException {
        return open(disk, path, Place.START);
    }

    /// Opens a file to go on behind what was read.
    public static Blocks open(Disk disk, Path path, Place from) throws IOException {
        Disk.File file = disk.open(path);
        try {
            return new Blocks(path, file, new FrameReader(file), from);
        } catch (IOException | RuntimeException failed) {
            file.close();
            throw failed;
        }
    }

    /// Where a block begins and its number.
    public record Place(long offset, long number) {
        static final Place START = new Place(0, 1);
    }

    /// The blocks of an open file, front to back. One thread.
    public static final class Blocks implements AutoCloseable {
        private final Path path;
        private final Disk.File file;
        private final FrameReader reader;
        private long offset;
        private long expected;

        private Blocks(Path path, Disk.File file, FrameReader reader, Place from) {
            this.path = path;
            this.file = file;
            this.reader = reader;
            this.offset = from.offset();
            this.expected = from.number();
        }

        /// Where the next block begins.
        public Place place() {
            return new Place(offset, expected);
        }

        /// The next block; empty behind the last.
        ///
        /// @throws DamagedFileException naming file and offset if it is unsound or missing
        public Optional<byte[]> next() throws IOException {
            Frame frame = reader.read(offset)
                    .orElseThrow(() -> new DamagedFileException(path + " is damaged at offset " + offset));
            if (frame.sequence() == 0) {
                return Optional.empty();
            }
            if (frame.sequence() != expected) {
                throw new DamagedFileException(path + " lacks block " + expected + " at offset " + offset);
            }
            offset += frame.bytes();
            expected++;
            return Optional.of(frame.body());
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
