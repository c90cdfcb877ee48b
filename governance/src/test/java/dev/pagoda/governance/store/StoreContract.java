package dev.pagoda.governance.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a store does, whichever database is behind it.
@Timeout(60)
abstract class StoreContract {
    private final Vertx vertx = Vertx.vertx();
    private final List<Store> opened = new ArrayList<>();

    /// Configuration of a database that is empty when the test starts.
    abstract StoreConfig config(int maxQueuedWrites, int maxGroup);

    abstract Optional<Path> dataDir();

    private Store open(int maxQueuedWrites, int maxGroup) {
        var store = Store.open(vertx, config(maxQueuedWrites, maxGroup), dataDir());
        opened.add(store);
        return store;
    }

    private Store open() {
        return open(10_000, 256);
    }

    @BeforeEach
    void migrate() {
        open().migrate("storetest");
    }

    @AfterEach
    void close() throws Exception {
        opened.forEach(Store::close);
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    static <T> T get(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    static SqlWork<Long> note(long id) {
        return handle -> {
            handle.execute(
                    "INSERT INTO note (id, body, nanos, at_micros) VALUES (?, ?, ?, ?)", id, "note " + id, id, id);
            return id;
        };
    }

    private static List<Long> ids(Handle handle) {
        return handle.createQuery("SELECT id FROM note ORDER BY id")
                .mapTo(Long.class)
                .list();
    }

    /// Occupies the writer until the latch falls, so that what comes after it queues up as one group.
    private static CountDownLatch hold(Store store) throws Exception {
        var started = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        store.write(handle -> {
            started.countDown();
            return release.await(30, TimeUnit.SECONDS);
        });
        assertTrue(started.await(30, TimeUnit.SECONDS));
        return release;
    }

    private static boolean isRefused(Future<?> future, Reason reason) {
        return assertThrows(Refused.class, () -> get(future)).refusal().reason() == reason;
    }

    @Test
    void acknowledgedWriteIsThereAfterTheStoreWasOpenedAgain() throws Exception {
        var first = open();
        get(first.write(note(1)));
        first.close();

        assertEquals(List.of(1L), get(open().read(StoreContract::ids)));
    }

    @Test
    void readsItsOwnWrites() throws Exception {
        var store = open();
        for (long id = 1; id <= 50; id++) {
            get(store.write(note(id)));
            assertEquals(id, get(store.read(StoreContract::ids)).getLast());
        }
    }

    @Test
    void failingWorkHarmsNoneOfItsGroup() throws Exception {
        var store = open();
        var held = hold(store);
        var before = store.write(note(1));
        var failing = store.write(handle -> {
            note(2).run(handle);
            throw new IllegalStateException("after its insert");
        });
        var wrongSql = store.write(handle -> handle.execute("INSERT INTO no_such_table VALUES (1)"));
        var duplicate = store.write(note(1));
        var after = store.write(note(3));
        var commits = store.commits();
        held.countDown();

        assertEquals(1, get(before));
        assertEquals(
                "after its insert",
                assertThrows(IllegalStateException.class, () -> get(failing)).getMessage());
        assertThrows(RuntimeException.class, () -> get(wrongSql));
        assertThrows(RuntimeException.class, () -> get(duplicate));
        assertEquals(3, get(after));
        assertEquals(List.of(1L, 3L), get(store.read(StoreContract::ids)));
        assertEquals(commits + 2, store.commits(), "the holding work's commit and one of the group");
    }

    @Test
    void errorOfAWorkDoesNotEndTheWriter() throws Exception {
        var store = open();
        var broken = store.write(handle -> {
            throw new StackOverflowError("of the work");
        });

        assertInstanceOf(
                StackOverflowError.class,
                assertThrows(ExecutionException.class, () -> get(broken)).getCause());
        assertEquals(1, get(store.write(note(1))));
    }

    @Test
    void failingCommitFailsAllOfItsGroupAndNoneOfTheNext() throws Exception {
        var store = open();
        var held = hold(store);
        var good = store.write(note(1));
        var orphan = store.write(handle -> handle.execute("INSERT INTO remark (id, note_id) VALUES (1, 99)"));
        held.countDown();

        assertThrows(RuntimeException.class, () -> get(orphan));
        assertThrows(RuntimeException.class, () -> get(good));
        assertEquals(2, get(store.write(note(2))));
        assertEquals(List.of(2L), get(store.read(StoreContract::ids)));
    }

    @Test
    void worksThatWaitShareOneCommit() throws Exception {
        var store = open(10_000, 100);
        var held = hold(store);
        var writes = LongStream.rangeClosed(1, 1_000)
                .mapToObj(id -> store.write(note(id)))
                .toList();
        held.countDown();
        get(Future.all(writes));

        assertEquals(11, store.commits(), "the holding work's commit, then ten full groups");
        assertEquals(1_000, get(store.read(StoreContract::ids)).size());
    }

    @Test
    void worksRunAndCompleteInTheOrderOfTheirSubmission() throws Exception {
        var store = open();
        var ran = new ArrayList<Long>();
        var completed = new ArrayList<Long>();
        var submitted = new CompletableFuture<Void>();
        // one context: its completions arrive on one thread
        vertx.getOrCreateContext().runOnContext(start -> {
            var writes = LongStream.range(0, 500)
                    .mapToObj(id -> store.write(handle -> {
                                ran.add(id);
                                return note(id).run(handle);
                            })
                            .onSuccess(completed::add))
                    .toList();
            Future.all(writes).onSuccess(all -> submitted.complete(null)).onFailure(submitted::completeExceptionally);
        });
        submitted.get(30, TimeUnit.SECONDS);

        var expected = LongStream.range(0, 500).boxed().toList();
        assertEquals(expected, ran);
        assertEquals(expected, completed);
    }

    @Test
    void completesOnTheContextOfTheCaller() throws Exception {
        var store = open();
        var contexts = new CompletableFuture<List<Context>>();
        vertx.getOrCreateContext().runOnContext(start -> {
            var caller = vertx.getOrCreateContext();
            store.write(note(1))
                    .compose(id -> store.read(StoreContract::ids))
                    .onSuccess(ids -> contexts.complete(List.of(caller, vertx.getOrCreateContext())))
                    .onFailure(contexts::completeExceptionally);
        });

        var seen = contexts.get(30, TimeUnit.SECONDS);
        assertSame(seen.getFirst(), seen.getLast());
    }

    @Test
    void readerCannotWrite() throws Exception {
        var store = open();

        assertThrows(RuntimeException.class, () -> get(store.read(note(1))));
        assertEquals(List.of(), get(store.read(StoreContract::ids)));
    }

    @Test
    void oneReadSeesOneStateOfTheDatabase() throws Exception {
        var store = open();
        get(store.write(note(1)));
        var counts = get(store.read(handle -> {
            var before = ids(handle).size();
            get(store.write(note(2)));
            return List.of(before, ids(handle).size());
        }));

        assertEquals(List.of(1, 1), counts);
    }

    @Test
    void fullQueueRefusesAtOnceAndTheRestIsWritten() throws Exception {
        var store = open(8, 4);
        var held = hold(store);
        var writes =
                LongStream.range(0, 20).mapToObj(id -> store.write(note(id))).toList();
        var refused = writes.stream().filter(Future::isComplete).toList();
        held.countDown();
        get(Future.join(writes).otherwiseEmpty());

        assertEquals(8, get(store.read(StoreContract::ids)).size());
        assertEquals(12, writes.stream().filter(Future::failed).count());
        assertTrue(refused.stream().allMatch(write -> isRefused(write, Reason.EXHAUSTED)));
    }

    @Test
    void closeWritesWhatIsQueuedAndRefusesWhatComesAfter() throws Exception {
        var store = open();
        var writes =
                LongStream.range(0, 500).mapToObj(id -> store.write(note(id))).toList();
        store.close();
        get(Future.all(writes));

        assertTrue(isRefused(store.write(note(1_000)), Reason.UNAVAILABLE));
        assertTrue(isRefused(store.read(StoreContract::ids), Reason.UNAVAILABLE));
        assertEquals(500, get(open().read(StoreContract::ids)).size());
    }

    @Test
    void everyWriteOfManyThreadsEndsEvenWhenTheStoreClosesAmongThem() throws Exception {
        var store = open(1_000, 64);
        var acknowledged = new ArrayList<CompletableFuture<Long>>();
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 8; t++) {
            long from = t * 1_000L;
            var mine = LongStream.range(from, from + 200)
                    .mapToObj(id -> new CompletableFuture<Long>())
                    .toList();
            acknowledged.addAll(mine);
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < mine.size(); i++) {
                    var result = mine.get(i);
                    store.write(note(from + i)).onSuccess(result::complete).onFailure(result::completeExceptionally);
                }
            }));
        }
        store.close();
        for (var thread : threads) {
            thread.join();
        }
        var all = CompletableFuture.allOf(acknowledged.toArray(CompletableFuture[]::new));
        all.handle((done, failure) -> true).get(30, TimeUnit.SECONDS);

        var written = acknowledged.stream()
                .filter(result -> !result.isCompletedExceptionally())
                .map(CompletableFuture::join)
                .sorted()
                .toList();
        assertEquals(written, get(open().read(StoreContract::ids)));
    }

    @Test
    void migratingTwiceDoesNothing() throws Exception {
        var store = open();
        get(store.write(note(1)));
        store.migrate("storetest");
        open().migrate("storetest");

        assertEquals(List.of(1L), get(store.read(StoreContract::ids)));
        var applied = get(store.read(
                handle -> handle.createQuery("SELECT COUNT(*) FROM storetest_schema_history WHERE type = 'SQL'")
                        .mapTo(Integer.class)
                        .one()));
        assertEquals(2, applied);
    }

    @Test
    void modulesMigrateBesideEachOther() throws Exception {
        var store = open();
        store.migrate("storeother");

        var things = get(store.read(handle -> handle.createQuery("SELECT id FROM other_thing")
                .mapTo(Long.class)
                .list()));
        assertEquals(List.of(), things);
    }

    @Test
    void moduleWithoutMigrationsIsRefused() {
        var store = open();

        assertThrows(FlywayException.class, () -> store.migrate("nothing_here"));
        assertThrows(IllegalArgumentException.class, () -> store.migrate("../etc"));
    }

    @Test
    void moneyAndTimeKeepAllTheirDigits() throws Exception {
        var store = open();
        var row = get(store.write(handle -> {
            handle.execute(
                    "INSERT INTO note (id, body, nanos, at_micros) VALUES (?, ?, ?, ?)",
                    1L,
                    "价格 €",
                    Long.MAX_VALUE,
                    1_795_305_599_999_999L);
            return handle.createQuery("SELECT body, nanos, at_micros FROM note WHERE id = 1")
                    .map((rs, ctx) -> List.of(rs.getString(1), rs.getLong(2), rs.getLong(3)))
                    .one();
        }));

        assertEquals(List.of("价格 €", Long.MAX_VALUE, 1_795_305_599_999_999L), row);
    }

    @Test
    void foreignKeysAreEnforced() {
        var store = open();

        assertThrows(
                RuntimeException.class,
                () -> get(store.write(handle -> handle.execute("INSERT INTO remark (id, note_id) VALUES (1, 2)"))));
        assertFalse(store.write(note(5)).failed());
    }
}
