package dev.pagoda.governance.authz;

import static dev.pagoda.governance.RunningPillar.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ApiKeysTest {
    private static final int CACHED = 4;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @SuppressWarnings("NullAway.Init")
    private Store store;

    @SuppressWarnings("NullAway.Init")
    private Tenancy tenancy;

    @BeforeEach
    void open() throws Exception {
        store = Store.open(vertx, StoreConfig.defaults(), Optional.of(folder));
        store.migrate("governance");
        tenancy = new Tenancy(store, new Tenancy.Limits(10, 10, 10, 1_000, CACHED), InstantSource.system());
        get(tenancy.bootstrap());
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        get(vertx.close());
    }

    private ApiKey fresh() throws Exception {
        return get(tenancy.createKey("demo", "demo", "demo", Role.MEMBER, "")).secret();
    }

    private Optional<Principal> authenticate(String text) throws Exception {
        return get(tenancy.authenticator().authenticate(text));
    }

    @Test
    void knowsItsKeysAndNoOther() throws Exception {
        var key = fresh();
        var sameIdOtherSecret = key.id() + fresh().text().substring(20);

        assertEquals(
                new Principal("demo", "demo", "demo", key.id(), Role.MEMBER),
                authenticate(key.text()).orElseThrow());
        assertEquals(Optional.empty(), authenticate(sameIdOtherSecret));
        assertTrue(authenticate(key.text()).isPresent(), "a wrong secret does not lock the right one out");
        assertEquals(
                Optional.empty(),
                authenticate(ApiKey.random(new java.security.SecureRandom()).text()));
        assertEquals(Optional.empty(), authenticate("anything"));
    }

    @Test
    void cachedKeyNeedsNoDatabase() throws Exception {
        var key = fresh();
        authenticate(key.text());
        store.close();

        assertTrue(tenancy.authenticator().authenticate(key.text()).succeeded());
        assertTrue(authenticate(key.text()).isPresent());
    }

    @Test
    void holdsNoMoreKeysThanItsBound() throws Exception {
        var keys = new ArrayList<ApiKey>();
        for (int i = 0; i < 3 * CACHED; i++) {
            keys.add(fresh());
        }
        for (var key : keys) {
            assertTrue(authenticate(key.text()).isPresent());
        }

        assertEquals(CACHED, ((ApiKeys) tenancy.authenticator()).cached());
        assertTrue(authenticate(keys.getFirst().text()).isPresent(), "what fell out is looked up again");
    }

    @Test
    void revocationWinsOverEveryLookUpThatRunsBesideIt() throws Exception {
        for (int round = 0; round < 200; round++) {
            var key = fresh();
            var beside = new ArrayList<Future<?>>();
            for (int i = 0; i < 8; i++) {
                beside.add(tenancy.authenticator().authenticate(key.text()));
            }
            var revoked = tenancy.revokeKey(key.id());
            for (int i = 0; i < 8; i++) {
                beside.add(tenancy.authenticator().authenticate(key.text()));
            }
            get(revoked);
            assertFalse(authenticate(key.text()).isPresent(), "right after the revocation, round " + round);
            get(Future.all(beside));
            assertFalse(authenticate(key.text()).isPresent(), "after all look-ups ended, round " + round);
        }
    }

    @Test
    void secretIsNowhereInTheDatabase() throws Exception {
        var key = fresh();
        authenticate(key.text());
        store.close();

        var file = Files.readString(folder.resolve("platform.db"), StandardCharsets.ISO_8859_1);
        assertTrue(file.contains(key.id()));
        assertFalse(file.contains(key.text().substring(20)));
    }
}
