package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Disk;
import dev.pagoda.vectors.storage.Encoder;
import dev.pagoda.vectors.storage.FileJournal;
import dev.pagoda.vectors.storage.Journal;
import dev.pagoda.vectors.storage.JournalFailedException;
import dev.pagoda.vectors.storage.MemoryJournal;
import java.io.Closeable;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All collections of all tenants, and where they are kept.
///
/// **Files.** `log/` has the journal of all collections, `snapshots/` a file a collection, and a manifest says which
/// snapshots count and from where on the journal does. A checkpoint ends the present file of the journal, writes the
/// collections that changed, then the manifest, and only then lets go of old files; a crash at any point leaves the
/// old state or the new one. Opening reads the manifest, the points of its snapshots, and replays the records behind
/// them; links are read and made afterwards, by a [Linker], while everything is found already.
///
/// **Damage.** What the journal lost is reported. A collection whose snapshot is damaged is listed and refuses its
/// data, and its file is kept, until somebody drops it.
///
/// **A full disk.** Writes are refused until the journal can go on; reads are not.
///
/// Safe from any thread. Longer than most because creation, recovery, dropping, replay and checkpoints share two locks
/// whose order has to be seen in one place.
public final class Catalogue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);

    /// How long a checkpoint waits for a restart to end.
    private static final long MAX_READING_SECONDS = 20;

    /// Vectors that maintenance links of a collection: of one that was recovered while others were in use.
    private static final int LINKED_AT_ONCE = 1_000;

    private static final long NEVER = Long.MAX_VALUE;
    private static final long RETRY_MICROS = 30_000_000;

    private final @Nullable Shelf shelf;
    private final @Nullable Closeable lockFile;
    private final int maxCollectionsPerTenant;
    private final ReentrantLock changing = new ReentrantLock();
    private final ReentrantLock checkpointing = new ReentrantLock();
    private final Map<Key, Collection> byName = new ConcurrentHashMap<>();
    private final Map<Long, Collection> byId = new ConcurrentHashMap<>();
    private final List<String> findings = new CopyOnWriteArrayList<>();

    /// Changed under `changing`, and while opening.
    private final Aliases aliases = new Aliases();

    private final Quotas quotas;

    /// Tells microseconds since 1970.
    private final LongSupplier clock;

    private final Remains remains = new Remains();

    private final Journal journal;

    private final Archives archives;

    /// Null for a store in memory.
    private final @Nullable Linker linker;

    /// When a checkpoint that failed is tried again; microseconds.
    private volatile long retryAt = NEVER;

    private volatile boolean closed;

    private record Key(String tenant, String name) {}

    private Catalogue(int maxCollectionsPerTenant) {
        this.clock = Expiries.micros(InstantSource.system());
        this.maxCollectionsPerTenant = maxCollectionsPerTenant;
        this.quotas = new Quotas(null);
        this.shelf = null;
        this.lockFile = null;
        this.journal = new MemoryJournal();
        this.linker = null;
        this.archives = Archives.passing();
    }

    private Catalogue(Disk disk, Path directory, int maxCollectionsPerTenant, InstantSource clock) throws IOException {
        this.clock = Expiries.micros(clock);
        this.maxCollectionsPerTenant = maxCollectionsPerTenant;
        this.quotas = new Quotas(disk.equals(Disk.MACHINE) ? directory : null);
        disk.createDirectories(directory);
        Closeable held = disk.lock(directory.resolve("LOCK"));
        this.lockFile = held;
        try {
            Shelf files = new Shelf(disk, directory);
            this.shelf = files;
            this.archives = Archives.lasting(directory.resolve("archives"));
            FileJournal log = FileJournal.open(disk, directory.resolve("log"));
            this.journal = log;
            List<Snapshot.Links> links = new ArrayList<>();
            for (Snapshot.Restored restored : files.load(log, this::report)) {
                restored.collection().hold(true);
                add(restored.collection());
                restored.links().ifPresent(links::add);
            }
            files.names().ifPresent(names -> {
                Decoder in = new Decoder(names);
                aliases.read(in);
                quotas.read(in);
            });
            long boundary = files.boundary();
            long last = Math.max(files.lastSequence(), Math.max(aliases.sequence(), quotas.sequence()));
            log.recover(boundary, last, (sequence, body) -> replay(sequence, body, boundary, links), this::report);
            byId.values().forEach(collection -> collection.hold(false));
            this.linker = new Linker(links, () -> List.copyOf(byId.values()), this::report);
        } catch (IOException | RuntimeException failed) {
            held.close();
            throw failed;
        }
    }

    /// Nothing is kept.
    public static Catalogue inMemory(int maxCollectionsPerTenant) {
        return new Catalogue(maxCollectionsPerTenant);
    }

    /// Opens what a directory holds, made if absent; takes as long as reading it.
    ///
    /// @throws IOException if the directory cannot be used, or another process uses it
    public static Catalogue open(Path directory, int maxCollectionsPerTenant) throws IOException {
        return open(directory, maxCollectionsPerTenant, InstantSource.system());
    }

    /// @param clock by which points expire
    static Catalogue open(Path directory, int maxCollectionsPerTenant, InstantSource clock) throws IOException {
        return new Catalogue(Disk.MACHINE, directory, maxCollectionsPerTenant, clock);
    }

    static Catalogue open(Disk disk, Path directory, int maxCollectionsPerTenant) throws IOException {
        return new Catalogue(disk, directory, maxCollectionsPerTenant, InstantSource.system());
    }

    /// What was found damaged since the store was opened, a sentence each.
    public List<String> findings() {
        return List.copyOf(findings);
    }

    /// The number of times that the journal forced its file to disk.
    public long forces() {
        return journal.forces();
    }

    /// Why no write is taken now; empty while all is well.
    public Optional<String> refusal() {
        return journal.refusal();
    }

    /// Waits until a restart has left nothing to do.
    ///
    /// @return whether it is so
    public boolean awaitLinks(long seconds) {
        return linker == null || linker.await(seconds);
    }

    /// Bytes of the journal that a restart would replay.
    public long journalBytes() {
        return journal.bytesSinceRoll();
    }

    /// A tenant's collection, by its name or an alias.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `collection_not_found`
    public Collection get(String tenant, String name) {
        return find(tenant, name).orElseThrow(() -> Refusals.collectionNotFound(name));
    }

    /// A tenant's collection, by its name or an alias.
    public Optional<Collection> find(String tenant, String name) {
        Collection named = byName.get(new Key(tenant, name));
        return named != null
                ? Optional.of(named)
                : aliases.target(tenant, name).map(target -> byName.get(new Key(tenant, target)));
    }

    /// A tenant's collection by its own name, as calls ask for it that change the collection itself.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `collection_not_found`
    public Collection getByName(String tenant, String name) {
        Collection named = byName.get(new Key(tenant, name));
        if (named == null) {
            throw Refusals.collectionNotFound(name);
        }
        return named;
    }

    /// A tenant's aliases and the names of the collections that they mean, by alias.
    public NavigableMap<String, String> aliases(String tenant) {
        return aliases.of(tenant);
    }

    /// Changes aliases of a tenant, all of them or none; empty if nothing is different afterwards.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `collection_not_found`, `alias_not_found`, or, where the
    ///     alias is the name of a collection, `collection_exists`
    public Optional<Written> changeAliases(String tenant, List<AliasChange> changes) {
        changing.lock();
        try {
            Map<String, @Nullable Object> meanings =
                    aliases.resolve(tenant, changes, name -> byName.containsKey(new Key(tenant, name)));
            if (meanings.isEmpty()) {
                return Optional.empty();
            }
            Journal.Appended appended = append(new LogRecord.Aliased(tenant, meanings));
            aliases.apply(appended.sequence(), tenant, meanings);
            return Optional.of(Written.of(appended));
        } finally {
            changing.unlock();
        }
    }

    /// The collections of a tenant, by name.
    public List<Collection> list(String tenant) {
        return list().stream()
                .filter(collection -> collection.tenant().equals(tenant))
                .toList();
    }

    /// All collections, by tenant and name.
    public List<Collection> list() {
        return byName.values().stream()
                .sorted(Comparator.comparing(Collection::tenant).thenComparing(Collection::name))
                .toList();
    }

    /// Makes a collection.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `collection_exists`, or `invalid_name`
    public Written create(String tenant, String name, CollectionConfig config) {
        CollectionNames.require(name);
        Fsync.check(config);
        ExpiryKey.check(config);
        changing.lock();
        try {
            requireFree(tenant, name);
            Journal.Appended appended = append(new LogRecord.Created(tenant, name, config));
            add(new Collection(appended.sequence(), tenant, name, config, journal));
            return Written.of(appended);
        } finally {
            changing.unlock();
        }
    }

    /// Under `changing`.
    private void requireFree(String tenant, String name) {
        if (byName.containsKey(new Key(tenant, name))) {
            throw Refusals.collectionExists(name);
        }
        if (aliases.target(tenant, name).isPresent()) {
            throw Refusals.invalidInput(
                    "Can't create collection with name " + name + ". Alias with the same name already exists");
        }
        if (list(tenant).size() >= maxCollectionsPerTenant) {
            throw Refusals.badRequest(
                    "the tenant has " + maxCollectionsPerTenant + " collections, the most it may have");
        }
    }

    /// Makes a collection; empty if it is there already.
    public Optional<Written> createIfAbsent(String tenant, String name, CollectionConfig config) {
        changing.lock();
        try {
            return find(tenant, name).isPresent() ? Optional.empty() : Optional.of(create(tenant, name, config));
        } finally {
            changing.unlock();
        }
    }

    /// How full the machine may get.
    public Quotas quotas() {
        return quotas;
    }

    /// Sets how full the machine may get, for all tenants.
    public Written limit(Map<String, @Nullable Object> next) {
        changing.lock();
        try {
            Journal.Appended appended = append(new LogRecord.Limited(next));
            quotas.apply(appended.sequence(), next);
            return Written.of(appended);
        } finally {
            changing.unlock();
        }
    }

    /// Makes a collection what a snapshot says, in the place of what it was.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `invalid_input` if the file is no sound snapshot, `invalid_name`,
    ///     or `storage_failed`
    public Written recover(String tenant, String name, Path snapshot) {
        CollectionNames.require(name);
        return recover(tenant, name, snapshot, config -> {});
    }

    /// Makes a collection that is there, by its name or an alias, what a snapshot of its shard says.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `collection_not_found`, or `invalid_input` if the snapshot has
    ///     other vectors
    public Written recoverShard(String tenant, String name, Path snapshot) {
        Collection present = get(tenant, name);
        return recover(tenant, present.name(), snapshot, found -> VectorCheck.requireShardOf(present.config(), found));
    }

    private Written recover(String tenant, String name, Path snapshot, Consumer<CollectionConfig> check) {
        String taken = null;
        try {
            Snapshot.Points points;
            if (shelf == null) {
                points = Snapshot.readPoints(Disk.MACHINE, snapshot, journal.lastSequence());
            } else {
                taken = shelf.take(snapshot);
                points = shelf.readTaken(taken, journal.lastSequence());
            }
            check.accept(points.config());
            Fsync.check(points.config());
            ExpiryKey.check(points.config());
            points.links().ifPresent(links -> links.read(() -> closed, this::report));
            return put(tenant, name, points, taken);
        } catch (DamagedFileException damaged) {
            letGo(taken);
            throw Refusals.invalidInput("the file is no sound snapshot: it is damaged or of another kind");
        } catch (IOException failed) {
            letGo(taken);
            throw Refusals.storageFailed("the snapshot cannot be taken: " + failed.getMessage());
        } catch (RuntimeException refused) {
            letGo(taken);
            throw refused;
        }
    }

    /// @param taken name of the snapshot on the shelf, null for a store in memory
    private Written put(String tenant, String name, Snapshot.Points points, @Nullable String taken) {
        changing.lock();
        try {
            Optional<Collection> before = Optional.ofNullable(byName.get(new Key(tenant, name)));
            if (before.isEmpty()) {
                requireFree(tenant, name);
            }
            Journal.Appended appended =
                    append(new LogRecord.Recovered(tenant, name, taken == null ? "nowhere" : taken));
            long id = appended.sequence();
            if (shelf != null && taken != null) {
                shelf.keep(taken, id);
            }
            add(points.collection(new Snapshot.Identity(id, tenant, name, id), journal));
            before.ifPresent(this::remove);
            CompletableFuture<Long> durable = Written.of(appended).durable();
            return new Written(
                    id, durable.whenComplete((done, failure) -> before.ifPresent(old -> remains(old, failure))));
        } finally {
            changing.unlock();
        }
    }

    private void letGo(@Nullable String taken) {
        if (shelf != null && taken != null) {
            try {
                shelf.letGo(taken);
            } catch (IOException failed) {
                LOG.warn("a snapshot that was refused stays until the next checkpoint: {}", failed.getMessage());
            }
        }
    }

    /// The snapshots that users make.
    public Archives archives() {
        return archives;
    }

    /// Drops a collection and its aliases; empty if none has that name.
    public Optional<Written> drop(String tenant, String name) {
        changing.lock();
        try {
            Collection collection = byName.get(new Key(tenant, name));
            if (collection == null) {
                return Optional.empty();
            }
            Journal.Appended appended = append(new LogRecord.Dropped(collection.id()));
            remove(collection);
            aliases.forget(tenant, name);
            CompletableFuture<Long> durable = Written.of(appended).durable();
            return Optional.of(new Written(
                    appended.sequence(), durable.whenComplete((done, failure) -> remains(collection, failure))));
        } finally {
            changing.unlock();
        }
    }

    private void remains(Collection collection, @Nullable Throwable failure) {
        if (shelf != null && failure == null) {
            remains.add(collection.id());
        }
    }

    /// Deletes what has expired, compacts what needs it, and makes a checkpoint if the journal has grown by
    /// `checkpointBytes`.
    public void maintain(long checkpointBytes) throws IOException {
        if (journal.refusal().isEmpty()) {
            byId.values().forEach(Sweeper::sweep);
        }
        for (Collection collection : byId.values()) {
            if (collection.damage().isEmpty() && collection.wantsCompaction()) {
                collection.compact();
            }
            collection.link(LINKED_AT_ONCE);
        }
        Shelf files = shelf;
        if (files == null || journal.refusal().isPresent() || (linker != null && !linker.hasRead())) {
            return;
        }
        long now = clock.getAsLong();
        if (journal.bytesSinceRoll() >= checkpointBytes || remains.isDue(now) || now >= retryAt) {
            checkpoint();
        } else if (!remains.isEmpty()) {
            forget(files);
        }
    }

    /// Gives back the disk that dropped collections take: their snapshots at once; their part of the journal if that
    /// is more than what has to be written for it, and else after a while.
    private void forget(Shelf files) throws IOException {
        long unwritten = byId.values().stream()
                .filter(collection -> !files.isCurrent(collection))
                .mapToLong(Collection::bytes)
                .sum();
        if (unwritten <= journal.bytesSinceRoll()) {
            checkpoint();
            return;
        }
        checkpointing.lock();
        try {
            Set<Long> gone = remains.dropped();
            byte[] names;
            changing.lock();
            try {
                names = names();
            } finally {
                changing.unlock();
            }
            files.forget(gone, names);
            remains.remove(gone);
            remains.inJournal(clock.getAsLong(), unwritten);
        } finally {
            checkpointing.unlock();
        }
    }

    /// Writes what changed since the last checkpoint, so that the journal before now can go.
    public void checkpoint() throws IOException {
        Shelf files = shelf;
        if (files == null) {
            return;
        }
        if (linker != null && !linker.awaitRead(MAX_READING_SECONDS)) {
            // a snapshot made now would lack the links
            throw new IOException("the links of the collections are still being read");
        }
        checkpointing.lock();
        try {
            Set<Long> gone = remains.dropped();
            long boundary = journal.roll();
            retryAt = clock.getAsLong() + RETRY_MICROS;
            List<Collection> present;
            byte[] names;
            // a creation holds this lock from its record to its name: none is in the ended files and not in the list
            changing.lock();
            try {
                present = List.copyOf(byId.values());
                names = names();
            } finally {
                changing.unlock();
            }
            files.checkpoint(boundary, present, names);
            retryAt = NEVER;
            remains.remove(gone);
            remains.written();
            journal.discardThrough(boundary);
        } finally {
            checkpointing.unlock();
        }
    }

    /// What a manifest has beside the collections. Under `changing`.
    private byte[] names() {
        Encoder names = new Encoder();
        aliases.write(names);
        quotas.write(names);
        return names.toBytes();
    }

    /// Makes a checkpoint if anything changed, and lets go of the directory. Closing again does nothing.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            if (journal.bytesSinceRoll() > 0 || retryAt != NEVER) {
                checkpoint();
            }
        } catch (JournalFailedException | IOException failed) {
            LOG.warn("no checkpoint at close, the next start replays the log: {}", failed.getMessage());
        } finally {
            closeWithoutCheckpoint();
        }
    }

    /// Leaves the directory as a crash would, but for what is acknowledged anyway.
    void closeWithoutCheckpoint() {
        closed = true;
        if (linker != null) {
            linker.close();
        }
        try {
            archives.close();
            journal.close();
            if (lockFile != null) {
                lockFile.close();
            }
        } catch (IOException failed) {
            LOG.warn("the vectors' files did not close: {}", failed.getMessage());
        }
    }

    private Journal.Appended append(LogRecord logRecord) {
        try {
            return journal.append(logRecord.encode());
        } catch (JournalFailedException failed) {
            throw Refusals.storageFailed(String.valueOf(failed.getMessage()));
        }
    }

    private void add(Collection collection) {
        collection.under(quotas, clock);
        byId.put(collection.id(), collection);
        // a record may come again that an older collection of the name was made by
        byName.merge(
                new Key(collection.tenant(), collection.name()),
                collection,
                (one, other) -> one.id() > other.id() ? one : other);
    }

    private void remove(Collection collection) {
        byName.remove(new Key(collection.tenant(), collection.name()), collection);
        byId.remove(collection.id());
        collection.drop();
    }

    private void replay(long sequence, byte[] body, long boundary, List<Snapshot.Links> links) {
        LogRecord found;
        try {
            found = LogRecord.decode(body);
        } catch (BufferUnderflowException | IllegalArgumentException unsound) {
            report("record " + sequence + " of the log is sound but makes no sense: " + unsound);
            return;
        }
        switch (found) {
            case LogRecord.Created(String tenant, String name, CollectionConfig config) -> {
                if (sequence > boundary && !byId.containsKey(sequence)) {
                    Collection collection = new Collection(sequence, tenant, name, config, journal);
                    collection.hold(true);
                    add(collection);
                }
            }
            case LogRecord.Recovered(String tenant, String name, String file) -> {
                if (sequence > boundary && !byId.containsKey(sequence)) {
                    Optional.ofNullable(byName.get(new Key(tenant, name)))
                            .filter(present -> present.id() < sequence)
                            .ifPresent(this::remove);
                    restoreTaken(sequence, tenant, name, file, links);
                }
            }
            case LogRecord.Dropped(long id) -> {
                Collection collection = byId.get(id);
                if (collection != null) {
                    remove(collection);
                    if (sequence > aliases.sequence()) {
                        aliases.forget(collection.tenant(), collection.name());
                    }
                }
            }
            case LogRecord.Limited(var next) -> {
                if (sequence > quotas.sequence()) {
                    quotas.apply(sequence, next);
                }
            }
            case LogRecord.Aliased(String tenant, var meanings) -> {
                if (sequence > aliases.sequence()) {
                    aliases.apply(sequence, tenant, meanings);
                }
            }
            case LogRecord.Changed(long id, List<Operation> operations) -> {
                Collection collection = byId.get(id);
                if (collection != null) {
                    collection.replay(sequence, operations);
                }
            }
        }
    }

    /// Replays the record that names a snapshot.
    private void restoreTaken(long sequence, String tenant, String name, String file, List<Snapshot.Links> links) {
        Shelf files = Objects.requireNonNull(shelf, "only a store on disk has records to replay");
        files.keep(file, sequence);
        Collection collection;
        try {
            Snapshot.Points points = files.readTaken(file, sequence);
            collection = points.collection(new Snapshot.Identity(sequence, tenant, name, sequence), journal);
            points.links().ifPresent(links::add);
        } catch (IOException damaged) {
            report(String.valueOf(damaged.getMessage()));
            collection = new Collection(sequence, tenant, name, Shelf.UNKNOWN, journal);
            collection.damaged(String.valueOf(damaged.getMessage()));
        }
        collection.hold(true);
        add(collection);
    }

    private void report(String finding) {
        findings.add(finding);
        LOG.error("{}", finding);
    }
}
