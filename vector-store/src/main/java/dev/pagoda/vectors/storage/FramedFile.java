package dev.pagoda.vectors.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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

    /// Writes to a temporary name, forces, moves and forces the directory: after a crash the file is old or new.
    public static void write(Path target, Source source) throws IOException {
        Path directory = target.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalArgumentException(target + " is in no directory");
        }
        Path temporary = target.resolveSibling(target.getFileName() + ".tmp");
        try (FileChannel file = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            long[] blocks = {0};
            source.writeTo(body -> Frame.writeFully(file, new Frame(++blocks[0], body).toBytes()));
            // an empty block with the number 0 says that the file is whole
            Frame.writeFully(file, new Frame(0, new byte[0]).toBytes());
            file.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceDirectory(directory);
    }

    /// Reads all blocks in order.
    ///
    /// @throws DamagedFileException naming file and offset if a block is unsound or missing
    public static void read(Path path, Sink sink) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = file.size();
            long offset = 0;
            for (long expected = 1; ; expected++) {
                Optional<Frame> frame = Frame.read(file, offset, size);
                if (frame.isEmpty()) {
                    throw new DamagedFileException(path + " is damaged at offset " + offset);
                }
                if (frame.get().sequence() == 0) {
                    return;
                }
                if (frame.get().sequence() != expected) {
                    throw new DamagedFileException(path + " lacks block " + expected + " at offset " + offset);
                }
                sink.block(frame.get().body());
                offset += frame.get().bytes();
            }
        }
    }

    /// Makes the names in a directory survive a crash.
    public static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
