package dev.pagoda.compute;

import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/// The events that made the scheduler's state what it is, on disk. Appends complete when they are durable, in
/// the order they were asked for. Safe from any thread.
final class EventLog {
    private final Store store;

    EventLog(Store store) {
        this.store = store;
    }

    /// An event at its place in time.
    record Entry(long sequence, long atMicros, SchedulerEvent event) {}

    /// What a restart begins with.
    ///
    /// @param snapshot the text of the last snapshot, with the number of the last event in it
    /// @param entries  behind it, in order
    record Kept(Optional<Snapshot> snapshot, List<Entry> entries) {
        /// The sequence number of the last event.
        long last() {
            return entries.isEmpty()
                    ? snapshot.map(Snapshot::sequence).orElse(0L)
                    : entries.getLast().sequence();
        }
    }

    record Snapshot(long sequence, String body) {}

    /// Makes the tables; blocks.
    void migrate() {
        store.migrate("compute");
    }

    /// @return its number
    Future<Long> append(Entry entry) {
        String body = SchedulerJson.write(entry.event());
        return store.write(handle -> {
            handle.createUpdate("INSERT INTO compute_event (sequence, at_micros, body) VALUES (:sequence, :at, :body)")
                    .bind("sequence", entry.sequence())
                    .bind("at", entry.atMicros())
                    .bind("body", body)
                    .execute();
            return entry.sequence();
        });
    }

    /// Keeps a snapshot in the place of what came up to it.
    ///
    /// @return its number
    Future<Long> cut(Snapshot snapshot) {
        return store.write(handle -> {
            handle.createUpdate("DELETE FROM compute_snapshot").execute();
            handle.createUpdate("INSERT INTO compute_snapshot (sequence, body) VALUES (:sequence, :body)")
                    .bind("sequence", snapshot.sequence())
                    .bind("body", snapshot.body())
                    .execute();
            handle.createUpdate("DELETE FROM compute_event WHERE sequence <= :sequence")
                    .bind("sequence", snapshot.sequence())
                    .execute();
            return snapshot.sequence();
        });
    }

    Future<Kept> read() {
        return store.read(handle -> new Kept(
                handle.createQuery("SELECT sequence, body FROM compute_snapshot")
                        .map((row, context) -> new Snapshot(row.getLong("sequence"), row.getString("body")))
                        .findOne(),
                handle.createQuery("SELECT sequence, at_micros, body FROM compute_event ORDER BY sequence")
                        .map((row, context) -> new Entry(
                                row.getLong("sequence"),
                                row.getLong("at_micros"),
                                SchedulerJson.read(row.getString("body"), SchedulerEvent.class)))
                        .list()));
    }
}
