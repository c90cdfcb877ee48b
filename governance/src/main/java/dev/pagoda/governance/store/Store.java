package dev.pagoda.governance.store;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The relational state of the platform: one writer that commits groups, many readers.
///
/// Futures complete on the caller's Vert.x context. Safe from any thread; [#open], [#migrate] and [#close] block.
/// Statements keep to what SQLite and PostgreSQL both take: money is a BIGINT of nano-units, time a BIGINT of
/// microseconds, text is TEXT, and ids are made in Java.
public final class Store implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Store.class);

    private final Vertx vertx;
    private final Database database;
    private final GroupWriter writer;
    private final Readers readers;

    private Store(Vertx vertx, Database database, StoreConfig config) {
        this.vertx = vertx;
        this.database = database;
        this.writer = new GroupWriter(database, config.maxQueuedWrites(), config.maxGroup());
        this.readers = new Readers(database, config.readers(), config.maxQueuedWrites());
    }

    /// @param dataDir folder of the embedded file, made when missing; empty: a temporary file that [#close] deletes
    /// @throws java.io.UncheckedIOException when the folder cannot be made
    public static Store open(Vertx vertx, StoreConfig config, Optional<Path> dataDir) {
        var database = Database.open(config, dataDir);
        LOG.info("store: {}, {} readers, groups of at most {}", database.place(), config.readers(), config.maxGroup());
        return new Store(vertx, database, config);
    }

    /// Brings the tables of one module up to date from `db/MODULE/V*.sql` on the class path; twice does nothing.
    ///
    /// @throws org.flywaydb.core.api.FlywayException when a migration fails or an applied one was changed
    public void migrate(String module) {
        var executed = Migrations.run(database.writing(), module, database.words());
        if (executed > 0) {
            LOG.info("store: {} migrations of {} applied", executed, module);
        }
    }

    /// Queues the work for the writer; completes after its commit is durable.
    ///
    /// A work that throws is rolled back alone and its future fails with what it threw. A full queue
    /// refuses at once with `EXHAUSTED`, a closed store with `UNAVAILABLE`.
    public <T extends @Nullable Object> Future<T> write(SqlWork<T> work) {
        return onContext(writer.submit(work));
    }

    /// Runs the work on a reader, in a transaction that sees one state: all writes that completed before this call.
    public <T extends @Nullable Object> Future<T> read(SqlWork<T> work) {
        return onContext(readers.submit(work));
    }

    private <T extends @Nullable Object> Future<T> onContext(CompletableFuture<T> result) {
        return Future.fromCompletionStage(result, vertx.getOrCreateContext());
    }

    static Refused busyRefusal(String what, int waiting) {
        return new Refused(new Refusal(
                Reason.EXHAUSTED, "store_busy", "the store's queue is full: " + waiting + " " + what + " wait", 1));
    }

    static Refused closedRefusal() {
        return new Refused(Reason.UNAVAILABLE, "store_closed", "the store is closed");
    }

    /// Durable commits since the start; each is shared by one or more writes.
    public long commits() {
        return writer.commits();
    }

    /// Writes that wait for the writer.
    public int queuedWrites() {
        return writer.queued();
    }

    /// Writes what is queued, refuses what comes after, and folds the log into the file.
    @Override
    public void close() {
        readers.close();
        writer.close();
        database.close();
    }
}
