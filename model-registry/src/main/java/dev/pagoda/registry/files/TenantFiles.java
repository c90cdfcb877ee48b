package dev.pagoda.registry.files;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.registry.api.FileContent;
import dev.pagoda.registry.api.StoredFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of each tenant: a row tells what a file is, a blob of its id holds what is in it.
///
/// The blob is written before the row and removed after it, so that every row has its blob whenever the process ends; a
/// blob without a row is swept away by the next start. A file whose time is over is not found from that moment on and
/// swept away within a minute. Safe from any thread.
public final class TenantFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TenantFiles.class);

    /// Files of a tenant.
    static final int MAX_FILES = 10_000;

    /// All files of a tenant together.
    static final long MAX_BYTES = 10L << 30;

    /// OpenAI's bound for what is worked on at once, such as the input of a batch (2026-05: 200 MB) or a document (512
    /// MB).
    private static final long MAX_READ_BYTES = 512L << 20;

    private static final String COLUMNS =
            "SELECT id, filename, purpose, bytes, created_micros, expires_micros FROM registry_file ";

    /// Files that are not gone at `:now`.
    private static final String PRESENT = " AND (expires_micros = 0 OR expires_micros > :now)";

    private static final RowMapper<StoredFile> ROW = (row, context) -> new StoredFile(
            row.getString(1), row.getString(2), row.getString(3), row.getLong(4), row.getLong(5), row.getLong(6));

    private static final long SWEEP_MILLIS = 60_000;

    /// Files that one sweep takes at once.
    private static final int SWEPT = 1_000;

    private final Vertx vertx;
    private final Store store;
    private final InstantSource clock;
    private final Optional<Path> folder;
    private volatile @Nullable BlobFolder blobs;
    private volatile long sweeper = -1;

    /// @param folder of the blobs; empty: nothing is kept beyond the stop
    public TenantFiles(Vertx vertx, Store store, InstantSource clock, Optional<Path> folder) {
        this.vertx = vertx;
        this.store = store;
        this.clock = clock;
        this.folder = folder;
    }

    /// Opens the blobs; the tables must be up to date.
    public Future<Void> start() {
        return store.<Set<String>>read(handle -> new HashSet<>(
                        handle.createQuery("SELECT id FROM registry_file UNION ALL SELECT id FROM registry_upload_part")
                                .mapTo(String.class)
                                .list()))
                .compose(ids -> vertx.executeBlocking(() -> {
                    BlobFolder opened = BlobFolder.open(folder);
                    opened.keepOnly(ids);
                    blobs = opened;
                    return null;
                }))
                .compose(opened -> sweep())
                .map(swept -> {
                    sweeper = vertx.setPeriodic(SWEEP_MILLIS, timer -> sweepLogged());
                    return null;
                });
    }

    private void sweepLogged() {
        sweep().onFailure(failure -> LOG.warn("files that are gone could not be swept away", failure));
    }

    /// Removes the files whose time is over.
    ///
    /// @return how many
    Future<Integer> sweep() {
        return store.write(this::takeExpired)
                .compose(ids -> vertx.executeBlocking(
                        () -> {
                            for (String id : ids) {
                                blobs().delete(id);
                            }
                            return ids.size();
                        },
                        false))
                .compose(swept -> swept < SWEPT ? Future.succeededFuture(swept) : sweep().map(more -> swept + more));
    }

    private List<String> takeExpired(Handle handle) {
        List<String> ids = handle.createQuery(
                        "SELECT id FROM registry_file WHERE expires_micros > 0 AND expires_micros <= ? LIMIT ?")
                .bind(0, now())
                .bind(1, SWEPT)
                .mapTo(String.class)
                .list();
        ids.forEach(id -> handle.execute("DELETE FROM registry_file WHERE id = ?", id));
        return ids;
    }

    public Future<Void> stop() {
        BlobFolder opened = blobs;
        blobs = null;
        vertx.cancelTimer(sweeper);
        return opened == null
                ? Future.succeededFuture()
                : vertx.executeBlocking(() -> {
                    opened.close();
                    return null;
                });
    }

    /// Files of the same tenants that come in parts.
    TenantUploads uploads() {
        return new TenantUploads(vertx, store, clock, this);
    }

    BlobFolder blobs() {
        BlobFolder opened = blobs;
        if (opened == null) {
            throw new Refused(Reason.UNAVAILABLE, "not_ready", "the files are not open");
        }
        return opened;
    }

    /// Keeps a file of the caller's tenant; answered when it is on disk.
    ///
    /// @param lifeSeconds after which it is gone, 0 to keep it until it is removed
    public Future<StoredFile> add(String filename, String purpose, byte[] content, long lifeSeconds, Call call) {
        String id = "file-" + UUID.randomUUID().toString().replace("-", "");
        StoredFile file = StoredFile.lasting(lifeSeconds, id, filename, purpose, content.length, now());
        return vertx.executeBlocking(
                        () -> {
                            blobs().put(id, content);
                            return file;
                        },
                        false)
                .compose(_ -> store.write(handle -> insert(handle, file, call.tenant())))
                .recover(failure -> vertx.executeBlocking(
                                () -> {
                                    blobs().delete(id);
                                    return null;
                                },
                                false)
                        .transform(_ -> Future.failedFuture(failure)));
    }

    /// Adds the row of a file whose blob is there.
    static StoredFile insert(Handle handle, StoredFile file, String tenant) {
        checkRoom(handle, tenant, file.bytes());
        handle.execute(
                "INSERT INTO registry_file (id, tenant, filename, purpose, bytes, created_micros, expires_micros)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                file.id(),
                tenant,
                file.filename(),
                file.purpose(),
                file.bytes(),
                file.createdMicros(),
                file.expiresMicros());
        return file;
    }

    /// Refuses what a tenant has no room for beside its files and the parts of those to come.
    static void checkRoom(Handle handle, String tenant, long bytes) {
        record Held(long files, long bytes) {}
        Held held = handle.createQuery("SELECT COUNT(*), COALESCE(SUM(bytes), 0) + (SELECT COALESCE(SUM(p.bytes), 0)"
                        + " FROM registry_upload_part p JOIN registry_upload u ON u.id = p.upload_id"
                        + " WHERE u.tenant = :tenant) FROM registry_file WHERE tenant = :tenant")
                .bind("tenant", tenant)
                .map((row, context) -> new Held(row.getLong(1), row.getLong(2)))
                .one();
        if (held.files() >= MAX_FILES || held.bytes() + bytes > MAX_BYTES) {
            throw new Refused(
                    Reason.INSUFFICIENT_STORAGE,
                    "too_many_files",
                    "the tenant has " + held.files() + " files of " + held.bytes() + " bytes; it may have " + MAX_FILES
                            + " of " + MAX_BYTES);
        }
    }

    /// What a file is, or a refusal when the tenant has none of this id.
    public Future<StoredFile> find(String id, Call call) {
        return store.read(handle -> handle.createQuery(COLUMNS + "WHERE id = :id AND tenant = :tenant" + PRESENT)
                .bind("id", id)
                .bind("now", now())
                .bind("tenant", call.tenant())
                .map(ROW)
                .findOne()
                .orElseThrow(() -> notFound(id)));
    }

    /// Where the content of a file is.
    Future<Path> where(String id, Call call) {
        return find(id, call).map(file -> blobs().path(file.id()).toAbsolutePath());
    }

    /// A file with what is in it, unless that is too much for memory.
    public Future<FileContent> read(String id, Call call) {
        return find(id, call)
                .map(file -> {
                    if (file.bytes() > MAX_READ_BYTES) {
                        throw new Refused(
                                Reason.TOO_LARGE,
                                "file_too_large",
                                "the file has " + file.bytes() + " bytes; at most " + MAX_READ_BYTES
                                        + " are read at once");
                    }
                    return file;
                })
                .compose(file -> vertx.executeBlocking(
                        () -> new FileContent(file, blobs().read(id).orElseThrow(() -> notFound(id))), false));
    }

    /// The tenant's files.
    ///
    /// @param purpose only of this one
    /// @param after   the id that the page before ended with
    Future<List<StoredFile>> list(
            Optional<String> purpose, boolean newestFirst, Optional<StoredFile> after, int limit, Call call) {
        String beyond = newestFirst ? "<" : ">";
        String order = newestFirst ? " DESC" : "";
        return store.read(handle -> {
            var query = handle.createQuery(COLUMNS + "WHERE tenant = :tenant" + PRESENT
                            + (purpose.isPresent() ? " AND purpose = :purpose" : "")
                            + (after.isPresent() ? " AND (created_micros, id) " + beyond + " (:created, :id)" : "")
                            + " ORDER BY created_micros" + order + ", id" + order + " LIMIT :limit")
                    .bind("tenant", call.tenant())
                    .bind("now", now())
                    .bind("limit", limit);
            purpose.ifPresent(wanted -> query.bind("purpose", wanted));
            after.ifPresent(last -> query.bind("created", last.createdMicros()).bind("id", last.id()));
            return query.map(ROW).list();
        });
    }

    /// Removes a file; refused when the tenant has none of this id.
    Future<Void> remove(String id, Call call) {
        return find(id, call)
                .compose(found -> store.<Integer>write(handle ->
                        handle.execute("DELETE FROM registry_file WHERE id = ? AND tenant = ?", id, call.tenant())))
                .compose(removed -> removed == 0
                        ? Future.failedFuture(notFound(id))
                        : vertx.executeBlocking(
                                () -> {
                                    blobs().delete(id);
                                    return null;
                                },
                                false));
    }

    private long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }

    private static Refused notFound(String id) {
        return new Refused(Reason.NOT_FOUND, "file_not_found", "No such File object: " + shown(id));
    }

    static String shown(String id) {
        return id.length() <= 64 ? id : id.substring(0, 64) + "...";
    }
}
