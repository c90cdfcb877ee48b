package dev.pagoda.vectors.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A disk in memory that can be full, that can lose its power, and that then keeps for sure only what was forced.
///
/// **Power.** After a given number of changes every call fails. [#restarted] gives what is found afterwards: of each
/// file its forced bytes, and of the writes since then each one whole, its beginning, or nothing, whatever was written
/// before it. Names that were made, moved or deleted since their directory was forced are kept up to some point in
/// their order, as a journalling file system keeps them.
public final class SimulatedDisk implements Disk {
    private final Map<Path, Content> names = new TreeMap<>();
    private final Map<Path, Content> forcedNames = new TreeMap<>();
    private final List<Renaming> renamings = new ArrayList<>();
    private long capacityBytes = Long.MAX_VALUE;
    private long changesLeft = Long.MAX_VALUE;
    private int forcesToFail;
    private @Nullable String refusedName;
    private long changes;

    /// What a directory went through and is not forced yet: `content` null for a deletion.
    private record Renaming(Path name, @Nullable Content content) {}

    /// A write that is not forced yet; a cut if `bytes` is null.
    private record Write(long offset, byte @Nullable [] bytes) {}

    private static final class Content {
        private byte[] bytes = new byte[256];
        private int size;
        private byte[] forced = new byte[0];
        private final List<Write> pending = new ArrayList<>();

        void write(long offset, byte[] source, int length) {
            int end = Math.toIntExact(offset + length);
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
            }
            System.arraycopy(source, 0, bytes, (int) offset, length);
            size = Math.max(size, end);
        }

        void truncate(long length) {
            if (length < size) {
                Arrays.fill(bytes, (int) length, size, (byte) 0);
                size = (int) length;
            }
        }

        static Content of(byte[] found) {
            Content content = new Content();
            content.write(0, found, found.length);
            content.forced = found;
            return content;
        }
    }

    /// The disk takes this many bytes in all.
    public synchronized void setCapacity(long bytes) {
        capacityBytes = bytes;
    }

    public synchronized long usedBytes() {
        return names.values().stream()
                .distinct()
                .mapToLong(content -> content.size)
                .sum();
    }

    /// After this many further changes the power is off.
    public synchronized void cutPowerAfter(long more) {
        changesLeft = more;
    }

    public synchronized boolean hasPower() {
        return changesLeft > 0;
    }

    /// Changes so far.
    public synchronized long changes() {
        return changes;
    }

    /// The next forces fail, and what they should have forced is dropped, as by a kernel that could not write it back.
    public synchronized void failForces(int count) {
        forcesToFail = count;
    }

    /// No file can be moved to this name; null = to any.
    public synchronized void refuse(@Nullable String name) {
        refusedName = name;
    }

    /// The disk as it is found when the power is back.
    public synchronized SimulatedDisk restarted(Random random) {
        Map<Path, Content> kept = new TreeMap<>(forcedNames);
        int lasting = renamings.isEmpty() ? 0 : random.nextInt(renamings.size() + 1);
        for (Renaming renaming : renamings.subList(0, lasting)) {
            if (renaming.content() == null) {
                kept.remove(renaming.name());
            } else {
                kept.put(renaming.name(), renaming.content());
            }
        }
        SimulatedDisk after = new SimulatedDisk();
        Map<Content, Content> survivors = new HashMap<>();
        kept.forEach((name, content) ->
                after.names.put(name, survivors.computeIfAbsent(content, each -> survivor(each, random))));
        after.forcedNames.putAll(after.names);
        return after;
    }

    private static Content survivor(Content content, Random random) {
        Content found = Content.of(content.forced.clone());
        for (Write write : content.pending) {
            byte[] bytes = write.bytes();
            int fate = random.nextInt(3);
            if (fate == 0) {
                continue;
            }
            if (bytes == null) {
                found.truncate(write.offset());
            } else {
                found.write(write.offset(), bytes, fate == 1 ? bytes.length : random.nextInt(bytes.length + 1));
            }
        }
        return Content.of(Arrays.copyOf(found.bytes, found.size));
    }

    /// Flips one bit of a file.
    public synchronized void flip(Path file, long bit) {
        Content content = Objects.requireNonNull(names.get(file));
        content.bytes[(int) (bit / 8)] ^= (byte) (1 << (bit % 8));
        content.forced = Arrays.copyOf(content.bytes, content.size);
    }

    public synchronized byte[] bytes(Path file) {
        Content content = Objects.requireNonNull(names.get(file), file::toString);
        return Arrays.copyOf(content.bytes, content.size);
    }

    public synchronized List<Path> files() {
        return List.copyOf(names.keySet());
    }

    @Override
    public void createDirectories(Path directory) {
        // directories are their files' names
    }

    @Override
    public synchronized boolean exists(Path file) {
        return names.containsKey(file);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        return names.keySet().stream()
                .filter(file -> directory.equals(file.getParent()))
                .toList();
    }

    @Override
    public synchronized File open(Path file) throws IOException {
        Content content = names.get(file);
        if (content == null) {
            throw new NoSuchFileException(file.toString());
        }
        return new Open(content);
    }

    @Override
    public synchronized File openOrCreate(Path file) throws IOException {
        Content content = names.get(file);
        if (content == null) {
            change();
            content = new Content();
            names.put(file, content);
            renamings.add(new Renaming(file, content));
        }
        return new Open(content);
    }

    @Override
    public synchronized void move(Path from, Path to) throws IOException {
        change();
        if (String.valueOf(to.getFileName()).equals(refusedName)) {
            throw new IOException("no space left for " + to);
        }
        Content content = names.remove(from);
        if (content == null) {
            throw new NoSuchFileException(from.toString());
        }
        names.put(to, content);
        renamings.add(new Renaming(to, content));
        renamings.add(new Renaming(from, null));
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        change();
        if (names.remove(file) != null) {
            renamings.add(new Renaming(file, null));
        }
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        change();
        renamings.removeIf(renaming -> {
            boolean isHere = directory.equals(renaming.name().getParent());
            if (isHere && renaming.content() == null) {
                forcedNames.remove(renaming.name());
            } else if (isHere) {
                forcedNames.put(renaming.name(), Objects.requireNonNull(renaming.content()));
            }
            return isHere;
        });
    }

    @Override
    public Closeable lock(Path file) {
        return () -> {};
    }

    private void change() throws IOException {
        if (changesLeft <= 0) {
            throw new IOException("the power is off");
        }
        changesLeft--;
        changes++;
    }

    private final class Open implements File {
        private final Content content;

        Open(Content content) {
            this.content = content;
        }

        @Override
        public long size() {
            synchronized (SimulatedDisk.this) {
                return content.size;
            }
        }

        @Override
        public int read(ByteBuffer target, long offset) {
            synchronized (SimulatedDisk.this) {
                int length = (int) Math.max(0, Math.min(target.remaining(), content.size - offset));
                target.put(content.bytes, (int) Math.min(offset, content.size), length);
                return length;
            }
        }

        @Override
        public void write(ByteBuffer source, long offset) throws IOException {
            synchronized (SimulatedDisk.this) {
                long room = capacityBytes - usedBytes() + Math.max(0, content.size - offset);
                byte[] bytes = new byte[(int) Math.max(0, Math.min(source.remaining(), room))];
                boolean isFull = bytes.length < source.remaining();
                source.get(bytes);
                boolean isLast = changesLeft == 1;
                change();
                content.write(offset, bytes, bytes.length);
                content.pending.add(new Write(offset, bytes));
                if (isLast) {
                    throw new IOException("the power is off");
                }
                if (isFull) {
                    throw new IOException("No space left on device");
                }
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimulatedDisk.this) {
                if (size < content.size) {
                    change();
                    content.truncate(size);
                    content.pending.add(new Write(size, null));
                }
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (SimulatedDisk.this) {
                change();
                if (forcesToFail > 0) {
                    forcesToFail--;
                    content.pending.clear();
                    throw new IOException("Input/output error");
                }
                content.forced = Arrays.copyOf(content.bytes, content.size);
                content.pending.clear();
            }
        }

        @Override
        public void close() {
            // nothing is kept open
        }
    }
}
