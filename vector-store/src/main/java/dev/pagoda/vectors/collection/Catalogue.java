package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import dev.pagoda.vectors.storage.FileJournal;
import dev.pagoda.vectors.storage.FramedFile;
import dev.pagoda.vectors.storage.Journal;
import dev.pagoda.vectors.storage.JournalFailedException;
import dev.pagoda.vectors.storage.MemoryJournal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All collections of all tenants, and where they are kept.
///
/// **Files.** `log/` has the journal of all collections, `snapshots/` a file a collection, and `MANIFEST` says which
/// snapshots count and from where on the journal does. A checkpoint ends the present file of the journal, writes the
/// collections that changed, then the manifest, and only then lets go of old files; a crash at any point leaves the
/// old state or the new one. Opening reads the manifest, its snapshots, and replays the records behind them.
///
/// **Damage.** What the journal lost is reported. A collection whose snapshot is damaged is listed and refuses its
/// data, and its file is kept, until somebody drops it.
///
/// Safe from any thread.
public final class Catalogue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Catalogue.class);
    private static final String MANIFEST = "MANIFEST";
    private static final String SNAPSHOTS = "snapshots";
    private static final int MAX_NAME = 255;
    private static final String NAME_TABOOS = "<>:\"/\\|?*\0\u001f";

    private final @Nullable Path directory;
    private final @Nullable FileChannel lockFile;
    private final int maxCollectionsPerTenant;
    private final ReentrantLock changing = new ReentrantLock();
    private final ReentrantLock checkpointing = new ReentrantLock();
    private final Map<Key, Collection> byName = new ConcurrentHashMap<>();
    private final Map<Long, Collection> byId = new ConcurrentHashMap<>();

    /// Changed under `changing`, and while opening.
    private final Aliases aliases = new Aliases();

    private final Quotas quotas;

    /// The snapshot file of each collection; while opening and under `checkpointing`.
    private final Map<Long, Entry> files = new HashMap<>();

    private final List<String> findings = new ArrayList<>();
    private final Journal journal;

    private volatile boolean closed;

    /// Records up to here are in the snapshots; while opening.
    private long manifestSequence;

    private record Key(String tenant, String name) {}

    /// A line of the manifest.
    private record Entry(long id, String tenant, String name, String file, long sequence) {}

    private Catalogue(@Nullable Path directory, int maxCollectionsPerTenant) throws IOException {
        this.directory = directory;
        this.maxCollectionsPerTenant = maxCollectionsPerTenant;
        this.quotas = new Quotas(directory);
        if (directory == null) {
            this.lockFile = null;
            this.journal = new MemoryJournal();
            return;
        }
        Files.createDirectories(directory.resolve(SNAPSHOTS));
        this.lockFile = lock(directory);
        FileJournal log = FileJournal.open(directory.resolve("log"));
        this.journal = log;
        try {
            long last = Math.max(readManifest(directory), Math.max(aliases.sequence(), quotas.sequence()));
            for (Entry entry : files.values()) {
                load(directory, entry);
                last = Math.max(last, entry.sequence());
            }
            log.recover(last, this::replay, this::report);
        } catch (IOException | RuntimeException failed) {
            lockFile.close();
            throw failed;
        }
    }

    /// Nothing is kept.
    public static Catalogue inMemory(int maxCollectionsPerTenant) {
        try {
            return new Catalogue(null, maxCollectionsPerTenant);
        } catch (IOException unreachable) {
            throw new UncheckedIOException("nothing is read for a store in memory", unreachable);
        }
    }

    /// Opens what a directory holds, made if absent; takes as long as reading it.
    ///
    /// @throws IOException if the directory cannot be used, another process uses it, or the manifest is damaged
    public static Catalogue open(Path directory, int maxCollectionsPerTenant) throws IOException {
        return new Catalogue(directory, maxCollectionsPerTenant);
    }

    /// What was found damaged when the store was opened, a sentence each.
    public List<String> findings() {
        return List.copyOf(findings);
    }

    /// The number of times that the journal forced its file to disk.
    public long forces() {
        return journal.forces();
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
            return Optional.of(new Written(appended.sequence(), Collection.durable(appended)));
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
        return byId.values().stream()
                .sorted(Comparator.comparing(Collection::tenant).thenComparing(Collection::name))
                .toList();
    }

    /// Makes a collection.
    ///
    /// @throws dev.pagoda.governance.bus.Refused `collection_exists`, or `invalid_name`
    public Written create(String tenant, String name, CollectionConfig config) {
        requireName(name);
        changing.lock();
        try {
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
            Journal.Appended appended = append(new LogRecord.Created(tenant, name, config));
            add(new Collection(appended.sequence(), tenant, name, config, journal));
            return new Written(appended.sequence(), Collection.durable(appended));
        } finally {
            changing.unlock();
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
            return new Written(appended.sequence(), Collection.durable(appended));
        } finally {
            changing.unlock();
        }
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
            return Optional.of(new Written(appended.sequence(), Collection.durable(appended)));
        } finally {
            changing.unlock();
        }
    }

    /// Compacts what needs it, and makes a checkpoint if the journal has grown by `checkpointBytes`.
    public void maintain(long checkpointBytes) throws IOException {
        for (Collection collection : byId.values()) {
            if (collection.damage().isEmpty() && collection.wantsCompaction()) {
                collection.compact();
            }
        }
        if (journal.bytesSinceRoll() >= checkpointBytes) {
            checkpoint();
        }
    }

    /// Writes what changed since the last checkpoint, so that the journal before now can go.
    public void checkpoint() throws IOException {
        Path home = directory;
        if (home == null) {
            return;
        }
        checkpointing.lock();
        try {
            long boundary = journal.roll();
            List<Collection> present;
            Encoder names = new Encoder();
            // a creation holds this lock from its record to its name: none is in the ended files and not in the list
            changing.lock();
            try {
                present = List.copyOf(byId.values());
                aliases.write(names);
                quotas.write(names);
            } finally {
                changing.unlock();
            }
            Map<Long, Entry> next = new HashMap<>();
            for (Collection collection : present) {
                next.put(collection.id(), keepOrWrite(home, collection, files.get(collection.id())));
            }
            writeManifest(home, boundary, next, names);
            files.clear();
            files.putAll(next);
            journal.discardThrough(boundary);
            deleteStrangers(home);
        } finally {
            checkpointing.unlock();
        }
    }

    /// Makes a checkpoint if anything changed, and lets go of the directory. Closing again does nothing.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            if (journal.bytesSinceRoll() > 0) {
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
        try {
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
        collection.under(quotas);
        byId.put(collection.id(), collection);
        byName.put(new Key(collection.tenant(), collection.name()), collection);
    }

    private void remove(Collection collection) {
        byName.remove(new Key(collection.tenant(), collection.name()));
        byId.remove(collection.id());
        collection.drop();
    }

    private void replay(long sequence, byte[] body) {
        LogRecord found;
        try {
            found = LogRecord.decode(body);
        } catch (BufferUnderflowException | IllegalArgumentException unsound) {
            report("record " + sequence + " of the log is sound but makes no sense: " + unsound);
            return;
        }
        switch (found) {
            case LogRecord.Created(String tenant, String name, CollectionConfig config) -> {
                if (sequence > manifestSequence && !byId.containsKey(sequence)) {
                    add(new Collection(sequence, tenant, name, config, journal));
                }
            }
            case LogRecord.Dropped(long id) -> {
                Collection collection = byId.get(id);
                if (collection != null) {
                    remove(collection);
                    aliases.forget(collection.tenant(), collection.name());
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

    private void report(String finding) {
        findings.add(finding);
        LOG.error("{}", finding);
    }

    private void load(Path home, Entry entry) throws IOException {
        Path file = home.resolve(SNAPSHOTS).resolve(entry.file());
        Collection collection;
        try {
            collection = Snapshot.read(file, journal);
        } catch (DamagedFileException | NoSuchFileException damaged) {
            String reason = damaged instanceof NoSuchFileException ? file + " is missing" : damaged.getMessage();
            report(String.valueOf(reason));
            CollectionConfig empty = new CollectionConfig(Map.of(), Map.of(), HnswConfig.DEFAULT, Map.of(), Map.of());
            collection = new Collection(entry.id(), entry.tenant(), entry.name(), empty, journal);
            collection.damaged(String.valueOf(reason));
        }
        add(collection);
    }

    private static Entry keepOrWrite(Path home, Collection collection, @Nullable Entry old) throws IOException {
        if (old != null && (collection.damage().isPresent() || old.sequence() == collection.committed())) {
            return old;
        }
        try (Snapshot snapshot = collection.snapshot()) {
            String file = collection.id() + "-" + snapshot.sequence() + ".snapshot";
            snapshot.write(home.resolve(SNAPSHOTS).resolve(file));
            return new Entry(collection.id(), collection.tenant(), collection.name(), file, snapshot.sequence());
        }
    }

    private static void writeManifest(Path home, long boundary, Map<Long, Entry> entries, Encoder names)
            throws IOException {
        Encoder out = new Encoder().writeLong(boundary).writeInt(entries.size());
        for (Entry entry : entries.values()) {
            out.writeLong(entry.id())
                    .writeText(entry.tenant())
                    .writeText(entry.name())
                    .writeText(entry.file())
                    .writeLong(entry.sequence());
        }
        FramedFile.write(home.resolve(MANIFEST), sink -> {
            sink.block(out.toBytes());
            sink.block(names.toBytes());
        });
    }

    /// @return the number of the last record that the snapshots hold for sure
    private long readManifest(Path home) throws IOException {
        Path file = home.resolve(MANIFEST);
        if (!Files.exists(file)) {
            return 0;
        }
        boolean[] hasEntries = {false};
        FramedFile.read(file, body -> {
            Decoder in = new Decoder(body);
            if (hasEntries[0]) {
                aliases.read(in);
                quotas.read(in);
                return;
            }
            hasEntries[0] = true;
            manifestSequence = in.readLong();
            for (int i = in.readCount(); i > 0; i--) {
                long id = in.readLong();
                files.put(id, new Entry(id, in.readText(), in.readText(), in.readText(), in.readLong()));
            }
        });
        return manifestSequence;
    }

    /// Deletes snapshots that the manifest does not name.
    private void deleteStrangers(Path home) throws IOException {
        Set<String> known = new HashSet<>();
        files.values().forEach(entry -> known.add(entry.file()));
        try (var present = Files.newDirectoryStream(home.resolve(SNAPSHOTS))) {
            for (Path file : present) {
                if (!known.contains(file.getFileName().toString())) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static FileChannel lock(Path home) throws IOException {
        FileChannel channel =
                FileChannel.open(home.resolve("LOCK"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldHere) {
            LOG.debug("the lock is held by this process", heldHere);
        }
        channel.close();
        throw new IOException("another process uses the vectors in " + home);
    }

    private static void requireName(String name) {
        if (name.isEmpty() || name.length() > MAX_NAME) {
            throw Refusals.invalidName(
                    "[collection_name: value \"" + name + "\" invalid, must be from 1 to 255 characters]");
        }
        for (int i = 0; i < name.length(); i++) {
            if (NAME_TABOOS.indexOf(name.charAt(i)) >= 0) {
                throw Refusals.invalidName(
                        "[collection_name: collection name cannot contain \"" + name.charAt(i) + "\" char]");
            }
        }
    }
}
