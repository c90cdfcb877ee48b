package dev.pagoda.governance.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteDataSource;

/// The database behind a [Store]: how a writing and a reading connection are opened, and what is left to do at the end.
sealed interface Database extends AutoCloseable {
    int BUSY_TIMEOUT_MILLIS = 10_000;

    /// Source of the writer's connection and of the migrations'.
    DataSource writing();

    /// Pool of connections that refuse to write; the caller closes it.
    HikariDataSource reading(int readers);

    /// What one line of log may say about the place.
    String place();

    /// What the placeholders of migrations stand for: `in_key_order` ends the definition of a table whose rows are to
    /// lie in the order of its primary key.
    Map<String, String> words();

    /// Ends what the store leaves behind; `writer` is still open.
    void checkpoint(Connection writer) throws SQLException;

    @Override
    void close();

    static Database open(StoreConfig config, Optional<Path> dataDir) {
        return config.isPostgres() ? new Postgres(config) : Sqlite.open(dataDir);
    }

    private static HikariConfig pool(DataSource source, int readers) {
        var pool = new HikariConfig();
        pool.setDataSource(source);
        pool.setPoolName("store-readers");
        pool.setMaximumPoolSize(readers);
        pool.setMinimumIdle(0);
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(BUSY_TIMEOUT_MILLIS);
        pool.setAutoCommit(false);
        return pool;
    }

    /// The embedded database: one file in WAL mode.
    ///
    /// @param folder to delete at the end, when nothing is to be kept
    record Sqlite(Path file, Optional<Path> folder) implements Database {

        static Sqlite open(Optional<Path> dataDir) {
            try {
                if (dataDir.isPresent()) {
                    return new Sqlite(Files.createDirectories(dataDir.get()).resolve("platform.db"), Optional.empty());
                }
                var folder = Files.createTempDirectory("pagoda-");
                return new Sqlite(folder.resolve("platform.db"), Optional.of(folder));
            } catch (IOException e) {
                throw new UncheckedIOException("the store's folder cannot be made: " + e.getMessage(), e);
            }
        }

        @Override
        public DataSource writing() {
            var config = config();
            // a deferred transaction that turns into a writer halfway fails at once instead of waiting for its turn
            config.setTransactionMode(TransactionMode.IMMEDIATE);
            return source(config);
        }

        @Override
        public HikariDataSource reading(int readers) {
            var pool = pool(source(config()), readers);
            pool.setConnectionInitSql("PRAGMA query_only = 1");
            // a file does not time out: connections stay, with their page caches
            pool.setIdleTimeout(0);
            pool.setMaxLifetime(0);
            return new HikariDataSource(pool);
        }

        private SQLiteConfig config() {
            var config = new SQLiteConfig();
            config.setJournalMode(JournalMode.WAL);
            // what nobody keeps needs no fsync
            config.setSynchronous(folder.isPresent() ? SynchronousMode.OFF : SynchronousMode.FULL);
            config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
            config.enforceForeignKeys(true);
            return config;
        }

        private DataSource source(SQLiteConfig config) {
            var source = new SQLiteDataSource(config);
            source.setUrl("jdbc:sqlite:" + file);
            return source;
        }

        @Override
        public String place() {
            return "SQLite " + file;
        }

        @Override
        public Map<String, String> words() {
            return Map.of("in_key_order", "WITHOUT ROWID");
        }

        @Override
        public void checkpoint(Connection writer) throws SQLException {
            writer.setAutoCommit(true);
            try (var statement = writer.createStatement()) {
                statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
        }

        @Override
        public void close() {
            if (folder.isEmpty() || !Files.exists(folder.get())) {
                return;
            }
            try (var files = Files.walk(folder.get())) {
                for (var path : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("the temporary folder " + folder.get() + " stays behind", e);
            }
        }
    }

    /// A PostgreSQL server, named by its URL.
    record Postgres(StoreConfig config) implements Database {

        @Override
        public DataSource writing() {
            var properties = new Properties();
            properties.setProperty("ApplicationName", "pagoda");
            return new DriverDataSource(config.url(), "org.postgresql.Driver", properties, user(), password());
        }

        private @Nullable String user() {
            return config.user().isEmpty() ? null : config.user();
        }

        private @Nullable String password() {
            return config.user().isEmpty() ? null : config.password();
        }

        @Override
        public HikariDataSource reading(int readers) {
            var pool = pool(writing(), readers);
            pool.setReadOnly(true);
            // one work sees one state, as on SQLite
            pool.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
            return new HikariDataSource(pool);
        }

        @Override
        public String place() {
            return "PostgreSQL " + config.url().replaceAll("\\?.*", "");
        }

        @Override
        public Map<String, String> words() {
            return Map.of("in_key_order", "");
        }

        @Override
        public void checkpoint(Connection writer) {
            // the server's own affair
        }

        @Override
        public void close() {
            // the server stays
        }
    }
}
