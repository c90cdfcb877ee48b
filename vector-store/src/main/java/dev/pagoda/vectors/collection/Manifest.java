package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Disk;
import dev.pagoda.vectors.storage.Encoder;
import dev.pagoda.vectors.storage.FramedFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which snapshots count, and from where on the journal does. It is kept twice, so that damage to either costs nothing.
///
/// @param boundary records up to here are in the snapshots
/// @param entries  by the collection's id
/// @param names    what else was known at the time, in the catalogue's own words; null if nothing was written
record Manifest(long boundary, Map<Long, Entry> entries, byte @Nullable [] names) {
    private static final List<String> NAMES = List.of("MANIFEST", "MANIFEST.copy");

    static final Manifest EMPTY = new Manifest(0, Map.of(), null);

    Manifest {
        entries = Map.copyOf(entries);
    }

    /// A collection and its snapshot.
    record Entry(long id, String tenant, String name, String file, long sequence) {}

    /// Reads the sound one of the two.
    ///
    /// @param finding gets a sentence for a damaged one
    /// @return empty if both are damaged; nothing in it if there is none
    static Optional<Manifest> read(Disk disk, Path home, Consumer<String> finding) throws IOException {
        Optional<Manifest> found = Optional.empty();
        boolean isAny = false;
        for (String name : NAMES) {
            Path file = home.resolve(name);
            if (!disk.exists(file)) {
                continue;
            }
            isAny = true;
            try {
                Manifest manifest = read(disk, file);
                // the first is the newer one if a crash came between the two
                found = found.or(() -> Optional.of(manifest));
            } catch (DamagedFileException | BufferUnderflowException | IllegalArgumentException damaged) {
                finding.accept(
                        damaged instanceof DamagedFileException
                                ? String.valueOf(damaged.getMessage())
                                : file + " holds no sound manifest: " + damaged);
            }
        }
        return isAny ? found : Optional.of(EMPTY);
    }

    private static Manifest read(Disk disk, Path file) throws IOException {
        Map<Long, Entry> entries = new HashMap<>();
        long[] boundary = {0};
        byte[] @Nullable [] names = {null};
        boolean[] isFirst = {true};
        FramedFile.read(disk, file, body -> {
            if (!isFirst[0]) {
                names[0] = body;
                return;
            }
            isFirst[0] = false;
            Decoder in = new Decoder(body);
            boundary[0] = in.readLong();
            for (int i = in.readCount(); i > 0; i--) {
                long id = in.readLong();
                entries.put(id, new Entry(id, in.readText(), in.readText(), in.readText(), in.readLong()));
            }
        });
        return new Manifest(boundary[0], entries, names[0]);
    }

    void write(Disk disk, Path home) throws IOException {
        Encoder out = new Encoder().writeLong(boundary).writeInt(entries.size());
        for (Entry entry : entries.values()) {
            out.writeLong(entry.id())
                    .writeText(entry.tenant())
                    .writeText(entry.name())
                    .writeText(entry.file())
                    .writeLong(entry.sequence());
        }
        for (String name : NAMES) {
            FramedFile.write(disk, home.resolve(name), sink -> {
                sink.block(out.toBytes());
                if (names != null) {
                    sink.block(names);
                }
            });
        }
    }
}
