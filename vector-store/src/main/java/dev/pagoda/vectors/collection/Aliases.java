package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Other names of collections, by tenant. An alias means the collection that has a name now, not one collection for
/// good.
///
/// Changed under the catalogue's lock. Read by any thread: the present state is one immutable map, so that changes
/// that belong together are seen together.
final class Aliases {
    /// Aliases that one tenant may have.
    static final int MAX_PER_TENANT = 100_000;

    private static final int MAX_NAME = 255;

    private volatile Map<String, NavigableMap<String, String>> byTenant = Map.of();

    /// Number of the last record whose changes are in here.
    private long sequence;

    /// The collection that an alias means.
    Optional<String> target(String tenant, String alias) {
        return Optional.ofNullable(of(tenant).get(alias));
    }

    /// Collections by alias, in the order of the aliases; unmodifiable.
    NavigableMap<String, String> of(String tenant) {
        return byTenant.getOrDefault(tenant, Collections.emptyNavigableMap());
    }

    long sequence() {
        return sequence;
    }

    /// What changes come to, or a refusal if one of them cannot be.
    ///
    /// @return the new meaning by alias, null where the alias is gone
    Map<String, @Nullable Object> resolve(String tenant, List<AliasChange> changes, Predicate<String> isCollection) {
        NavigableMap<String, String> before = of(tenant);
        NavigableMap<String, String> after = new TreeMap<>(before);
        for (AliasChange change : changes) {
            switch (change) {
                case AliasChange.Assign(String alias, String collection) -> {
                    if (!isCollection.test(collection)) {
                        throw Refusals.collectionNotFound(collection);
                    }
                    requireFree(alias, isCollection);
                    after.put(alias, collection);
                }
                case AliasChange.Remove(String alias) -> after.remove(alias);
                case AliasChange.Rename(String from, String to) -> {
                    String collection = after.get(from);
                    if (collection == null) {
                        throw Refusals.aliasNotFound(from);
                    }
                    requireFree(to, isCollection);
                    after.remove(from);
                    after.put(to, collection);
                }
            }
        }
        if (after.size() > MAX_PER_TENANT) {
            throw Refusals.badRequest("the tenant would have " + after.size() + " aliases, " + MAX_PER_TENANT
                    + " is the most it may have");
        }
        Map<String, @Nullable Object> difference = new LinkedHashMap<>();
        before.keySet().stream()
                .filter(alias -> !after.containsKey(alias))
                .forEach(alias -> difference.put(alias, null));
        after.forEach((alias, collection) -> {
            if (!collection.equals(before.get(alias))) {
                difference.put(alias, collection);
            }
        });
        return difference;
    }

    private static void requireFree(String alias, Predicate<String> isCollection) {
        if (alias.isEmpty() || alias.length() > MAX_NAME) {
            throw Refusals.invalidAlias(alias);
        }
        if (isCollection.test(alias)) {
            throw Refusals.collectionExists(alias);
        }
    }

    /// Makes what [#resolve] gave, or a log has kept, the present state.
    void apply(long logged, String tenant, Map<String, ? extends @Nullable Object> difference) {
        NavigableMap<String, String> next = new TreeMap<>(of(tenant));
        difference.forEach((alias, collection) -> {
            if (collection instanceof String name) {
                next.put(alias, name);
            } else {
                next.remove(alias);
            }
        });
        replace(tenant, next);
        sequence = logged;
    }

    /// A collection is gone, and with it what means it.
    void forget(String tenant, String collection) {
        NavigableMap<String, String> present = of(tenant);
        if (present.containsValue(collection)) {
            NavigableMap<String, String> next = new TreeMap<>(present);
            next.values().removeIf(collection::equals);
            replace(tenant, next);
        }
    }

    private void replace(String tenant, NavigableMap<String, String> next) {
        Map<String, NavigableMap<String, String>> all = new HashMap<>(byTenant);
        if (next.isEmpty()) {
            all.remove(tenant);
        } else {
            all.put(tenant, Collections.unmodifiableNavigableMap(next));
        }
        byTenant = Map.copyOf(all);
    }

    void write(Encoder out) {
        out.writeLong(sequence).writeInt(byTenant.size());
        byTenant.forEach((tenant, aliases) -> {
            out.writeText(tenant).writeInt(aliases.size());
            aliases.forEach((alias, collection) -> out.writeText(alias).writeText(collection));
        });
    }

    /// Takes what [#write] gave; before anybody else reads.
    void read(Decoder in) {
        sequence = in.readLong();
        for (int tenants = in.readCount(); tenants > 0; tenants--) {
            String tenant = in.readText();
            NavigableMap<String, String> aliases = new TreeMap<>();
            for (int i = in.readCount(); i > 0; i--) {
                String alias = in.readText();
                aliases.put(alias, in.readText());
            }
            replace(tenant, aliases);
        }
    }
}
