package dev.pagoda.gateway.openai;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.store.Store;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;

/// What clients have the gateway keep, each tenant's apart from the others', in the platform's store.
///
/// Bounded by tenant: of each kind a full shelf gives up the oldest, and it takes no more when all that is kept is too
/// large. Safe from any thread.
final class Shelf {
    /// What is kept.
    enum Kind {
        RESPONSE(10_000),
        CONVERSATION(10_000),
        ITEM(100_000),
        BATCH(10_000),
        EVENTS(1_000),
        CHAT(10_000),
        CHAT_MESSAGES(10_000);

        private final int most;

        Kind(int most) {
            this.most = most;
        }
    }

    /// Characters that a tenant may have kept over all kinds.
    private static final long MAX_SIZE = 1L << 30;

    /// Characters that are read at once.
    private static final long MOST_CHARS = 32L << 20;

    private static final int MAX_PAGE = 100;

    private final Store store;

    Shelf(Store store) {
        this.store = store;
    }

    /// @param parent what it belongs to, empty for nothing
    record Kept(Kind kind, String id, String parent, String body) {}

    /// A part of a list.
    ///
    /// @param hasMore whether more follow
    record Page(List<Kept> entries, boolean hasMore) {}

    /// What part of a list is wanted.
    ///
    /// @param after     the id that it begins behind, empty for the start
    /// @param limit     at least 1
    /// @param ascending oldest first
    record Cut(String after, int limit, boolean ascending) {
        /// The rest of the same list, behind another entry.
        Cut from(String last) {
            return new Cut(last, limit, ascending);
        }
    }

    /// Keeps it all or nothing, in the place of what had the same ids.
    ///
    /// @return fails with [Refused] when the shelf is full
    Future<Void> put(String tenant, List<Kept> all) {
        return store.write(handle -> {
                    for (Kept kept : all) {
                        put(handle, tenant, kept);
                    }
                    return all.size();
                })
                .mapEmpty();
    }

    Future<Void> put(String tenant, Kind kind, String id, String parent, String body) {
        return put(tenant, List.of(new Kept(kind, id, parent, body)));
    }

    /// Changes what is kept, unless it is deleted meanwhile.
    ///
    /// @param change makes the new body of the one that is kept; runs where the store writes
    /// @return as it is kept now, empty if it is not
    Future<Optional<Kept>> change(String tenant, Kind kind, String id, UnaryOperator<String> change) {
        return store.write(handle -> find(handle, tenant, kind, id).map(was -> {
            var kept = new Kept(kind, id, was.parent(), change.apply(was.body()));
            put(handle, tenant, kept);
            return kept;
        }));
    }

    Future<Optional<Kept>> find(String tenant, Kind kind, String id) {
        return find(tenant, kind, id, kept -> kept);
    }

    /// @param read what to make of it, where the store reads: what is kept may be long
    <T> Future<Optional<T>> find(String tenant, Kind kind, String id, Function<Kept, T> read) {
        return store.read(handle -> find(handle, tenant, kind, id).map(read));
    }

    /// Which of some ids belong to another parent.
    Future<Set<String>> elsewhere(String tenant, Kind kind, String parent, List<String> ids) {
        return store.read(handle -> {
            var elsewhere = new HashSet<String>();
            for (String id : ids) {
                find(handle, tenant, kind, id)
                        .filter(kept -> !kept.parent().equals(parent))
                        .ifPresent(kept -> elsewhere.add(id));
            }
            return Set.copyOf(elsewhere);
        });
    }

    /// Follows a chain from one to its parent and so on, nearest first.
    ///
    /// @param read what to make of the chain, where the store reads
    <T> Future<T> chain(String tenant, Kind kind, String id, int most, Function<List<Kept>, T> read) {
        return store.read(handle -> {
            var chain = new ArrayList<Kept>();
            long chars = 0;
            Optional<Kept> next = find(handle, tenant, kind, id);
            while (next.isPresent() && chain.size() < most) {
                chars += next.get().body().length();
                requireFits(chars);
                chain.add(next.get());
                String parent = next.get().parent();
                next = parent.isEmpty() ? Optional.empty() : find(handle, tenant, kind, parent);
            }
            return read.apply(chain);
        });
    }

    private static void requireFits(long chars) {
        if (chars > MOST_CHARS) {
            throw new Refused(
                    Reason.TOO_LARGE,
                    "conversation_too_long",
                    "what belongs together has more than " + MOST_CHARS + " characters, the most that is read at once");
        }
    }

    /// @return whether it was there
    Future<Boolean> delete(String tenant, Kind kind, String id) {
        return store.write(handle -> handle.execute(
                        "DELETE FROM gateway_kept WHERE tenant = ? AND kind = ? AND id = ?", tenant, kind.name(), id)
                > 0);
    }

    /// Deletes all of a kind that belong to one.
    Future<Void> deleteOf(String tenant, Kind kind, String parent) {
        return store.write(handle -> handle.execute(
                        "DELETE FROM gateway_kept WHERE tenant = ? AND kind = ? AND parent = ?",
                        tenant,
                        kind.name(),
                        parent))
                .mapEmpty();
    }

    /// @return fails with [Refused] when there is nothing under `after`
    Future<Page> list(String tenant, Kind kind, String parent, Cut cut) {
        return store.read(handle -> list(handle, tenant, kind, parent, cut));
    }

    private static Page list(Handle handle, String tenant, Kind kind, String parent, Cut cut) {
        long from = cut.after().isEmpty()
                ? cut.ascending() ? Long.MIN_VALUE : Long.MAX_VALUE
                : position(handle, tenant, kind, cut.after());
        int limit = Math.min(cut.limit(), MAX_PAGE);
        List<Kept> found = new ArrayList<>();
        boolean hasMore = false;
        long chars = 0;
        try (ResultIterator<Kept> rows = handle.createQuery(
                        "SELECT id, parent, body FROM gateway_kept WHERE tenant = ? AND kind = ?"
                                + " AND parent = ? AND position " + (cut.ascending() ? ">" : "<")
                                + " ? ORDER BY position "
                                + (cut.ascending() ? "ASC" : "DESC") + " LIMIT ?")
                .bind(0, tenant)
                .bind(1, kind.name())
                .bind(2, parent)
                .bind(3, from)
                .bind(4, limit + 1)
                .map((row, context) ->
                        new Kept(kind, row.getString("id"), row.getString("parent"), row.getString("body")))
                .iterator()) {
            while (!hasMore && rows.hasNext()) {
                Kept next = rows.next();
                chars += next.body().length();
                hasMore = found.size() == limit || (chars > MOST_CHARS && !found.isEmpty());
                if (!hasMore) {
                    found.add(next);
                }
            }
        }
        return new Page(found, hasMore);
    }

    /// What `read` makes of entries, of which page after page is read until there are `cut.limit()` or no more. Fails
    /// where these are too long to be held together.
    ///
    /// @param read empty for those that are passed over; runs where the store reads
    /// @return fails with [Refused] when there is nothing under `after`
    <T> Future<List<T>> gather(String tenant, Kind kind, String parent, Cut cut, Function<Kept, Optional<T>> read) {
        return gather(tenant, kind, parent, cut, read, new ArrayList<>(), 0);
    }

    private <T> Future<List<T>> gather(
            String tenant,
            Kind kind,
            String parent,
            Cut cut,
            Function<Kept, Optional<T>> read,
            List<T> found,
            long charsBefore) {
        return store.read(handle -> {
                    Page page = list(handle, tenant, kind, parent, new Cut(cut.after(), MAX_PAGE, cut.ascending()));
                    long chars = charsBefore;
                    for (Kept kept : page.entries()) {
                        Optional<T> wanted = found.size() < cut.limit() ? read.apply(kept) : Optional.empty();
                        if (wanted.isPresent()) {
                            chars += kept.body().length();
                            requireFits(chars);
                            found.add(wanted.get());
                        }
                    }
                    return new Gathered(
                            chars,
                            page.hasMore() && found.size() < cut.limit()
                                    ? Optional.of(page.entries().getLast().id())
                                    : Optional.empty());
                })
                .compose(so -> so.last()
                        .map(last -> gather(tenant, kind, parent, cut.from(last), read, found, so.chars()))
                        .orElseGet(() -> Future.succeededFuture(found)));
    }

    /// @param last the id behind which more may be wanted; empty at the end
    private record Gathered(long chars, Optional<String> last) {}

    /// All of a kind over all tenants, such as the batches that a stop has cut off.
    Future<List<Owned>> all(Kind kind) {
        return store.read(handle -> handle.createQuery(
                        "SELECT tenant, id, parent, body FROM gateway_kept WHERE kind = ? ORDER BY position")
                .bind(0, kind.name())
                .map((row, context) -> new Owned(
                        row.getString("tenant"),
                        new Kept(kind, row.getString("id"), row.getString("parent"), row.getString("body"))))
                .list());
    }

    record Owned(String tenant, Kept kept) {}

    private static Optional<Kept> find(Handle handle, String tenant, Kind kind, String id) {
        return handle.createQuery("SELECT parent, body FROM gateway_kept WHERE tenant = ? AND kind = ? AND id = ?")
                .bind(0, tenant)
                .bind(1, kind.name())
                .bind(2, id)
                .map((row, context) -> new Kept(kind, id, row.getString("parent"), row.getString("body")))
                .findOne();
    }

    private static long position(Handle handle, String tenant, Kind kind, String id) {
        return handle.createQuery("SELECT position FROM gateway_kept WHERE tenant = ? AND kind = ? AND id = ?")
                .bind(0, tenant)
                .bind(1, kind.name())
                .bind(2, id)
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() -> Answers.missing("object", id));
    }

    private static void put(Handle handle, String tenant, Kept kept) {
        long size = kept.body().length();
        int replaced = handle.execute(
                "UPDATE gateway_kept SET body = ?, size = ?, parent = ? WHERE tenant = ? AND kind = ? AND id = ?",
                kept.body(),
                size,
                kept.parent(),
                tenant,
                kept.kind().name(),
                kept.id());
        if (replaced > 0) {
            return;
        }
        makeRoom(handle, tenant, kept.kind(), size);
        handle.execute(
                "INSERT INTO gateway_kept (tenant, kind, id, parent, position, size, body) VALUES (?, ?, ?, ?,"
                        + " (SELECT COALESCE(MAX(position), 0) + 1 FROM gateway_kept WHERE tenant = ? AND kind = ?),"
                        + " ?, ?)",
                tenant,
                kept.kind().name(),
                kept.id(),
                kept.parent(),
                tenant,
                kept.kind().name(),
                size,
                kept.body());
    }

    private static void makeRoom(Handle handle, String tenant, Kind kind, long size) {
        long kinds =
                sum(handle, "SELECT COUNT(*) FROM gateway_kept WHERE tenant = ? AND kind = ?", tenant, kind.name());
        if (kinds >= kind.most) {
            handle.execute(
                    "DELETE FROM gateway_kept WHERE tenant = ? AND kind = ? AND position = (SELECT MIN(position) FROM"
                            + " gateway_kept WHERE tenant = ? AND kind = ?)",
                    tenant,
                    kind.name(),
                    tenant,
                    kind.name());
        }
        long held = sum(handle, "SELECT COALESCE(SUM(size), 0) FROM gateway_kept WHERE tenant = ?", tenant);
        if (held + size > MAX_SIZE) {
            throw full("the tenant's objects have " + held + " characters, at most " + MAX_SIZE + " are kept");
        }
    }

    private static long sum(Handle handle, String query, Object... values) {
        return handle.select(query, values).mapTo(Long.class).one();
    }

    private static Refused full(String what) {
        return new Refused(Reason.INSUFFICIENT_STORAGE, "storage_full", what + "; delete what is not needed any more");
    }
}
