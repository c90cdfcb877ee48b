package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.storage.Disk;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/// The snapshots that users make, each a file with its SHA-256 beside it. They outlive their collection.
///
/// Folders are named by hashes of tenant and collection, and a file by nothing but letters, digits, dots, dashes and
/// underscores: no name that somebody gives leads out of the folder of the one who gives it.
///
/// Safe from any thread.
public final class Archives implements AutoCloseable {
    /// Snapshots of one collection.
    private static final int MAX_KEPT = 1_000;

    private static final int MAX_NAME_PART = 100;

    /// How the name of every snapshot ends.
    public static final String SUFFIX = ".snapshot";

    private static final String CHECKSUM = ".sha256";
    private static final String INCOMING = ".incoming-";

    /// What stands for the collection where a snapshot has all of a tenant's.
    private static final String ALL = "\0all";

    /// What follows the collection where a snapshot is one of its shard.
    private static final String SHARD = "\0shard";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int COPY_BYTES = 1 << 16;

    private final Path home;
    private final boolean isPassing;

    /// A snapshot.
    ///
    /// @param checksum SHA-256 in hexadecimal digits, null if it is not known
    public record Archive(
            String name,
            Instant created,
            long bytes,
            @Nullable String checksum) {}

    private Archives(Path home, boolean isPassing) {
        this.home = home;
        this.isPassing = isPassing;
    }

    /// @param home made when there is something to keep
    static Archives lasting(Path home) throws IOException {
        Archives archives = new Archives(home, false);
        archives.sweep();
        return archives;
    }

    /// Those of a store that keeps nothing: gone when it is closed.
    static Archives passing() {
        return new Archives(
                Path.of(System.getProperty("java.io.tmpdir"), "pagoda-snapshots-" + UUID.randomUUID()), true);
    }

    @Override
    public void close() throws IOException {
        if (!isPassing || !Files.isDirectory(home)) {
            return;
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// Writes a snapshot of a collection as it is now.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `storage_failed` if the disk does not take it
    public Archive create(Collection collection) {
        return create(
                folder(collection.tenant(), collection.name()),
                collection.name() + "-" + collection.id(),
                file -> write(collection, file));
    }

    /// Writes a snapshot of the only shard of a collection, which is kept apart from those of the collection.
    public Archive createOfShard(Collection collection) {
        return create(
                folder(collection.tenant(), shardOf(collection.name())),
                collection.name() + "-shard-0",
                file -> write(collection, file));
    }

    /// What stands for a collection in these calls where the snapshots of its shard are meant.
    public static String shardOf(String collection) {
        return collection + SHARD;
    }

    /// Writes a snapshot that is not kept.
    ///
    /// @return the file, which the caller deletes
    public Path createPassing(Collection collection) {
        Path file = incoming();
        try {
            write(collection, file);
            return file;
        } catch (IOException failed) {
            throw Refusals.storageFailed("the snapshot cannot be written: " + failed.getMessage());
        }
    }

    /// Writes a snapshot of all of a tenant's collections: an archive in the ZIP format with a snapshot of each.
    public Archive createFull(String tenant, List<Collection> collections) {
        return create(folder(tenant, ALL), "full-snapshot", file -> {
            try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
                zip.setLevel(Deflater.BEST_SPEED);
                for (Collection collection : collections) {
                    Path part = incoming();
                    try {
                        write(collection, part);
                        zip.putNextEntry(new ZipEntry(safe(collection.name()) + "-" + collection.id() + SUFFIX));
                        Files.copy(part, zip);
                        zip.closeEntry();
                    } finally {
                        Files.deleteIfExists(part);
                    }
                }
            }
        });
    }

    private static void write(Collection collection, Path file) throws IOException {
        try (Snapshot snapshot = collection.snapshot()) {
            snapshot.write(Disk.MACHINE, file);
        }
    }

    private interface Writer {
        void write(Path file) throws IOException;
    }

    private Archive create(Path folder, String label, Writer writer) {
        Path part = incoming();
        try {
            try {
                Files.createDirectories(folder);
                requireRoom(folder);
                writer.write(part);
                return keep(part, sha256(part), folder, safe(label) + "-" + TIME.format(Instant.now()));
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException failed) {
            throw Refusals.storageFailed("the snapshot cannot be written: " + failed.getMessage());
        }
    }

    /// Gives a file that is written its name; nobody else gives one meanwhile.
    private synchronized Archive keep(Path part, String checksum, Path folder, String stem) throws IOException {
        requireRoom(folder);
        Path file = folder.resolve(stem + SUFFIX);
        for (int i = 1; Files.exists(file); i++) {
            file = folder.resolve(stem + "-" + i + SUFFIX);
        }
        Files.writeString(checksumOf(file), checksum);
        Disk.MACHINE.move(part, file);
        Disk.MACHINE.forceDirectory(folder);
        return describe(file);
    }

    private static void requireRoom(Path folder) {
        if (list(folder).size() >= MAX_KEPT) {
            throw Refusals.badRequest("there are " + MAX_KEPT + " snapshots, the most that are kept");
        }
    }

    /// The snapshots of a collection, oldest first.
    public List<Archive> list(String tenant, String collection) {
        return list(folder(tenant, collection));
    }

    public List<Archive> listFull(String tenant) {
        return list(folder(tenant, ALL));
    }

    private static List<Archive> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Archive> archives = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : files) {
                archives.add(describe(file));
            }
        } catch (NoSuchFileException deletedMeanwhile) {
            return list(folder);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        archives.sort(Comparator.comparing(Archive::created).thenComparing(Archive::name));
        return archives;
    }

    private static Archive describe(Path file) throws IOException {
        Path checksum = checksumOf(file);
        return new Archive(
                String.valueOf(file.getFileName()),
                Files.getLastModifiedTime(file).toInstant(),
                Files.size(file),
                Files.exists(checksum) ? Files.readString(checksum, StandardCharsets.US_ASCII) : null);
    }

    /// The file of a snapshot; empty if there is none of that name.
    public Optional<Path> find(String tenant, String collection, String name) {
        return find(folder(tenant, collection), name);
    }

    public Optional<Path> findFull(String tenant, String name) {
        return find(folder(tenant, ALL), name);
    }

    private static Optional<Path> find(Path folder, String name) {
        return isName(name) ? Optional.of(folder.resolve(name)).filter(Files::isRegularFile) : Optional.empty();
    }

    /// Whether a snapshot may be called that.
    public static boolean isName(String name) {
        return NAME.matcher(name).matches() && name.endsWith(SUFFIX);
    }

    /// Deletes a snapshot.
    ///
    /// @return whether there was one
    public boolean delete(String tenant, String collection, String name) {
        return delete(find(tenant, collection, name));
    }

    public boolean deleteFull(String tenant, String name) {
        return delete(findFull(tenant, name));
    }

    private static boolean delete(Optional<Path> file) {
        try {
            if (file.isEmpty()) {
                return false;
            }
            Files.deleteIfExists(checksumOf(file.get()));
            return Files.deleteIfExists(file.get());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /// The snapshot that a path names: by its last part, of the collection that is asked for or of the one that the
    /// part before it names. Nothing else on this machine can be named.
    public Optional<Path> named(String tenant, String collection, Path path) {
        Path last = path.getFileName();
        if (last == null) {
            return Optional.empty();
        }
        Path parent = path.getParent();
        Path folder = parent == null ? null : parent.getFileName();
        Optional<Path> own = find(tenant, collection, last.toString());
        return own.isPresent() || folder == null ? own : find(tenant, folder.toString(), last.toString());
    }

    /// A name for a file that is on the way; whoever asks for it deletes it.
    public Path incoming() {
        try {
            Files.createDirectories(home);
        } catch (IOException failed) {
            throw Refusals.storageFailed("no snapshot can be taken: " + failed.getMessage());
        }
        return home.resolve(INCOMING + UUID.randomUUID());
    }

    /// Deletes what a crash has left on the way.
    private void sweep() throws IOException {
        if (!Files.isDirectory(home)) {
            return;
        }
        try (var files = Files.newDirectoryStream(home, INCOMING + "*")) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// The SHA-256 of a file in hexadecimal digits.
    public static String sha256(Path file) throws IOException {
        MessageDigest digest = digest();
        byte[] buffer = new byte[COPY_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Copies a stream to a file, up to a bound.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if it is longer
    public static void copy(InputStream from, Path to, long mostBytes) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        long copied = 0;
        try (OutputStream out = Files.newOutputStream(to)) {
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
                copied += read;
                if (copied > mostBytes) {
                    throw Refusals.storageFailed(
                            "the snapshot is longer than the " + mostBytes + " bytes there is room for");
                }
                out.write(buffer, 0, read);
            }
        }
    }

    /// Bytes that a snapshot on the way may have: half of what is free.
    public long room() {
        try {
            Files.createDirectories(home);
            return Files.getFileStore(home).getUsableSpace() / 2;
        } catch (IOException failed) {
            throw Refusals.storageFailed("no snapshot can be taken: " + failed.getMessage());
        }
    }

    private Path folder(String tenant, String collection) {
        return home.resolve(hash(tenant)).resolve(hash(collection));
    }

    private static Path checksumOf(Path file) {
        return file.resolveSibling(file.getFileName() + CHECKSUM);
    }

    private static String hash(String name) {
        return HexFormat.of().formatHex(digest().digest(name.getBytes(StandardCharsets.UTF_8)), 0, 16);
    }

    private static String safe(String label) {
        String plain = label.replaceAll("[^A-Za-z0-9._-]", "_");
        String first = plain.startsWith(".") || plain.startsWith("-") ? "_" + plain : plain;
        return first.length() <= MAX_NAME_PART ? first : first.substring(0, MAX_NAME_PART);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
