package dev.pagoda.registry.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Contents by name, each in a file of its own. A content is there whole or not at all, and on disk before [#put]
/// returns. Blocks; safe from any thread.
final class BlobFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final String PART = ".part";

    private final Path folder;
    private final boolean isTemporary;

    private BlobFolder(Path folder, boolean isTemporary) {
        this.folder = folder;
        this.isTemporary = isTemporary;
    }

    /// @param folder made when missing; empty: a temporary one that [#close] removes
    static BlobFolder open(Optional<Path> folder) {
        try {
            return folder.isPresent()
                    ? new BlobFolder(Files.createDirectories(folder.get()), false)
                    : new BlobFolder(Files.createTempDirectory("pagoda-blobs"), true);
        } catch (IOException unwritable) {
            throw new UncheckedIOException("no folder for blobs", unwritable);
        }
    }

    /// Where a content is, whether it is there or not.
    Path path(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a blob");
        }
        return folder.resolve(name);
    }

    void put(String name, byte[] content) throws IOException {
        Path whole = path(name);
        Path part = folder.resolve(name + PART);
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        publish(part, whole);
    }

    /// Makes one content of several, one after the other.
    ///
    /// @return the MD5 of its bytes, in hexadecimal
    String join(String name, List<String> pieces) throws IOException {
        Path whole = path(name);
        Path part = folder.resolve(name + PART);
        MessageDigest md5 = md5();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (String piece : pieces) {
                try (FileChannel source = FileChannel.open(path(piece), StandardOpenOption.READ)) {
                    while (source.read(buffer) >= 0) {
                        buffer.flip();
                        md5.update(buffer.duplicate());
                        while (buffer.hasRemaining()) {
                            channel.write(buffer);
                        }
                        buffer.clear();
                    }
                }
            }
            channel.force(true);
        }
        publish(part, whole);
        return HexFormat.of().formatHex(md5.digest());
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has it
        }
    }

    private void publish(Path part, Path whole) throws IOException {
        Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        // the name is on disk only when the folder is
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    Optional<byte[]> read(String name) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(path(name)));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    void delete(String name) throws IOException {
        Files.deleteIfExists(path(name));
    }

    /// Removes what a stop in the middle of a change has left.
    void keepOnly(Set<String> names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!names.contains(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public void close() {
        if (!isTemporary) {
            return;
        }
        try (Stream<Path> below = Files.walk(folder)) {
            for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException inUse) {
            throw new UncheckedIOException(folder + " cannot be removed", inUse);
        }
    }
}
