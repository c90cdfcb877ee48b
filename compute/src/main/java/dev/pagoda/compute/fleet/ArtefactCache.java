package dev.pagoda.compute.fleet;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The images and weights that a node keeps on its own disks: the least recently used go first, those in use
/// never.
///
/// One owner's thread.
public final class ArtefactCache {
    /// More names than a node's disks hold images.
    static final int MAX_ENTRIES = 65_536;

    private final long capacityBytes;
    /// The least recently used first; asking without using changes nothing.
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private long usedBytes;

    /// @param capacityBytes 0 for a node that keeps nothing
    public ArtefactCache(long capacityBytes) {
        if (capacityBytes < 0) {
            throw new IllegalArgumentException("a cache of " + capacityBytes + " bytes is below 0");
        }
        this.capacityBytes = capacityBytes;
    }

    public long capacityBytes() {
        return capacityBytes;
    }

    public long usedBytes() {
        return usedBytes;
    }

    /// Whether an artefact is there; does not count as a use.
    public boolean holds(String name) {
        return entries.containsKey(name);
    }

    /// Takes an artefact into use, fetching it if it is not there.
    ///
    /// @param name  what tells it from others, for example a digest
    /// @param bytes its size, at least 0
    /// @return whether it was there; one that does not fit beside what is in use is not kept and never there
    public boolean use(String name, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("artefact " + name + " of " + bytes + " bytes is below 0");
        }
        Entry entry = touch(name);
        if (entry != null) {
            entry.users++;
            return true;
        }
        if (makeRoom(bytes)) {
            Entry fresh = new Entry(bytes);
            fresh.users = 1;
            entries.put(name, fresh);
            usedBytes += bytes;
        }
        return false;
    }

    /// Says when an artefact that is being fetched will be there; nothing happens if it is not kept.
    public void arrives(String name, long atMicros) {
        Entry entry = entries.get(name);
        if (entry != null) {
            entry.readyMicros = atMicros;
        }
    }

    /// When an artefact that is kept has arrived, at the earliest.
    public long readyMicros(String name) {
        Entry entry = entries.get(name);
        return entry == null ? 0 : entry.readyMicros;
    }

    /// The same artefacts in the same use.
    public ArtefactCache copy() {
        var copy = new ArtefactCache(capacityBytes);
        entries.forEach((name, entry) -> copy.entries.put(name, new Entry(entry)));
        copy.usedBytes = usedBytes;
        return copy;
    }

    /// What it keeps, the least recently used first.
    public List<Kept> kept() {
        List<Kept> kept = new ArrayList<>(entries.size());
        entries.forEach((name, entry) -> kept.add(new Kept(name, entry.bytes, entry.users, entry.readyMicros)));
        return List.copyOf(kept);
    }

    /// A cache as [#kept()] described it.
    public static ArtefactCache of(long capacityBytes, List<Kept> kept) {
        var cache = new ArtefactCache(capacityBytes);
        for (Kept each : kept) {
            var entry = new Entry(each.bytes);
            entry.users = each.users;
            entry.readyMicros = each.readyMicros;
            cache.entries.put(each.name, entry);
            cache.usedBytes += each.bytes;
        }
        return cache;
    }

    /// An artefact on the disks of a node.
    ///
    /// @param users       tasks that need it there
    /// @param readyMicros when it has arrived
    public record Kept(String name, long bytes, int users, long readyMicros) {}

    /// Ends one use; the artefact stays until its room is needed.
    public void release(String name) {
        Entry entry = touch(name);
        if (entry != null && entry.users > 0) {
            entry.users--;
        }
    }

    private @Nullable Entry touch(String name) {
        Entry entry = entries.remove(name);
        if (entry != null) {
            entries.put(name, entry);
        }
        return entry;
    }

    /// Loses everything, as a node that is set up anew.
    public void clear() {
        entries.clear();
        usedBytes = 0;
    }

    private boolean makeRoom(long bytes) {
        long idle = 0;
        for (Entry entry : entries.values()) {
            idle += entry.users == 0 ? entry.bytes : 0;
        }
        if (bytes > capacityBytes - usedBytes + idle) {
            return false;
        }
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext() && (bytes > capacityBytes - usedBytes || entries.size() >= MAX_ENTRIES)) {
            Entry entry = oldest.next();
            if (entry.users == 0) {
                oldest.remove();
                usedBytes -= entry.bytes;
            }
        }
        return entries.size() < MAX_ENTRIES;
    }

    private static final class Entry {
        private final long bytes;
        private int users;
        private long readyMicros;

        Entry(long bytes) {
            this.bytes = bytes;
        }

        Entry(Entry origin) {
            bytes = origin.bytes;
            users = origin.users;
            readyMicros = origin.readyMicros;
        }
    }
}
