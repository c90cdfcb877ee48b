package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.vectors.collection.Archives;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Written;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a collection or its shard is recovered from: one of the caller's own snapshots, or a file that HTTP answers
/// with.
///
/// @param isShard  whether it is the shard of a collection that is there
/// @param checksum SHA-256 in hexadecimal digits that the file must have, null for any
record SnapshotSource(
        Catalogue catalogue,
        SnapshotDownload downloads,
        Call call,
        String collection,
        boolean isShard,
        @Nullable String checksum) {
    private static final Set<String> PRIORITIES = Set.of("no_sync", "snapshot", "replica");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");

    static void requirePriority(@Nullable Object priority) {
        if (priority != null && !PRIORITIES.contains(priority)) {
            throw Faults.format("unknown variant `" + priority + "`, expected one of `no_sync`, `snapshot`, `replica`");
        }
    }

    /// What is wrong with a checksum, empty if nothing is.
    static Optional<String> fault(@Nullable String checksum) {
        return checksum == null || SHA256.matcher(checksum).matches()
                ? Optional.empty()
                : Optional.of("checksum: invalid_sha256_hash, expected 64 hexadecimal digits");
    }

    /// @throws dev.pagoda.governance.bus.Refused if a shard is to be recovered of a collection that is not there
    void requireOwner() {
        if (isShard) {
            catalogue.get(call.tenant(), collection);
        }
    }

    /// Recovers from a file.
    Written recover(Path file) {
        try {
            if (checksum != null) {
                String actual = Archives.sha256(file);
                if (!checksum.equalsIgnoreCase(actual)) {
                    throw Refusals.badRequest(
                            "Snapshot checksum mismatch: expected " + checksum + ", actual " + actual);
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return isShard
                ? catalogue.recoverShard(call.tenant(), collection, file)
                : catalogue.recover(call.tenant(), collection, file);
    }

    /// Recovers from what a location names.
    ///
    /// @param key sent along as `api-key`, null for none
    Written recover(String location, @Nullable String key) {
        requireOwner();
        URI uri = parse(location);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        if (scheme.equals("http") || scheme.equals("https")) {
            return fetched(new SnapshotDownload.Wanted(uri, key, null)).orElseThrow();
        }
        if (isShard) {
            if (!scheme.isEmpty()) {
                throw Refusals.invalidInput(
                        "Invalid snapshot URL " + uri + ": URLs with " + scheme + " scheme are not supported");
            }
            String owner = catalogue.get(call.tenant(), collection).name();
            return recover(catalogue
                    .archives()
                    .find(call.tenant(), Archives.shardOf(owner), location)
                    .orElseThrow(() -> SnapshotRoutes.notFound(location)));
        }
        if (scheme.equals("file")) {
            return recover(own(uri));
        }
        throw Refusals.badRequest("a snapshot's location begins with file, http or https, not with \"" + scheme + "\"");
    }

    /// Recovers what another server answers a posted body with; empty if it says that nothing has changed.
    Optional<Written> recoverPosted(URI uri, @Nullable String key, Buffer body) {
        requireOwner();
        return fetched(new SnapshotDownload.Wanted(uri, key, body));
    }

    static URI parse(String location) {
        try {
            return new URI(location);
        } catch (URISyntaxException wrong) {
            throw Faults.format("relative URL without a base, or no URL: " + wrong.getMessage());
        }
    }

    private Path own(URI uri) {
        String host = uri.getAuthority() == null ? "" : uri.getAuthority();
        String text = uri.getPath() == null ? "" : uri.getPath();
        if (!(host.isEmpty() || host.equals("localhost")) || !text.startsWith("/")) {
            throw Refusals.badRequest("Invalid snapshot URI, file path must be absolute or on localhost");
        }
        Path path;
        try {
            path = Path.of(text).normalize();
        } catch (InvalidPathException wrong) {
            throw Faults.format("the location is no path: " + wrong.getMessage());
        }
        // by the name alone: nobody learns here which other files there are
        if (!Archives.isName(String.valueOf(path.getFileName()))) {
            throw Faults.forbidden("Snapshot file path must be inside the snapshots directory, where names end with "
                    + Archives.SUFFIX + ": \"" + path + "\"");
        }
        return catalogue
                .archives()
                .named(call.tenant(), collection, path)
                .orElseThrow(() -> Refusals.badRequest("Snapshot file \"" + path + "\" does not exist"));
    }

    private Optional<Written> fetched(SnapshotDownload.Wanted wanted) {
        downloads.requireAllowed(call);
        Archives archives = catalogue.archives();
        Path file = archives.incoming();
        try {
            return downloads.fetch(call, wanted, file, archives.room()) ? Optional.of(recover(file)) : Optional.empty();
        } finally {
            delete(file);
        }
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
