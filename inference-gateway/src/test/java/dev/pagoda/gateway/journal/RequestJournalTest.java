package dev.pagoda.gateway.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestJournalTest {
    private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
    private static final RequestQuery ALL =
            new RequestQuery(Map.of(), Optional.empty(), 0, Long.MAX_VALUE, 0, 0, Long.MAX_VALUE, 100_000);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final Telemetry telemetry = new Telemetry();
    private Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());

    @BeforeEach
    void makeTables() {
        store.migrate("gateway");
    }

    @AfterEach
    void close() throws TimeoutException {
        store.close();
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(60, TimeUnit.SECONDS);
    }

    private RequestJournal journal(JournalConfig config, InstantSource clock) throws TimeoutException {
        var journal = new RequestJournal(
                vertx,
                Optional.of(folder),
                new KeptTexts(store),
                config,
                new PolicyBook<>(store, "journal", JournalPolicy.class),
                clock,
                telemetry);
        await(journal.start());
        return journal;
    }

    private static LoggedRequest request(long number, @Nullable String prompt) {
        return new LoggedRequest(
                "req_" + String.format(java.util.Locale.ROOT, "%032x", number),
                new Principal("acme", "team", "project", "key", Principal.Role.MEMBER),
                "chat",
                "model",
                "",
                "",
                "",
                "",
                "",
                NOW.toEpochMilli() * 1_000,
                -1,
                -1,
                10,
                -1,
                3,
                4,
                0,
                -1,
                LoggedRequest.Outcome.COMPLETED,
                "",
                "stop",
                TraceParent.of(null),
                prompt,
                prompt == null ? null : "answer " + number);
    }

    private static List<Long> numbers(List<RequestRow> rows) {
        return rows.stream()
                .map(row -> Long.parseLong(row.requestId().substring(4), 16))
                .toList();
    }

    @Test
    void whatWasHeardBeforeASearchIsFoundByItAndByLaterProcesses() throws TimeoutException {
        var config = new JournalConfig(true, 30, 100_000, 20_000, "");
        List<Long> expected = LongStream.rangeClosed(1, 9_000).boxed().toList().reversed();
        var journal = journal(config, InstantSource.fixed(NOW));
        for (long i = 1; i <= 9_000; i++) {
            journal.hear(request(i, null));
        }
        assertEquals(expected, numbers(await(journal.find(ALL))));
        assertEquals(0, journal.waiting());
        await(journal.stop());

        var later = journal(config, InstantSource.fixed(NOW));
        later.hear(request(9_001, null));
        assertEquals(9_001, numbers(await(later.find(ALL))).getFirst());
        assertEquals(9_001, await(later.find(ALL)).size());
        await(later.stop());
    }

    @Test
    void requestsBeyondTheBoundAreCountedInsteadOfLogged() throws TimeoutException {
        var journal = journal(new JournalConfig(true, 30, 100_000, 100, ""), InstantSource.fixed(NOW));
        var search = vertx.<Integer>executeBlocking(() -> {
            for (long i = 0; i < 50_000; i++) {
                journal.hear(request(i, null));
            }
            return 0;
        });
        await(search);
        int logged = await(journal.find(ALL)).size();
        double dropped = telemetry
                .meters()
                .get("pagoda.gateway.journal.dropped")
                .counter()
                .count();
        assertTrue(logged >= 100);
        assertEquals(50_000, logged + dropped);
        await(journal.stop());
    }

    @Test
    void rowsBeyondTheNumberKeptOrTooOldAreNotFound() throws TimeoutException {
        var config = new JournalConfig(true, 1, 1_000, 20_000, "");
        var journal = journal(config, InstantSource.fixed(NOW));
        for (long i = 1; i <= 1_500; i++) {
            journal.hear(request(i, null));
        }
        assertEquals(1_000, await(journal.find(ALL)).size());
        await(journal.stop());

        var later = journal(config, InstantSource.fixed(NOW.plusSeconds(100_000)));
        assertEquals(List.of(), await(later.find(ALL)));
        await(later.stop());
    }

    @Test
    void textsAreFoundByTheirRow() throws TimeoutException {
        var journal = journal(new JournalConfig(true, 30, 100_000, 20_000, ""), InstantSource.fixed(NOW));
        journal.hear(request(1, null));
        journal.hear(request(2, "prompt 2"));
        List<RequestRow> rows = await(journal.find(ALL));
        assertEquals(Optional.of(new KeptTexts.Texts("prompt 2", "answer 2")), await(journal.texts(rows.getFirst())));
        assertEquals(Optional.empty(), await(journal.texts(rows.getLast())));
        await(journal.stop());
    }

    @Test
    void withoutAFolderTheLogGoesWithTheProcess() throws TimeoutException {
        var journal = new RequestJournal(
                vertx,
                Optional.empty(),
                new KeptTexts(store),
                JournalConfig.defaults(),
                new PolicyBook<>(store, "journal", JournalPolicy.class),
                InstantSource.fixed(NOW),
                telemetry);
        await(journal.start());
        journal.hear(request(1, null));
        assertEquals(1, await(journal.find(ALL)).size());
        await(journal.stop());
        assertEquals(List.of(), await(journal.find(ALL)));
    }
}
