package dev.pagoda.compute.fleet;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// The images and weights that a node keeps on its own disks: the least recently used go first, those in use
/// never.
///
/// One owner's thread.
public final class ArtefactCache {
    /// More names than a node's disks hold images.
    static final int MAX_ENTRIES = 65_536;

    private final long capacityBytes;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
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
        Entry entry = entries.get(name);
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

    /// Ends one use; the artefact stays until its room is needed.
    public void release(String name) {
        Entry entry = entries.get(name);
        if (entry != null && entry.users > 0) {
            entry.users--;
        }
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

        Entry(long bytes) {
            this.bytes = bytes;
        }
    }
}
