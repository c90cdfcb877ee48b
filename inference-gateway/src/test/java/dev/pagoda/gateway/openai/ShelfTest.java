package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.gateway.openai.Shelf.Kept;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShelfTest {
    private final Vertx vertx = Vertx.vertx();
    private final Store store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
    private final Shelf shelf = new Shelf(store);

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

    private Optional<Kept> find(String tenant) throws TimeoutException {
        return await(shelf.find(tenant, Kind.ITEM, "item"));
    }

    @Test
    void whatIsKeptIsChangedWhereItIs() throws TimeoutException {
        await(shelf.put("acme", Kind.ITEM, "item", "parent", "old"));
        await(shelf.put("other", Kind.ITEM, "item", "parent", "theirs"));
        var changed = new Kept(Kind.ITEM, "item", "parent", "old and new");
        assertEquals(Optional.of(changed), await(shelf.change("acme", Kind.ITEM, "item", body -> body + " and new")));
        assertEquals(Optional.of(changed), find("acme"));
        assertEquals("theirs", find("other").orElseThrow().body());
    }

    @Test
    void aChangeDoesNotBringBackWhatIsDeleted() throws TimeoutException {
        await(shelf.put("acme", Kind.ITEM, "item", "parent", "old"));
        Future<Boolean> deleted = shelf.delete("acme", Kind.ITEM, "item");
        Future<Optional<Kept>> changed = shelf.change("acme", Kind.ITEM, "item", body -> body + " and new");
        assertEquals(true, await(deleted));
        assertEquals(Optional.empty(), await(changed));
        assertEquals(Optional.empty(), find("acme"));
    }
}
