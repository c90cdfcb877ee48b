package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Multi;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.hnsw.Image;
import dev.pagoda.vectors.hnsw.Restoration;
import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Disk;
import dev.pagoda.vectors.storage.Encoder;
import dev.pagoda.vectors.storage.FramedFile;
import dev.pagoda.vectors.storage.Journal;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The state of a collection up to a sequence number, to be written to a file and read back. Until it is closed
/// the generation gives no slot away.
///
/// A file is a header block, blocks of slots in ascending order, and blocks of each index's links. Free slots
/// keep the rows that an index still walks over. So a restart restores links instead of building them. Only
/// where the links are of another format, or of other parameters than the collection has now, or damaged, they
/// are built anew.
///
/// **Reading** has two parts: first the points, after which everything is found, then the links, beside whoever
/// uses the collection.
final class Snapshot implements AutoCloseable {
    private static final int FORMAT = 3;

    /// Had one pair of parameters for the graphs of all fields.
    private static final int FORMAT_WITH_SAME_GRAPHS = 2;

    /// Had links of another kind, which are passed over.
    private static final int FORMAT_WITH_OTHER_LINKS = 1;

    private static final int HEADER = 0;
    private static final int SLOTS = 1;
    private static final int OTHER_LINKS = 2;
    private static final int LINKS = 3;

    /// Blocks are ended at about this size.
    private static final int BLOCK_BYTES = 1 << 20;

    private final long id;
    private final String tenant;
    private final String name;
    private final long sequence;
    private final CollectionConfig config;
    private final Generation generation;
    private final Map<String, DenseField> fields;
    private final @Nullable Living[] living;
    private final Map<String, Image> images;

    /// A point with the content that it had when the snapshot was taken.
    private record Living(StoredPoint point, StoredPoint.Content content) {}

    private Snapshot(
            Collection collection, Generation generation, @Nullable Living[] living, Map<String, Image> images) {
        this.id = collection.id();
        this.tenant = collection.tenant();
        this.name = collection.name();
        this.sequence = collection.committed();
        this.config = collection.config();
        this.generation = generation;
        this.fields = generation.dense();
        this.living = living;
        this.images = images;
    }

    /// Under the collection's lock: notes which points live with what payload and how the indexes are linked, copies
    /// no vectors.
    static Snapshot capture(Collection collection, Generation generation) {
        Living[] living = new Living[generation.end()];
        for (int slot = 0; slot < living.length; slot++) {
            StoredPoint point = generation.at(slot);
            living[slot] = point != null && point.isAlive() ? new Living(point, point.content()) : null;
        }
        Map<String, Image> images = new LinkedHashMap<>();
        generation.dense().forEach((name, field) -> {
            if (field.isLinked()) {
                images.put(name, field.index().image());
            }
        });
        generation.pin();
        return new Snapshot(collection, generation, living, images);
    }

    @Override
    public void close() {
        generation.unpin();
    }

    long sequence() {
        return sequence;
    }

    /// Writes a file whose name survives a power cut once its directory is forced.
    void write(Disk disk, Path file) throws IOException {
        FramedFile.writeUnnamed(disk, file, sink -> {
            Encoder header = new Encoder()
                    .writeByte(HEADER)
                    .writeInt(FORMAT)
                    .writeLong(id)
                    .writeText(tenant)
                    .writeText(name)
                    .writeLong(sequence);
            LogRecord.writeConfig(header, config);
            header.writeInt(fields.size());
            fields.forEach((field, dense) -> header.writeText(field).writeText(dense.shape()));
            sink.block(header.toBytes());
            writeSlots(sink);
            for (Map.Entry<String, Image> entry : images.entrySet()) {
                writeLinks(sink, entry.getKey(), entry.getValue());
            }
        });
    }

    private void writeSlots(FramedFile.Sink sink) throws IOException {
        Map<String, BitSet> linked = new LinkedHashMap<>();
        images.forEach((field, image) -> {
            BitSet nodes = new BitSet();
            for (int node : image.nodes()) {
                nodes.set(node);
            }
            linked.put(field, nodes);
        });
        for (int slot = 0; slot < living.length; ) {
            Encoder block = new Encoder().writeByte(SLOTS).writeInt(slot);
            for (; slot < living.length && block.size() < BLOCK_BYTES; slot++) {
                writeSlot(block, slot, linked);
            }
            sink.block(block.toBytes());
        }
    }

    private void writeSlot(Encoder block, int slot, Map<String, BitSet> linked) {
        Living taken = living[slot];
        List<String> rows = new ArrayList<>();
        fields.forEach((field, _) -> {
            BitSet nodes = linked.get(field);
            if (taken != null ? taken.point().vectors().dense().contains(field) : nodes != null && nodes.get(slot)) {
                rows.add(field);
            }
        });
        block.writeInt(rows.size());
        for (String field : rows) {
            DenseField dense = fields.get(field);
            if (dense != null) {
                block.writeText(field).writeFloats(dense.row(slot));
            }
        }
        if (taken == null) {
            block.writeByte(0);
            return;
        }
        StoredPoint point = taken.point();
        StoredPoint.Content content = taken.content();
        block.writeByte(1);
        LogRecord.writeId(block, point.id());
        block.writeLong(point.born()).writeLong(content.version()).writeValue(content.payload());
        StoredPoint.Vectors vectors = point.vectors();
        block.writeInt(vectors.sparse().size() + vectors.multi().size());
        vectors.sparse().forEach((field, vector) -> LogRecord.writeVector(block.writeText(field), vector));
        vectors.multi().forEach((field, vector) -> LogRecord.writeVector(block.writeText(field), vector.value()));
    }

    private static void writeLinks(FramedFile.Sink sink, String field, Image image) throws IOException {
        for (int at = 0; at < image.nodes().length; ) {
            Encoder block = new Encoder()
                    .writeByte(LINKS)
                    .writeText(field)
                    .writeLong(image.entry())
                    .writeInt(image.root());
            for (; at < image.nodes().length && block.size() < BLOCK_BYTES; at++) {
                int[][] upper = image.upper()[at];
                block.writeInt(image.nodes()[at])
                        .writeByte(image.live()[at] ? 1 : 0)
                        .writeInts(image.lowest()[at])
                        .writeInt(upper.length);
                for (int[] list : upper) {
                    block.writeInts(list);
                }
            }
            sink.block(block.toBytes());
        }
    }

    /// A collection whose points were read, and where its links are.
    ///
    /// @param links reads them, to be run once; empty if there are none to read
    record Restored(Collection collection, Optional<Links> links) {}

    /// Reads the points.
    ///
    /// @throws DamagedFileException if the file is not what was written
    static Restored read(Disk disk, Path file, Journal journal) throws IOException {
        Points points = readPoints(disk, file, Long.MAX_VALUE);
        return new Restored(points.collection(points.written(), journal), points.links());
    }

    /// Reads the points of a snapshot that may be of another collection, or of another store.
    ///
    /// @param last points are taken to have changed no later than this
    /// @throws DamagedFileException if the file is not what was written
    static Points readPoints(Disk disk, Path file, long last) throws IOException {
        Reading reading = new Reading(last);
        try (FramedFile.Blocks blocks = FramedFile.open(disk, file)) {
            FramedFile.Place place = blocks.place();
            Optional<byte[]> block = blocks.next();
            while (block.isPresent() && reading.isOfPoints(block.get())) {
                place = blocks.place();
                block = blocks.next();
            }
            reading.finishPoints();
            if (block.isEmpty() || !reading.hasLinks()) {
                reading.abandon();
                return new Points(reading, Optional.empty());
            }
            return new Points(reading, Optional.of(new Links(disk, file, place, reading)));
        } catch (BufferUnderflowException | IllegalArgumentException | IllegalStateException unsound) {
            throw new DamagedFileException(file + " holds no sound snapshot: " + unsound);
        }
    }

    /// Points that were read, to become a collection.
    ///
    /// @param links reads them, to be run once; empty if there are none to read
    record Points(Reading reading, Optional<Links> links) {
        /// Whose they were when they were written.
        Identity written() {
            return reading.requireHeader().identity();
        }

        CollectionConfig config() {
            return reading.requireHeader().config();
        }

        Collection collection(Identity who, Journal journal) {
            return new Collection(
                    who.id(),
                    who.tenant(),
                    who.name(),
                    config(),
                    journal,
                    reading.requireHeader().generation(),
                    who.sequence());
        }
    }

    /// Who a collection is.
    record Identity(long id, String tenant, String name, long sequence) {}

    /// The links of a collection whose points are restored.
    static final class Links {
        private final Disk disk;
        private final Path file;
        private final FramedFile.Place place;
        private final Reading reading;

        private Links(Disk disk, Path file, FramedFile.Place place, Reading reading) {
            this.disk = disk;
            this.file = file;
            this.place = place;
            this.reading = reading;
        }

        /// Reads the links; what has none afterwards waits to be linked.
        ///
        /// @param stop    whether to leave it be
        /// @param finding gets a sentence if the file is damaged
        void read(BooleanSupplier stop, Consumer<String> finding) {
            try (FramedFile.Blocks blocks = FramedFile.open(disk, file, place)) {
                Optional<byte[]> block = blocks.next();
                for (; block.isPresent() && !stop.getAsBoolean(); block = blocks.next()) {
                    reading.linkBlock(block.get());
                }
                if (block.isEmpty()) {
                    reading.finishLinks();
                }
            } catch (IOException
                    | BufferUnderflowException
                    | IllegalArgumentException
                    | IllegalStateException unsound) {
                finding.accept((unsound instanceof DamagedFileException
                                ? unsound.getMessage()
                                : file + " holds no sound links from offset " + place.offset() + " on: " + unsound)
                        + "; the vectors are sound and linked anew");
            }
            reading.abandon();
        }
    }

    /// A snapshot being read.
    static final class Reading {
        private final long last;

        /// Those whose links are not set yet.
        private final Map<String, Restoration> restorations = new LinkedHashMap<>();

        private final Map<String, Ends> ends = new LinkedHashMap<>();
        private @Nullable Header header;

        private record Header(Identity identity, CollectionConfig config, Generation generation, Set<String> linked) {
            /// Whether the links of a field are taken as they were written.
            boolean hasLinks(String field) {
                return linked.contains(field);
            }
        }

        /// Where the walks of an index begin.
        private record Ends(long entry, int root) {}

        private Reading(long last) {
            this.last = last;
        }

        /// Takes a block if it belongs to the first part.
        boolean isOfPoints(byte[] bytes) {
            Decoder in = new Decoder(bytes);
            int kind = in.readByte();
            switch (kind) {
                case HEADER -> readHeader(in);
                case SLOTS -> readSlots(in);
                case LINKS, OTHER_LINKS -> {
                    requireHeader();
                    return false;
                }
                default -> throw new IllegalArgumentException("no block is of kind " + kind);
            }
            return true;
        }

        void linkBlock(byte[] bytes) {
            Decoder in = new Decoder(bytes);
            int kind = in.readByte();
            if (kind == LINKS) {
                readLinks(in);
            } else if (kind != OTHER_LINKS) {
                throw new IllegalArgumentException("a block of kind " + kind + " is among the links");
            }
        }

        void finishPoints() {
            Header known = requireHeader();
            known.generation().dense().forEach((field, dense) -> {
                restorations.put(field, dense.restored());
                if (!dense.isLinked()) {
                    known.linked().remove(field);
                }
            });
            restorations.values().forEach(Restoration::open);
        }

        /// Whether there is a field whose links can be read.
        boolean hasLinks() {
            return !requireHeader().linked().isEmpty();
        }

        void finishLinks() {
            for (var each = restorations.entrySet().iterator(); each.hasNext(); ) {
                Map.Entry<String, Restoration> entry = each.next();
                Ends found = ends.get(entry.getKey());
                if (found != null) {
                    entry.getValue().finish(found.entry(), found.root());
                    each.remove();
                }
            }
        }

        /// Ends what is left without links.
        void abandon() {
            restorations.values().forEach(Restoration::abandon);
            restorations.clear();
        }

        private void readHeader(Decoder in) {
            int format = in.readInt();
            if (format < FORMAT_WITH_OTHER_LINKS || format > FORMAT) {
                throw new IllegalArgumentException(
                        "format " + format + " is not from " + FORMAT_WITH_OTHER_LINKS + " to " + FORMAT);
            }
            Identity written = new Identity(in.readLong(), in.readText(), in.readText(), in.readLong());
            CollectionConfig config = LogRecord.readConfig(in);
            Generation generation = new Generation(config);
            Set<String> linked = linked(in, format, generation);
            header = new Header(written, config, generation, linked);
        }

        /// The fields whose links fit the indexes that they are restored into.
        private static Set<String> linked(Decoder in, int format, Generation generation) {
            Set<String> linked = new HashSet<>();
            if (format == FORMAT_WITH_SAME_GRAPHS) {
                String shape = DenseField.oldShape(in.readInt(), in.readInt());
                generation.dense().forEach((field, dense) -> {
                    if (dense.shape().equals(shape)) {
                        linked.add(field);
                    }
                });
            } else if (format == FORMAT) {
                for (int i = in.readCount(); i > 0; i--) {
                    DenseField dense = generation.dense().get(in.readText());
                    String shape = in.readText();
                    if (dense != null && dense.shape().equals(shape)) {
                        linked.add(dense.name());
                    }
                }
            }
            return linked;
        }

        private void readSlots(Decoder in) {
            Generation generation = requireHeader().generation();
            int slot = in.readInt();
            if (slot != generation.end()) {
                throw new IllegalArgumentException("slot " + slot + " follows slot " + (generation.end() - 1));
            }
            for (; in.hasMore(); slot++) {
                readSlot(in, slot, generation);
            }
        }

        private void readSlot(Decoder in, int slot, Generation generation) {
            Map<String, float[]> rows = new LinkedHashMap<>();
            for (int i = in.readCount(); i > 0; i--) {
                String field = in.readText();
                rows.put(field, in.readFloats());
            }
            boolean isLiving = in.readByte() != 0;
            rows.forEach((field, row) -> {
                if (isLiving || requireHeader().hasLinks(field)) {
                    restoreRow(field, slot, row, isLiving);
                }
            });
            if (!isLiving) {
                generation.restore(slot, null);
                return;
            }
            PointId id = LogRecord.readId(in);
            long born = Math.min(last, in.readLong());
            long version = Math.min(last, in.readLong());
            StoredPoint.Content content = new StoredPoint.Content(in.readMap(), version);
            Map<String, Sparse> sparse = new HashMap<>();
            Map<String, Multivector> multi = new HashMap<>();
            for (int i = in.readCount(); i > 0; i--) {
                String field = in.readText();
                DenseConfig ofMulti = generation.multi().get(field);
                switch (LogRecord.readVector(in)) {
                    case Sparse vector -> sparse.put(field, vector);
                    case Multi vectors
                    when ofMulti != null -> multi.put(field, Multivector.of(ofMulti.datatype(), vectors));
                    case VectorValue other ->
                        throw new IllegalArgumentException("field " + field + " has no vector like " + other);
                }
            }
            Set<String> dense = generation.shared(new TreeSet<>(rows.keySet()));
            StoredPoint.Vectors vectors = new StoredPoint.Vectors(dense, sparse, multi);
            generation.restore(slot, new StoredPoint(id, slot, born, vectors, content));
        }

        private void restoreRow(String field, int slot, float[] row, boolean isLiving) {
            DenseField dense = requireHeader().generation().dense().get(field);
            if (dense == null) {
                throw new IllegalArgumentException("no dense field is named \"" + field + "\"");
            }
            dense.restore(slot, row, isLiving);
        }

        private void readLinks(Decoder in) {
            String field = in.readText();
            Ends found = new Ends(in.readLong(), in.readInt());
            if (requireHeader().hasLinks(field)) {
                ends.put(field, found);
            }
            while (requireHeader().hasLinks(field) && in.hasMore()) {
                int node = in.readInt();
                boolean isLive = in.readByte() != 0;
                int[] lowest = in.readInts();
                int[][] upper = new int[in.readCount()][];
                for (int layer = 0; layer < upper.length; layer++) {
                    upper[layer] = in.readInts();
                }
                restoration(field).links(node, isLive, lowest, upper);
            }
        }

        private Restoration restoration(String field) {
            Restoration restoration = restorations.get(field);
            if (restoration == null) {
                throw new IllegalArgumentException("no dense field is named \"" + field + "\"");
            }
            return restoration;
        }

        private Header requireHeader() {
            if (header == null) {
                throw new IllegalArgumentException("the header is missing");
            }
            return header;
        }
    }
}
