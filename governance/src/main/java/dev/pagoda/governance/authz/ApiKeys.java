package dev.pagoda.governance.authz;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.Principal.Role;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.Authenticator;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/*
 * The cache. Authentication stands before every request, so the keys in use are held in memory, least recently used
 * first out. Only known and valid keys are held; an unknown id costs a read, and at most MAX_LOOKUPS of those are under
 * way at a time, so that guessing cannot crowd out the readers.
 *
 * Revocation. A look-up that read the key before its revocation must not put it into the cache after it. So `evict`, which
 * runs once the revocation is durable, advances `evictions`; a look-up notes the count before it reads and puts the key
 * only if the count still stands. Whoever starts to read later sees the revocation in the database.
 */

/// Authenticates API keys: looked up by their public id, compared by SHA-256 in constant time.
///
/// Safe from any thread. A cached key costs about a microsecond.
public final class ApiKeys implements Authenticator {
    private static final int MAX_LOOKUPS = 256;
    private static final String COLUMNS = "SELECT id, sha256, tenant, team, project, role FROM api_key";

    private final Store store;
    private final Object lock = new Object();

    /// Guarded by `lock`; in the order of their last use.
    private final Map<String, Known> cache;

    /// Guarded by `lock`.
    private long evictions;

    /// Guarded by `lock`.
    private int lookups;

    /// @param cached keys that are held in memory, at least 1
    ApiKeys(Store store, int cached) {
        this.store = store;
        this.cache = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Entry<String, Known> eldest) {
                return size() > cached;
            }
        };
    }

    @Override
    public Future<Optional<Principal>> authenticate(String key) {
        var parsed = ApiKey.parse(key);
        if (parsed.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        var presented = parsed.get();
        long seen;
        synchronized (lock) {
            var known = cache.get(presented.id());
            if (known != null) {
                return Future.succeededFuture(known.principalOf(presented));
            }
            if (lookups == MAX_LOOKUPS) {
                return Future.failedFuture(new Refused(new Refusal(
                        Reason.EXHAUSTED,
                        "too_many_lookups",
                        MAX_LOOKUPS + " unknown API keys are being looked up already",
                        1)));
            }
            lookups++;
            seen = evictions;
        }
        return store.read(handle -> find(handle, presented.id()))
                .onComplete(done -> {
                    synchronized (lock) {
                        lookups--;
                    }
                })
                .map(found -> {
                    var principal = found.flatMap(known -> known.principalOf(presented));
                    if (found.isPresent() && principal.isPresent()) {
                        remember(presented.id(), found.get(), seen);
                    }
                    return principal;
                });
    }

    private void remember(String id, Known known, long seen) {
        synchronized (lock) {
            if (evictions == seen) {
                cache.put(id, known);
            }
        }
    }

    /// Forgets a key whose revocation is durable.
    void evict(String id) {
        synchronized (lock) {
            evictions++;
            cache.remove(id);
        }
    }

    int cached() {
        synchronized (lock) {
            return cache.size();
        }
    }

    private static Optional<Known> find(Handle handle, String id) {
        return handle.createQuery(COLUMNS + " WHERE id = ? AND revoked_micros IS NULL")
                .bind(0, id)
                .map((row, context) -> new Known(
                        HexFormat.of().parseHex(row.getString("sha256")),
                        new Principal(
                                row.getString("tenant"),
                                row.getString("team"),
                                row.getString("project"),
                                row.getString("id"),
                                Role.valueOf(row.getString("role").toUpperCase(Locale.ROOT)))))
                .findOne();
    }

    /// A valid key as the platform knows it. Owns the array.
    private record Known(byte[] sha256, Principal principal) {
        Optional<Principal> principalOf(ApiKey presented) {
            return MessageDigest.isEqual(sha256, presented.sha256()) ? Optional.of(principal) : Optional.empty();
        }
    }
}
