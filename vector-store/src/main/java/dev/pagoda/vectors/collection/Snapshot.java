package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.hnsw.HnswGraph;
import dev.pagoda.vectors.storage.DamagedFileException;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import dev.pagoda.vectors.storage.FramedFile;
import dev.pagoda.vectors.storage.Journal;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The state of a collection up to a sequence number, to be written to a file and read back.
///
/// A file is a header block, blocks of slots in ascending order, and blocks of each graph. Dead slots keep the rows
/// that their graph still walks over. So a restart restores graphs instead of building them.
final class Snapshot {
    private static final int FORMAT = 1;
    private static final int HEADER = 0;
    private static final int SLOTS = 1;
    private static final int GRAPH = 2;

    /// Blocks are ended at about this size.
    private static final int BLOCK_BYTES = 1 << 20;

    private final long id;
    private final String tenant;
    private final String name;
    private final long sequence;
    private final CollectionConfig config;
    private final Generation generation;
    private final @Nullable StoredPoint[] living;
    private final Map<String, HnswGraph.Image> graphs;

    private Snapshot(
            Collection collection,
            Generation generation,
            @Nullable StoredPoint[] living,
            Map<String, HnswGraph.Image> graphs) {
        this.id = collection.id();
        this.tenant = collection.tenant();
        this.name = collection.name();
        this.sequence = collection.committed();
        this.config = collection.config();
        this.generation = generation;
        this.living = living;
        this.graphs = graphs;
    }

    /// Under the collection's lock: notes which points live and how the graphs are linked, copies no vectors.
    static Snapshot capture(Collection collection, Generation generation) {
        StoredPoint[] living = new StoredPoint[generation.end()];
        for (int slot = 0; slot < living.length; slot++) {
            StoredPoint point = generation.at(slot);
            living[slot] = point != null && point.isAlive() ? point : null;
        }
        Map<String, HnswGraph.Image> graphs = new LinkedHashMap<>();
        generation.dense().forEach((name, field) -> {
            HnswGraph graph = field.graph();
            if (graph != null) {
                graphs.put(name, graph.image());
            }
        });
        return new Snapshot(collection, generation, living, graphs);
    }

    long sequence() {
        return sequence;
    }

    void write(Path file) throws IOException {
        FramedFile.write(file, sink -> {
            Encoder header = new Encoder()
                    .writeByte(HEADER)
                    .writeInt(FORMAT)
                    .writeLong(id)
                    .writeText(tenant)
                    .writeText(name)
                    .writeLong(sequence);
            LogRecord.writeConfig(header, config);
            sink.block(header.toBytes());
            writeSlots(sink);
            for (Map.Entry<String, HnswGraph.Image> entry : graphs.entrySet()) {
                writeGraph(sink, entry.getKey(), entry.getValue());
            }
        });
    }

    private void writeSlots(FramedFile.Sink sink) throws IOException {
        Map<String, BitSet> linked = new LinkedHashMap<>();
        graphs.forEach((field, image) -> {
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
        StoredPoint point = living[slot];
        List<String> rows = new ArrayList<>();
        generation.dense().forEach((field, _) -> {
            BitSet nodes = linked.get(field);
            if (point != null ? point.denseFields().contains(field) : nodes != null && nodes.get(slot)) {
                rows.add(field);
            }
        });
        block.writeInt(rows.size());
        for (String field : rows) {
            Generation.DenseField dense = generation.dense().get(field);
            if (dense != null) {
                block.writeText(field).writeFloats(dense.rows().get(slot));
            }
        }
        if (point == null) {
            block.writeByte(0);
            return;
        }
        StoredPoint.Content content = point.content();
        block.writeByte(1);
        LogRecord.writeId(block, point.id());
        block.writeLong(point.born()).writeLong(content.version()).writeValue(content.payload());
        block.writeInt(point.sparse().size());
        point.sparse().forEach((field, vector) -> LogRecord.writeVector(block.writeText(field), vector));
    }

    private static void writeGraph(FramedFile.Sink sink, String field, HnswGraph.Image image) throws IOException {
        for (int at = 0; at < image.nodes().length; ) {
            Encoder block = new Encoder().writeByte(GRAPH).writeText(field).writeLong(image.entry());
            for (; at < image.nodes().length && block.size() < BLOCK_BYTES; at++) {
                int[][] lists = image.lists()[at];
                block.writeInt(image.nodes()[at]).writeInt(image.parents()[at]).writeInt(lists.length);
                for (int[] list : lists) {
                    block.writeInts(list);
                }
            }
            sink.block(block.toBytes());
        }
    }

    /// @throws DamagedFileException if the file is not what was written
    static Collection read(Path file, Journal journal) throws IOException {
        Reading reading = new Reading(journal);
        try {
            FramedFile.read(file, reading::block);
            return reading.finish();
        } catch (BufferUnderflowException | IllegalArgumentException | IllegalStateException unsound) {
            throw new DamagedFileException(file + " holds no sound snapshot: " + unsound);
        }
    }

    /// A snapshot being read.
    private static final class Reading {
        private final Journal journal;
        private final Map<String, GraphParts> graphs = new LinkedHashMap<>();
        private @Nullable Header header;

        private record Header(
                long id, String tenant, String name, long sequence, CollectionConfig config, Generation generation) {}

        Reading(Journal journal) {
            this.journal = journal;
        }

        void block(byte[] bytes) {
            Decoder in = new Decoder(bytes);
            int kind = in.readByte();
            switch (kind) {
                case HEADER -> readHeader(in);
                case SLOTS -> readSlots(in);
                case GRAPH -> readGraph(in);
                default -> throw new IllegalArgumentException("no block is of kind " + kind);
            }
        }

        Collection finish() {
            Header h = requireHeader();
            graphs.forEach((field, parts) -> h.generation().restoreGraph(field, h.config(), parts.image()));
            h.generation().linkUnlinked();
            return new Collection(h.id(), h.tenant(), h.name(), h.config(), journal, h.generation(), h.sequence());
        }

        private void readHeader(Decoder in) {
            int format = in.readInt();
            if (format != FORMAT) {
                throw new IllegalArgumentException("format " + format + " is not " + FORMAT);
            }
            long id = in.readLong();
            String tenant = in.readText();
            String name = in.readText();
            long sequence = in.readLong();
            CollectionConfig config = LogRecord.readConfig(in);
            header = new Header(id, tenant, name, sequence, config, new Generation(config));
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

        private static void readSlot(Decoder in, int slot, Generation generation) {
            Map<String, float[]> rows = new LinkedHashMap<>();
            for (int i = in.readCount(); i > 0; i--) {
                String field = in.readText();
                rows.put(field, in.readFloats());
            }
            if (in.readByte() == 0) {
                generation.restore(slot, rows, null);
                return;
            }
            PointId id = LogRecord.readId(in);
            long born = in.readLong();
            long version = in.readLong();
            StoredPoint.Content content = new StoredPoint.Content(in.readMap(), version);
            Map<String, Sparse> sparse = new HashMap<>();
            for (int i = in.readCount(); i > 0; i--) {
                String field = in.readText();
                if (!(LogRecord.readVector(in) instanceof Sparse vector)) {
                    throw new IllegalArgumentException("field " + field + " is not sparse");
                }
                sparse.put(field, vector);
            }
            Set<String> fields = generation.shared(new TreeSet<>(rows.keySet()));
            generation.restore(slot, rows, new StoredPoint(id, slot, born, fields, Map.copyOf(sparse), content));
        }

        private void readGraph(Decoder in) {
            GraphParts parts = graphs.computeIfAbsent(in.readText(), _ -> new GraphParts());
            parts.entry = in.readLong();
            while (in.hasMore()) {
                parts.nodes.add(in.readInt());
                parts.parents.add(in.readInt());
                int[][] lists = new int[in.readCount()][];
                for (int layer = 0; layer < lists.length; layer++) {
                    lists[layer] = in.readInts();
                }
                parts.lists.add(lists);
            }
        }

        private Header requireHeader() {
            if (header == null) {
                throw new IllegalArgumentException("the header is missing");
            }
            return header;
        }
    }

    private static final class GraphParts {
        final List<Integer> nodes = new ArrayList<>();
        final List<Integer> parents = new ArrayList<>();
        final List<int[][]> lists = new ArrayList<>();
        long entry;

        HnswGraph.Image image() {
            return new HnswGraph.Image(
                    nodes.stream().mapToInt(Integer::intValue).toArray(),
                    lists.toArray(int[][][]::new),
                    parents.stream().mapToInt(Integer::intValue).toArray(),
                    entry);
        }
    }
}
