package dev.pagoda.vectors.storage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of the machine.
final class MachineDisk implements Disk {
    private static final Logger LOG = LoggerFactory.getLogger(MachineDisk.class);

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public boolean exists(Path file) {
        return Files.exists(file);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (var present = Files.newDirectoryStream(directory, file -> !Files.isDirectory(file))) {
            present.forEach(files::add);
        }
        return files;
    }

    @Override
    public File open(Path file) throws IOException {
        return new MachineFile(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public File openOrCreate(Path file) throws IOException {
        return new MachineFile(
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldHere) {
            LOG.debug("the lock is held by this process", heldHere);
        }
        channel.close();
        throw new IOException("another process uses the vectors in " + file.getParent());
    }

    private record MachineFile(FileChannel channel) implements File {
        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public int read(ByteBuffer target, long offset) throws IOException {
            int before = target.position();
            while (target.hasRemaining()) {
                if (channel.read(target, offset + target.position() - before) < 0) {
                    break;
                }
            }
            return target.position() - before;
        }

        @Override
        public void write(ByteBuffer source, long offset) throws IOException {
            int before = source.position();
            while (source.hasRemaining()) {
                if (channel.write(source, offset + source.position() - before) < 0) {
                    throw new EOFException("the file takes no more bytes");
                }
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
