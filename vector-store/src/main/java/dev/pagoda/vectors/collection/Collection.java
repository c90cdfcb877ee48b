package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.FacetHit;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.storage.Journal;
import dev.pagoda.vectors.storage.JournalFailedException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One tenant's collection: its points in memory, each write in the journal before it is visible.
///
/// **Writes** hold the lock while they are worked out, appended and applied, so that the order in the journal
/// is the order in memory. Waiting for the disk happens outside it.
///
/// **Reads** take no lock: first the generation, then the sequence number, then what is visible at that number.
/// So everything that was answered before is seen, and searches and counts see the points of a batch that come, go
/// or get other vectors all or none. What dies meanwhile stays in place until the reader has left. Of a single
/// point the newest is seen where it is read by its id ([#retrieve], [#scroll]), and so is a payload that was
/// replaced alone: other points of the same batch may be older then.
///
/// **Compaction** copies the living into a new generation beside the running one: for other parameters of the
/// graph, or to give memory back when few are left of many. Points touched meanwhile are noted and copied
/// again, in the end under the lock; then the generations change places.
public final class Collection {
    /// Share of slots without a point from which giving their memory back is worth a new generation.
    private static final double SPARE_SHARE = 0.75;

    /// Fewer slots than this are left alone.
    private static final int LEAST_SPARE = 10_000;

    private static final long COMPACTION_RETRY_NANOS = 30_000_000_000L;

    /// So few touched points are copied under the lock.
    private static final int LAST_CATCH_UP = 64;

    private static final int MAX_CATCH_UPS = 50;

    private final long id;
    private final String tenant;
    private final String name;
    private final Journal journal;
    private final ReentrantLock writing = new ReentrantLock();
    private final LongAdder queries = new LongAdder();
    private final RecallAverage recall = new RecallAverage();
    private final LongAdder writes = new LongAdder();
    private final SlowFilters slowFilters = new SlowFilters();

    private final Optimizations optimizations = new Optimizations();

    /// Under the lock.
    private final StoredSizes sizes = new StoredSizes();

    /// The next five: written under the lock, read by any.
    private volatile CollectionConfig config;

    private volatile StrictMode strict;

    /// Set once, before anybody else knows the collection.
    private volatile @Nullable Quotas quotas;

    /// Tells microseconds since 1970; set once, as the quotas.
    private volatile LongSupplier clock = () -> Long.MIN_VALUE;

    private volatile Generation generation;
    private volatile long committed;
    private volatile boolean dropped;

    /// Why no data can be had, null while all is well.
    private volatile @Nullable String damage;

    /// Points changed since a compaction began, null while none runs; under the lock.
    private @Nullable Set<PointId> touched;

    /// Whether the graphs are to be built anew; written under the lock, read by any.
    private volatile boolean outdated;

    /// When the next compaction may begin: some time after one that failed.
    private volatile long compactFrom = System.nanoTime();

    /// How often vector fields came or went; under the lock.
    private long reshapes;

    Collection(long id, String tenant, String name, CollectionConfig config, Journal journal) {
        this(id, tenant, name, config, journal, new Generation(config), id);
    }

    Collection(
            long id,
            String tenant,
            String name,
            CollectionConfig config,
            Journal journal,
            Generation generation,
            long committed) {
        this.id = id;
        this.tenant = tenant;
        this.name = name;
        this.config = config;
        this.strict = StrictMode.of(config);
        this.journal = journal;
        this.generation = generation;
        this.committed = committed;
    }

    public String tenant() {
        return tenant;
    }

    public String name() {
        return name;
    }

    public CollectionConfig config() {
        return config;
    }

    /// The limits that callers have to keep.
    public StrictMode strict() {
        return strict;
    }

    /// What slows queries down.
    public SlowFilters slowFilters() {
        return slowFilters;
    }

    /// When its graphs were built anew.
    public Optimizations optimizations() {
        return optimizations;
    }

    /// Whether its graphs are built anew now or are about to be.
    public boolean isOptimizing() {
        return outdated || optimizations.running().isPresent();
    }

    /// Why its data cannot be had; empty while all is well.
    public Optional<String> damage() {
        return Optional.ofNullable(damage);
    }

    public long points() {
        Generation now = generation;
        long living = now.living();
        return living - overdue(now).living(now, Integer.MAX_VALUE).size();
    }

    /// Points that the graphs hold, for a collection with graphs.
    public long indexedVectors() {
        return figures().indexedVectors().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /// What it consists of.
    public Figures figures() {
        return new Figures(generation, config);
    }

    /// Points that have a vector, by the name of its field.
    public Map<String, Long> vectorCounts() {
        return generation.vectorCounts();
    }

    public long bytes() {
        return generation.bytes();
    }

    public long queries() {
        return queries.sum();
    }

    /// The share of the true nearest that searches without filter found, of a sample; NaN before the first was
    /// checked.
    public double recall() {
        return recall.value();
    }

    public long writes() {
        return writes.sum();
    }

    /// Applies changes together.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if one of them cannot be; then none is
    @SuppressWarnings("ReferenceEquality") // to compare configurations whole costs more than to check again
    public Written write(List<Change> changes) {
        CollectionConfig seen = config;
        List<Change> checked = VectorCheck.stored(seen, changes);
        writing.lock();
        try {
            requireUsable();
            if (config != seen) {
                checked = VectorCheck.stored(config, changes);
            }
            Quotas.requireRoom(quotas, changes);
            strict.write(changes, generation.living(), sizes.of(generation), this::expected);
            Resolution resolution = new Resolution(generation, overdue(generation));
            checked.forEach(resolution::apply);
            return commit(resolution.operations());
        } finally {
            writing.unlock();
        }
    }

    /// Changes the configuration. Vector fields may come, which no point has yet, and go, with their vectors;
    /// those that stay must take the same vectors as before.
    public Written configure(UnaryOperator<CollectionConfig> change) {
        writing.lock();
        try {
            requireUsable();
            CollectionConfig next = change.apply(config);
            VectorCheck.requireSameVectors(config, next);
            if (next.payloadSchema().size() > config.payloadSchema().size()) {
                strict.payloadIndex(config.payloadSchema().size());
            }
            Fsync.check(next);
            ExpiryKey.check(next);
            return commit(List.of(new Operation.Configure(next)));
        } finally {
            writing.unlock();
        }
    }

    /// The best points of a query that looks into no other collection.
    public List<Hit> query(Query query, boolean withVectors) {
        strict.query(query, this::storedVectors);
        return ask(VectorSource.none(), (search, reading) -> Hits.of(reading, search.run(query), withVectors));
    }

    /// The best points of a query, which `recall` may check afterwards.
    List<Hit> query(Query query, boolean withVectors, RecallMeter recall, Function<String, VectorSource> others) {
        strict.query(query, this::storedVectors);
        long start = System.nanoTime();
        Reading reading = reading();
        boolean isKept = false;
        try {
            CollectionConfig now = config;
            Search search = new Search(now, reading, name, others);
            List<Ranked> ranked = search.run(query);
            List<Hit> hits = Hits.of(reading, ranked, withVectors);
            slowFilters.answered(query.filter(), now, System.nanoTime() - start);
            if (search.isMeasurable(query) && recall.wants()) {
                isKept = true;
                recall.check(
                        () -> new Search(now, reading, name, others).recall(query, ranked),
                        this.recall,
                        reading::close);
            }
            return hits;
        } finally {
            if (!isKept) {
                reading.close();
            }
        }
    }

    /// The best points of a query that looks into no other collection, and how they were found.
    public ExplainedHits explain(Query query, boolean withVectors) {
        return explain(query, withVectors, VectorSource.none());
    }

    ExplainedHits explain(Query query, boolean withVectors, Function<String, VectorSource> others) {
        strict.query(query, this::storedVectors);
        return ask(others, (search, reading) -> {
            List<Hit> hits = Hits.of(reading, search.run(query), withVectors);
            return new ExplainedHits(hits, search.explanations());
        });
    }

    /// How many vectors a point has in a field; none if there is no such point.
    int storedVectors(String field, PointId each) {
        StoredPoint point = generation.ids().get(each);
        return point == null ? 0 : point.vectors().count(field);
    }

    /// What is asked of one moment.
    interface Question<T> {
        T answer(Search search, Reading reading);
    }

    /// @param others vectors of other collections by name
    <T> T ask(Function<String, VectorSource> others, Question<T> question) {
        try (Reading reading = reading()) {
            return question.answer(new Search(config, reading, name, others), reading);
        }
    }

    /// The vectors of its points, of the moment they are asked for.
    VectorSource vectors() {
        requireUsable();
        return (field, each) -> {
            try (Reading reading = look()) {
                return Search.storedVector(config, reading, field, each);
            }
        };
    }

    private Reading reading() {
        requireUsable();
        queries.increment();
        return look();
    }

    private Reading look() {
        return new Reading(generation, () -> committed, clock);
    }

    /// What is overdue now, for who writes.
    private Overdue overdue(Generation now) {
        return new Overdue(now.expiries().overdue(clock), Long.MAX_VALUE);
    }

    /// How many points match.
    public long count(Filter filter) {
        strict.read(filter, true);
        return list(listing -> listing.count(filter));
    }

    /// How many points may match: half of them where no index tells.
    private long expected(Filter filter) {
        return list(listing -> listing.expected(filter, generation.living()));
    }

    /// About how many points match: exact where an index answers the filter or none answers any of it.
    public long estimate(Filter filter) {
        strict.read(filter, false);
        return list(listing -> listing.estimate(filter));
    }

    /// The values at a key that most of the matching points have.
    public List<FacetHit> facet(String key, Filter filter, int limit) {
        strict.read(filter, limit);
        return list(listing -> listing.facet(key, filter, limit));
    }

    /// Refuses names of vectors that no point can have.
    public void requireFields(Set<String> names) {
        names.forEach(each -> VectorCheck.requireField(config, each));
    }

    /// The number of points that have a value at a key which its index holds.
    public long indexedPoints(KeyPath key) {
        return list(listing -> listing.indexed(key));
    }

    private <T> T list(Function<Listing, T> question) {
        requireUsable();
        try (Reading reading = look()) {
            return question.apply(new Listing(reading));
        }
    }

    /// The matching points by ascending id, from `from` on.
    public ScrollPage scroll(Filter filter, @Nullable PointId from, int limit, boolean withVectors) {
        strict.read(filter, limit);
        return list(listing -> listing.scroll(filter, from, limit, withVectors));
    }

    /// The first of the matching points by an order, each as often as it has a place there.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if the key has no index of ranges
    public List<Hit> scroll(OrderBy order, Filter filter, int limit, boolean withVectors) {
        strict.read(filter, limit);
        return list(listing -> listing.scroll(new Ordering(order, config), filter, limit, withVectors));
    }

    /// The points with these ids that are there, in the order asked for.
    public List<Hit> retrieve(List<PointId> ids, boolean withVectors) {
        strict.retrieve(ids.size());
        return list(listing -> listing.retrieve(ids, withVectors));
    }

    /// Its number in this store, never given again; another one after it was recovered.
    public long id() {
        return id;
    }

    /// The number of its last change.
    public long committed() {
        return committed;
    }

    /// Places the collection under the limits and the clock of its machine.
    void under(Quotas limits, LongSupplier micros) {
        quotas = limits;
        clock = micros;
    }

    /// Marks the collection as one whose files cannot be read.
    void damaged(String reason) {
        damage = reason;
    }

    /// Lets go of everything; later calls are refused. Returns once no writer is inside.
    void drop() {
        writing.lock();
        try {
            dropped = true;
            generation = new Generation(config);
        } finally {
            writing.unlock();
        }
    }

    /// Applies what the journal holds; only while the store is opened, from one thread.
    void replay(long sequence, List<Operation> operations) {
        if (sequence > committed && damage == null) {
            apply(sequence, operations);
            committed = sequence;
            generation.settle();
        }
    }

    /// Leaves vectors that are put without links until it is called with `false`, so that a log is read fast.
    void hold(boolean held) {
        generation.hold(held);
    }

    /// Links some of the vectors that wait for it; beside everything else.
    ///
    /// @return whether more should be linked
    boolean link(int most) {
        return generation.link(most);
    }

    /// Deletes points whose time is over, so many at most; empty if there is none.
    Optional<Written> expire(int most) {
        if (overdue(generation).slots().length == 0) {
            return Optional.empty();
        }
        writing.lock();
        try {
            List<PointId> ids = overdue(generation).living(generation, most).stream()
                    .map(StoredPoint::id)
                    .toList();
            return dropped || ids.isEmpty()
                    ? Optional.empty()
                    : Optional.of(commit(List.of(new Operation.Remove(ids))));
        } finally {
            writing.unlock();
        }
    }

    Snapshot snapshot() {
        writing.lock();
        try {
            return Snapshot.capture(this, generation);
        } finally {
            writing.unlock();
        }
    }

    /// Whether [#compact] is worth its cost; first clears away what readers have left.
    boolean wantsCompaction() {
        writing.lock();
        try {
            generation.settle();
            int spare = generation.spareSlots();
            return !dropped
                    && System.nanoTime() - compactFrom >= 0
                    && (outdated || (spare >= LEAST_SPARE && spare > generation.end() * SPARE_SHARE));
        } finally {
            writing.unlock();
        }
    }

    /// Moves the living points into a new generation. One thread at a time.
    void compact() {
        optimizations.began(generation.living());
        compactFrom = System.nanoTime() + COMPACTION_RETRY_NANOS;
        try {
            copyLiving();
            compactFrom = System.nanoTime();
        } finally {
            optimizations.ended();
            stopCopying();
        }
    }

    /// Where copying has failed, what was asked for is still to be done.
    private void stopCopying() {
        writing.lock();
        try {
            outdated |= touched != null;
            touched = null;
        } finally {
            writing.unlock();
        }
    }

    private void copyLiving() {
        Generation old;
        CollectionConfig began;
        long reshapesBefore;
        writing.lock();
        try {
            old = generation;
            began = config;
            reshapesBefore = reshapes;
            touched = new LinkedHashSet<>();
            outdated = false;
        } finally {
            writing.unlock();
        }
        Copying copying = new Copying(old, new Generation(began));
        copying.copyAll();
        for (int round = 0; ; round++) {
            Set<PointId> again;
            writing.lock();
            try {
                again = touched == null ? Set.of() : touched;
                if (reshapes != reshapesBefore) {
                    // the copies lack a field or have one too many
                    touched = null;
                    outdated = true;
                    return;
                }
                if (again.size() <= LAST_CATCH_UP || round == MAX_CATCH_UPS) {
                    again.forEach(copying::copy);
                    touched = null;
                    copying.fresh().index(config.payloadSchema());
                    copying.fresh().expire(config);
                    if (!dropped) {
                        generation = copying.fresh();
                    }
                    return;
                }
                touched = new LinkedHashSet<>();
            } finally {
                writing.unlock();
            }
            again.forEach(copying::copy);
        }
    }

    /// Under the lock.
    private Written commit(List<Operation> operations) {
        Journal.Appended appended;
        try {
            byte[] body = new LogRecord.Changed(id, operations).encode();
            appended = journal.append(body, Fsync.of(config).withinNanos());
        } catch (JournalFailedException failed) {
            throw Refusals.storageFailed(String.valueOf(failed.getMessage()));
        } catch (IllegalArgumentException tooLong) {
            throw Refusals.invalidInput(String.valueOf(tooLong.getMessage()));
        }
        apply(appended.sequence(), operations);
        committed = appended.sequence();
        generation.settle();
        writes.increment();
        return Written.of(appended);
    }

    private void apply(long sequence, List<Operation> operations) {
        for (Operation operation : operations) {
            switch (operation) {
                case Operation.Put(List<Point> points) ->
                    points.forEach(point -> change(point.id(), () -> generation.put(sequence, point)));
                case Operation.SetPayloads(List<PointId> ids, var payloads) -> {
                    for (int i = 0; i < ids.size(); i++) {
                        PointId each = ids.get(i);
                        var payload = payloads.get(i);
                        change(each, () -> generation.setPayload(sequence, each, payload));
                    }
                }
                case Operation.Remove(List<PointId> ids) ->
                    ids.forEach(each -> change(each, () -> generation.remove(sequence, each)));
                case Operation.Configure(CollectionConfig next) -> {
                    if (generation.reshape(next)) {
                        reshapes++;
                        sizes.forget();
                    }
                    generation.index(next.payloadSchema());
                    generation.expire(next);
                    outdated |= generation.dense().values().stream()
                            .anyMatch(field -> !field.shape().equals(DenseField.shape(field.name(), next)));
                    config = next;
                    strict = strict.following(next);
                }
            }
        }
    }

    private void change(PointId each, Runnable change) {
        if (touched != null) {
            touched.add(each);
        }
        sizes.change(generation, each, change);
    }

    private void requireUsable() {
        if (dropped) {
            throw Refusals.collectionNotFound(name);
        }
        String reason = damage;
        if (reason != null) {
            throw Refusals.damaged("Collection `" + name + "` could not be restored: " + reason);
        }
    }
}
