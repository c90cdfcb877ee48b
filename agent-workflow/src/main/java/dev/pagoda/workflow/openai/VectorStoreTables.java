package dev.pagoda.workflow.openai;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import dev.pagoda.workflow.openai.FileRow.Status;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

/// Vector stores, their files and batches in the platform's store. A tenant sees its own. Safe from any thread.
final class VectorStoreTables {
    private static final RowMapper<VectorStoreRow> STORE = (row, context) -> new VectorStoreRow(
            row.getString("id"),
            row.getString("tenant"),
            row.getString("name"),
            row.getString("description"),
            row.getString("metadata"),
            row.getLong("expires_days"),
            row.getLong("created_micros"),
            row.getLong("active_micros"));

    private static final RowMapper<FileRow> FILE = (row, context) -> new FileRow(
            row.getString("store"),
            row.getString("id"),
            row.getString("filename"),
            row.getLong("bytes"),
            Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
            row.getString("error"),
            row.getString("attributes"),
            row.getInt("chunk_tokens"),
            row.getInt("overlap_tokens"),
            row.getString("batch"),
            row.getLong("created_micros"));

    private final Store store;

    VectorStoreTables(Store store) {
        this.store = store;
    }

    /// How many files there are of each status, and their size.
    record Counts(Map<Status, Long> files, long bytes) {
        long of(Status status) {
            return files.getOrDefault(status, 0L);
        }

        long total() {
            return files.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /// A batch of files.
    record Batch(String id, String store, long createdMicros) {}

    Future<VectorStoreRow> insert(VectorStoreRow row) {
        return store.write(handle -> {
            handle.execute(
                    "INSERT INTO workflow_vector_store (id, tenant, name, description, metadata, expires_days,"
                            + " created_micros, active_micros) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row.id(),
                    row.tenant(),
                    row.name(),
                    row.description(),
                    row.metadata(),
                    row.expiresDays(),
                    row.createdMicros(),
                    row.activeMicros());
            return row;
        });
    }

    /// Stores all that may change of a vector store.
    Future<VectorStoreRow> update(VectorStoreRow row) {
        return store.write(handle -> {
            int updated = handle.execute(
                    "UPDATE workflow_vector_store SET name = ?, description = ?, metadata = ?, expires_days = ?,"
                            + " active_micros = ? WHERE id = ?",
                    row.name(),
                    row.description(),
                    row.metadata(),
                    row.expiresDays(),
                    row.activeMicros(),
                    row.id());
            if (updated == 0) {
                throw notFound(row.id());
            }
            return row;
        });
    }

    /// Notes that a vector store was used.
    Future<Integer> touch(String id, long nowMicros) {
        return store.write(handle -> handle.execute(
                "UPDATE workflow_vector_store SET active_micros = ? WHERE id = ? AND active_micros < ?",
                nowMicros,
                id,
                nowMicros));
    }

    /// The tenant's vector store of this id, or a refusal.
    Future<VectorStoreRow> find(String id, Call call) {
        return store.read(
                handle -> handle.createQuery("SELECT * FROM workflow_vector_store WHERE id = :id AND tenant = :tenant")
                        .bind("id", id)
                        .bind("tenant", call.tenant())
                        .map(STORE)
                        .findOne()
                        .orElseThrow(() -> notFound(id)));
    }

    /// The tenant's vector stores, oldest first.
    Future<List<VectorStoreRow>> list(Call call) {
        return store.read(handle -> handle.createQuery(
                        "SELECT * FROM workflow_vector_store WHERE tenant = :tenant ORDER BY created_micros, id")
                .bind("tenant", call.tenant())
                .map(STORE)
                .list());
    }

    Future<Integer> delete(String id) {
        return store.write(handle -> {
            handle.execute("DELETE FROM workflow_vector_store_file WHERE store = ?", id);
            handle.execute("DELETE FROM workflow_file_batch WHERE store = ?", id);
            return handle.execute("DELETE FROM workflow_vector_store WHERE id = ?", id);
        });
    }

    /// Adds files, replacing those of the same id, if there is room for them.
    Future<List<FileRow>> putFiles(String id, List<FileRow> files, Optional<Batch> batch, int maxFiles) {
        return store.write(handle -> {
            for (FileRow file : files) {
                handle.execute("DELETE FROM workflow_vector_store_file WHERE store = ? AND id = ?", id, file.id());
            }
            int held = handle.createQuery("SELECT COUNT(*) FROM workflow_vector_store_file WHERE store = :id")
                    .bind("id", id)
                    .mapTo(Integer.class)
                    .one();
            if (held + files.size() > maxFiles) {
                throw new Refused(
                        Reason.INVALID,
                        "too_many_files",
                        "the vector store has " + held + " files; it may have " + maxFiles);
            }
            batch.ifPresent(made -> handle.execute(
                    "INSERT INTO workflow_file_batch (id, store, created_micros) VALUES (?, ?, ?)",
                    made.id(),
                    made.store(),
                    made.createdMicros()));
            for (FileRow file : files) {
                handle.execute(
                        "INSERT INTO workflow_vector_store_file (store, id, filename, bytes, status, error, attributes,"
                                + " chunk_tokens, overlap_tokens, batch, created_micros)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        file.store(),
                        file.id(),
                        file.filename(),
                        file.bytes(),
                        text(file.status()),
                        file.error(),
                        file.attributes(),
                        file.chunkTokens(),
                        file.overlapTokens(),
                        file.batch(),
                        file.createdMicros());
            }
            return files;
        });
    }

    /// The files of a vector store, oldest first.
    Future<List<FileRow>> files(String id) {
        return store.read(handle -> handle.createQuery(
                        "SELECT * FROM workflow_vector_store_file WHERE store = :id ORDER BY created_micros, id")
                .bind("id", id)
                .map(FILE)
                .list());
    }

    Future<Optional<FileRow>> file(String id, String file) {
        return store.read(handle -> handle.createQuery(
                        "SELECT * FROM workflow_vector_store_file WHERE store = :id AND id = :file")
                .bind("id", id)
                .bind("file", file)
                .map(FILE)
                .findOne());
    }

    /// A file whose taking in a stop has cut off, and whose tenant's it is.
    record Unfinished(FileRow file, String tenant) {}

    Future<List<Unfinished>> unfinished() {
        return store.read(handle -> handle.createQuery("SELECT f.*, s.tenant FROM workflow_vector_store_file f"
                        + " JOIN workflow_vector_store s ON s.id = f.store WHERE f.status = 'in_progress'"
                        + " ORDER BY f.created_micros, f.id")
                .map((row, context) -> new Unfinished(FILE.map(row, context), row.getString("tenant")))
                .list());
    }

    /// Ends the taking in of a file, unless it was cancelled or removed meanwhile.
    ///
    /// @return whether the file was still being taken in
    Future<Boolean> end(FileRow file, Status status, String error) {
        return store.write(handle -> handle.execute(
                        "UPDATE workflow_vector_store_file SET status = ?, error = ?"
                                + " WHERE store = ? AND id = ? AND created_micros = ? AND status = 'in_progress'",
                        text(status),
                        error,
                        file.store(),
                        file.id(),
                        file.createdMicros())
                == 1);
    }

    Future<Integer> setAttributes(String id, String file, String attributes) {
        return store.write(handle -> handle.execute(
                "UPDATE workflow_vector_store_file SET attributes = ? WHERE store = ? AND id = ?",
                attributes,
                id,
                file));
    }

    Future<Integer> removeFile(String id, String file) {
        return store.write(handle ->
                handle.execute("DELETE FROM workflow_vector_store_file WHERE store = ? AND id = ?", id, file));
    }

    Future<Optional<Batch>> batch(String id, String batch) {
        return store.read(handle -> handle.createQuery(
                        "SELECT id, store, created_micros FROM workflow_file_batch WHERE id = :batch AND store = :id")
                .bind("id", id)
                .bind("batch", batch)
                .map((row, context) -> new Batch(row.getString(1), row.getString(2), row.getLong(3)))
                .findOne());
    }

    /// Cancels what is not done of a batch.
    Future<Integer> cancel(Batch batch) {
        return store.write(handle -> handle.execute(
                "UPDATE workflow_vector_store_file SET status = 'cancelled'"
                        + " WHERE store = ? AND batch = ? AND status = 'in_progress'",
                batch.store(),
                batch.id()));
    }

    /// Counts the files of a vector store, or of one of its batches.
    Future<Counts> counts(String id, Optional<String> batch) {
        return store.read(handle -> {
            var query = handle.createQuery(
                            "SELECT status, COUNT(*), COALESCE(SUM(bytes), 0) FROM workflow_vector_store_file"
                                    + " WHERE store = :id" + (batch.isPresent() ? " AND batch = :batch" : "")
                                    + " GROUP BY status")
                    .bind("id", id);
            batch.ifPresent(one -> query.bind("batch", one));
            Map<Status, Long> files = new EnumMap<>(Status.class);
            long[] bytes = {0};
            query.map((row, context) -> {
                        Status status = Status.valueOf(row.getString(1).toUpperCase(Locale.ROOT));
                        files.put(status, row.getLong(2));
                        if (status == Status.COMPLETED) {
                            bytes[0] = row.getLong(3);
                        }
                        return status;
                    })
                    .list();
            return new Counts(files, bytes[0]);
        });
    }

    static String text(Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    static Refused notFound(String id) {
        return new Refused(
                Reason.NOT_FOUND,
                "vector_store_not_found",
                "No vector store found with id '" + (id.length() <= 64 ? id : id.substring(0, 64) + "...") + "'.");
    }
}
