package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.collection.Archives;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.Refusals;
import dev.pagoda.vectors.collection.Written;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where a collection is recovered from: one of the caller's own snapshots, or a file that HTTP answers with.
///
/// @param tenant   of the caller
/// @param checksum SHA-256 in hexadecimal digits that the file must have, null for any
record SnapshotSource(
        Catalogue catalogue,
        String tenant,
        String collection,
        @Nullable String checksum) {
    private static final Set<String> PRIORITIES = Set.of("no_sync", "snapshot", "replica");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    static void requirePriority(@Nullable Object priority) {
        if (priority != null && !PRIORITIES.contains(priority)) {
            throw Faults.format("unknown variant `" + priority + "`, expected one of `no_sync`, `snapshot`, `replica`");
        }
    }

    /// Recovers the collection from a file.
    Written recover(Path file) {
        try {
            if (checksum != null && !checksum.equalsIgnoreCase(Archives.sha256(file))) {
                throw Refusals.badRequest(
                        "Snapshot checksum mismatch: expected " + checksum + ", actual " + Archives.sha256(file));
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return catalogue.recover(tenant, collection, file);
    }

    /// Recovers the collection from what a URI names.
    ///
    /// @param key sent along as `api-key`, null for none
    Written recover(String location, @Nullable String key) {
        URI uri = parse(location);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        return switch (scheme) {
            case "file" -> recover(own(uri));
            case "http", "https" -> recoverFrom(uri, key);
            default ->
                throw Refusals.badRequest(
                        "a snapshot's location begins with file, http or https, not with \"" + scheme + "\"");
        };
    }

    private static URI parse(String location) {
        try {
            return new URI(location);
        } catch (URISyntaxException wrong) {
            throw Faults.format("relative URL without a base, or no URL: " + wrong.getMessage());
        }
    }

    private Path own(URI uri) {
        Path path;
        try {
            path = Path.of(uri.getPath() == null ? "" : uri.getPath()).normalize();
        } catch (InvalidPathException wrong) {
            throw Faults.format("the location is no path: " + wrong.getMessage());
        }
        return catalogue
                .archives()
                .named(tenant, collection, path)
                .orElseThrow(() -> new Refused(
                        Reason.FORBIDDEN,
                        "foreign_file",
                        "a file location can only name one of your own snapshots; \"" + path.getFileName()
                                + "\" is none of them"));
    }

    private Written recoverFrom(URI uri, @Nullable String key) {
        Path file = catalogue.archives().incoming();
        try {
            download(uri, key, file);
            return recover(file);
        } finally {
            delete(file);
        }
    }

    private void download(URI uri, @Nullable String key, Path file) {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
            if (key != null) {
                request.header("api-key", key);
            }
        } catch (IllegalArgumentException wrong) {
            throw Faults.format("the location cannot be asked for: " + wrong.getMessage());
        }
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw Refusals.badRequest(
                            "Failed to download snapshot from " + uri + ": status " + response.statusCode());
                }
                Archives.copy(body, file, catalogue.archives().room());
            }
        } catch (IOException failed) {
            throw Refusals.badRequest("Failed to download snapshot from " + uri + ": "
                    + failed.getClass().getSimpleName());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Refusals.overloaded("the store is closing");
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
