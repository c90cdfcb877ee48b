package dev.pagoda.registry.files;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.registry.api.StoredFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/// Files that come in parts, each tenant's apart. Parts are blobs like files are; an upload that is completed becomes
/// one file of its parts in the order that is asked for, one that is not is gone after an hour.
///
/// Safe from any thread.
final class TenantUploads {
    /// https://platform.openai.com/docs/api-reference/uploads, 2026-05.
    static final long MAX_BYTES = 8L << 30;

    static final int MAX_PARTS = 10_000;

    private static final Duration LIFE = Duration.ofHours(1);
    private static final int MAX_PENDING = 1_000;
    private static final int MAX_TOLD = 10_000;

    private final Vertx vertx;
    private final Store store;
    private final InstantSource clock;
    private final TenantFiles files;

    TenantUploads(Vertx vertx, Store store, InstantSource clock, TenantFiles files) {
        this.vertx = vertx;
        this.store = store;
        this.clock = clock;
        this.files = files;
    }

    enum Status {
        PENDING,
        COMPLETED,
        CANCELLED,
        EXPIRED
    }

    /// What a client says that it will send.
    ///
    /// @param bytes       how many it is to have
    /// @param lifeSeconds after which the file is gone, 0 to keep it until it is removed
    record Announced(String filename, String purpose, long bytes, long lifeSeconds) {}

    /// @param fileId of the file it has become, empty before
    record Upload(String id, Announced announced, long createdMicros, Status status, String fileId) {
        /// As it is after its end.
        Upload ended(Status how, String file) {
            return new Upload(id, announced, createdMicros, how, file);
        }

        long expiresMicros() {
            return createdMicros + LIFE.toNanos() / 1_000;
        }
    }

    record Part(String id, String uploadId, long createdMicros) {}

    /// An upload and the file that it is now.
    record Completed(Upload upload, StoredFile file) {}

    Future<Upload> create(Announced announced, Call call) {
        var upload = new Upload(id("upload_"), announced, now(), Status.PENDING, "");
        return expire(call.tenant())
                .compose(gone -> store.write(handle -> {
                    if (pending(handle, call.tenant()) >= MAX_PENDING) {
                        throw full("the tenant has " + MAX_PENDING + " uploads that are not completed");
                    }
                    handle.execute(
                            "DELETE FROM registry_upload WHERE tenant = ? AND status <> 'PENDING' AND id NOT IN (SELECT id FROM"
                                    + " registry_upload WHERE tenant = ? ORDER BY created_micros DESC LIMIT ?)",
                            call.tenant(),
                            call.tenant(),
                            MAX_TOLD);
                    handle.execute(
                            "INSERT INTO registry_upload (id, tenant, filename, purpose, bytes, created_micros, status, file_id,"
                                    + " life_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            upload.id(),
                            call.tenant(),
                            announced.filename(),
                            announced.purpose(),
                            announced.bytes(),
                            upload.createdMicros(),
                            upload.status().name(),
                            upload.fileId(),
                            announced.lifeSeconds());
                    return upload;
                }));
    }

    private static long pending(Handle handle, String tenant) {
        return handle.createQuery("SELECT COUNT(*) FROM registry_upload WHERE tenant = ? AND status = 'PENDING'")
                .bind(0, tenant)
                .mapTo(Long.class)
                .one();
    }

    /// Adds a part; answered when it is on disk.
    Future<Part> addPart(String uploadId, byte[] content, Call call) {
        var part = new Part(id("part_"), uploadId, now());
        return store.read(handle -> pending(handle, uploadId, call))
                .compose(upload -> vertx.executeBlocking(
                        () -> {
                            files.blobs().put(part.id(), content);
                            return upload;
                        },
                        false))
                .compose(upload -> store.write(handle -> insert(handle, part, content.length, call))
                        .recover(failure -> drop(List.of(part.id())).transform(gone -> Future.failedFuture(failure))));
    }

    private Part insert(Handle handle, Part part, long bytes, Call call) {
        pending(handle, part.uploadId(), call);
        record Held(long parts, long bytes) {}
        Held held = handle.createQuery(
                        "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM registry_upload_part WHERE upload_id = ?")
                .bind(0, part.uploadId())
                .map((row, context) -> new Held(row.getLong(1), row.getLong(2)))
                .one();
        if (held.parts() >= MAX_PARTS || held.bytes() + bytes > MAX_BYTES) {
            throw new Refused(
                    Reason.TOO_LARGE,
                    "upload_too_large",
                    "the upload has " + held.parts() + " parts of " + held.bytes() + " bytes; it may have " + MAX_PARTS
                            + " of " + MAX_BYTES);
        }
        TenantFiles.checkRoom(handle, call.tenant(), bytes);
        handle.execute(
                "INSERT INTO registry_upload_part (id, upload_id, bytes, created_micros) VALUES (?, ?, ?, ?)",
                part.id(),
                part.uploadId(),
                bytes,
                part.createdMicros());
        return part;
    }

    /// Makes the parts a file.
    ///
    /// @param partIds in the order of the file
    /// @param md5     what its bytes have to give, in hexadecimal
    Future<Completed> complete(String uploadId, List<String> partIds, Optional<String> md5, Call call) {
        String fileId = id("file-");
        return store.read(handle -> checked(handle, uploadId, partIds, call))
                .compose(upload -> vertx.executeBlocking(
                                () -> {
                                    String sum = files.blobs().join(fileId, partIds);
                                    if (md5.filter(wanted -> !wanted.equalsIgnoreCase(sum))
                                            .isPresent()) {
                                        throw FileRoutes.invalid("the MD5 of the parts is " + sum + ", not "
                                                + TenantFiles.shown(md5.get()));
                                    }
                                    return upload;
                                },
                                false)
                        .compose(joined -> become(upload, fileId, call))
                        .recover(failure -> drop(List.of(fileId)).transform(gone -> Future.failedFuture(failure))));
    }

    private Upload checked(Handle handle, String uploadId, List<String> partIds, Call call) {
        Upload upload = pending(handle, uploadId, call);
        Map<String, Long> sizes = sizes(handle, uploadId);
        long bytes = 0;
        for (String part : partIds) {
            Long size = sizes.get(part);
            if (size == null) {
                throw FileRoutes.invalid("the upload has no part '" + TenantFiles.shown(part) + "'");
            }
            bytes += size;
        }
        if (new HashSet<>(partIds).size() < partIds.size()) {
            throw FileRoutes.invalid("'part_ids' names a part twice");
        }
        long announced = upload.announced().bytes();
        if (bytes != announced) {
            throw FileRoutes.invalid("the parts have " + bytes + " bytes, and the upload was to have " + announced);
        }
        return upload;
    }

    private Future<Completed> become(Upload upload, String fileId, Call call) {
        Announced told = upload.announced();
        var file = StoredFile.lasting(told.lifeSeconds(), fileId, told.filename(), told.purpose(), told.bytes(), now());
        return store.write(handle -> {
                    pending(handle, upload.id(), call);
                    List<String> parts = List.copyOf(sizes(handle, upload.id()).keySet());
                    end(handle, upload.id(), Status.COMPLETED, fileId);
                    TenantFiles.insert(handle, file, call.tenant());
                    return parts;
                })
                .compose(this::drop)
                .map(gone -> new Completed(upload.ended(Status.COMPLETED, fileId), file));
    }

    Future<Upload> cancel(String uploadId, Call call) {
        return store.write(handle -> {
                    pending(handle, uploadId, call);
                    List<String> parts = List.copyOf(sizes(handle, uploadId).keySet());
                    end(handle, uploadId, Status.CANCELLED, "");
                    return parts;
                })
                .compose(this::drop)
                .compose(gone -> store.read(handle -> find(handle, uploadId, call)));
    }

    /// Ends the uploads of a tenant that have taken too long.
    private Future<Void> expire(String tenant) {
        return store.write(handle -> {
                    var parts = new HashMap<String, Long>();
                    List<String> late = handle.createQuery(
                                    "SELECT id FROM registry_upload WHERE tenant = ? AND status ="
                                            + " 'PENDING' AND created_micros < ?")
                            .bind(0, tenant)
                            .bind(1, now() - LIFE.toNanos() / 1_000)
                            .mapTo(String.class)
                            .list();
                    for (String upload : late) {
                        parts.putAll(sizes(handle, upload));
                        end(handle, upload, Status.EXPIRED, "");
                    }
                    return List.copyOf(parts.keySet());
                })
                .compose(this::drop);
    }

    private static void end(Handle handle, String uploadId, Status status, String fileId) {
        handle.execute(
                "UPDATE registry_upload SET status = ?, file_id = ? WHERE id = ?", status.name(), fileId, uploadId);
        handle.execute("DELETE FROM registry_upload_part WHERE upload_id = ?", uploadId);
    }

    private Future<Void> drop(List<String> blobs) {
        return vertx.executeBlocking(
                () -> {
                    for (String blob : blobs) {
                        files.blobs().delete(blob);
                    }
                    return null;
                },
                false);
    }

    private static Map<String, Long> sizes(Handle handle, String uploadId) {
        var sizes = new HashMap<String, Long>();
        handle.createQuery("SELECT id, bytes FROM registry_upload_part WHERE upload_id = ?")
                .bind(0, uploadId)
                .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                .forEach(entry -> sizes.put(entry.getKey(), entry.getValue()));
        return sizes;
    }

    private Upload find(Handle handle, String id, Call call) {
        return handle.createQuery("SELECT id, filename, purpose, bytes, created_micros, status, file_id,"
                        + " life_seconds FROM registry_upload WHERE id = ? AND tenant = ?")
                .bind(0, id)
                .bind(1, call.tenant())
                .map((row, context) -> new Upload(
                        row.getString(1),
                        new Announced(row.getString(2), row.getString(3), row.getLong(4), row.getLong(8)),
                        row.getLong(5),
                        Status.valueOf(row.getString(6)),
                        row.getString(7)))
                .findOne()
                .orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND, "upload_not_found", "No such Upload object: " + TenantFiles.shown(id)));
    }

    private Upload pending(Handle handle, String id, Call call) {
        Upload upload = find(handle, id, call);
        boolean isLate = upload.status() == Status.PENDING && now() > upload.expiresMicros();
        if (upload.status() != Status.PENDING || isLate) {
            throw FileRoutes.invalid("the upload is "
                    + (isLate ? Status.EXPIRED : upload.status()).name().toLowerCase(Locale.ROOT)
                    + " already");
        }
        return upload;
    }

    private static Refused full(String what) {
        return new Refused(Reason.INSUFFICIENT_STORAGE, "too_many_uploads", what);
    }

    private static String id(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
