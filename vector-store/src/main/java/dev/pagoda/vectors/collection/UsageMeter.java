package dev.pagoda.vectors.collection;

import dev.pagoda.governance.api.Principal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// What each principal has asked for and stored since the start. Counts only grow, so that whoever reports them can
/// tell what was reported; as many accounts as there are keys. Safe from any thread.
public final class UsageMeter {
    private final Map<Principal, Account> accounts = new ConcurrentHashMap<>();

    private static final class Account {
        private final LongAdder queries = new LongAdder();
        private final LongAdder points = new LongAdder();
    }

    /// @param queries searches answered
    /// @param points  points written, updates included
    public record Counts(long queries, long points) {
        public static final Counts ZERO = new Counts(0, 0);
    }

    /// Counts searches that were answered.
    public void queried(Principal principal, long searches) {
        account(principal).queries.add(searches);
    }

    /// Counts points that were stored.
    public void stored(Principal principal, long points) {
        account(principal).points.add(points);
    }

    private Account account(Principal principal) {
        // most calls find one, without the lock that computeIfAbsent may take
        Account known = accounts.get(principal);
        return known == null ? accounts.computeIfAbsent(principal, _ -> new Account()) : known;
    }

    /// Who has an account.
    public Set<Principal> principals() {
        return Set.copyOf(accounts.keySet());
    }

    /// What one principal has come to so far.
    public Counts counts(Principal principal) {
        Account account = accounts.get(principal);
        return account == null ? Counts.ZERO : new Counts(account.queries.sum(), account.points.sum());
    }
}
