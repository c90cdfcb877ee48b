package dev.pagoda.governance.store;

import org.jspecify.annotations.Nullable;

/// Where the relational state lives and how much may wait for it.
///
/// @param url             empty: the embedded SQLite file `platform.db` of the data folder; `jdbc:postgresql://...`:
/// PostgreSQL
/// @param user            of PostgreSQL; not used by SQLite
/// @param password        of PostgreSQL; not used by SQLite
/// @param readers         connections and threads that read, 1 to 64
/// @param maxQueuedWrites works that may wait for the writer, 1 to 1,000,000; as many may wait for the readers
/// @param maxGroup        works that share one commit, 1 to 10,000; more gives throughput, fewer a shorter wait
public record StoreConfig(String url, String user, String password, int readers, int maxQueuedWrites, int maxGroup) {
    static final String POSTGRESQL = "jdbc:postgresql:";

    public StoreConfig(
            @Nullable String url,
            @Nullable String user,
            @Nullable String password,
            int readers,
            int maxQueuedWrites,
            int maxGroup) {
        this.url = url == null ? "" : url.strip();
        this.user = user == null ? "" : user;
        this.password = password == null ? "" : password;
        this.readers = bounded("readers", readers, 64);
        this.maxQueuedWrites = bounded("maxQueuedWrites", maxQueuedWrites, 1_000_000);
        this.maxGroup = bounded("maxGroup", maxGroup, 10_000);
        if (!this.url.isEmpty() && !this.url.startsWith(POSTGRESQL)) {
            throw new IllegalArgumentException(
                    "store url '" + this.url + "' is neither empty (embedded SQLite) nor " + POSTGRESQL + "//...");
        }
    }

    public static StoreConfig defaults() {
        return new StoreConfig("", "", "", 4, 20_000, 512);
    }

    boolean isPostgres() {
        return !url.isEmpty();
    }

    private static int bounded(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + max);
        }
        return value;
    }

    @Override
    public String toString() {
        return "StoreConfig[url=" + url + ", user=" + user + ", readers=" + readers + ", maxQueuedWrites="
                + maxQueuedWrites + ", maxGroup=" + maxGroup + "]";
    }
}
