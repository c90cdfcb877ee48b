package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A record of the log, and the encoding of its parts, which snapshots share.
sealed interface LogRecord {

    /// A collection begins; its id is the number of this record.
    record Created(String tenant, String name, CollectionConfig config) implements LogRecord {}

    record Dropped(long collection) implements LogRecord {}

    /// A collection begins as a snapshot has it, in the place of one of this name; its id is the number of this record.
    ///
    /// @param file name of the snapshot
    record Recovered(String tenant, String name, String file) implements LogRecord {}

    /// Aliases of a tenant with what they mean now, null for one that is gone.
    record Aliased(String tenant, Map<String, @Nullable Object> meanings) implements LogRecord {}

    /// How full the machine may get from now on.
    record Limited(Map<String, @Nullable Object> quotas) implements LogRecord {}

    /// Changes of one collection that happen together.
    record Changed(long collection, List<Operation> operations) implements LogRecord {}

    default byte[] encode() {
        Encoder out = new Encoder();
        switch (this) {
            case Created(String tenant, String name, CollectionConfig config) -> {
                out.writeByte(1).writeText(tenant).writeText(name);
                writeConfig(out, config);
            }
            case Dropped(long collection) -> out.writeByte(2).writeLong(collection);
            case Changed(long collection, List<Operation> operations) -> {
                out.writeByte(3).writeLong(collection).writeInt(operations.size());
                operations.forEach(operation -> writeOperation(out, operation));
            }
            case Aliased(String tenant, var meanings) ->
                out.writeByte(4).writeText(tenant).writeValue(meanings);
            case Limited(var quotas) -> out.writeByte(5).writeValue(quotas);
            case Recovered(String tenant, String name, String file) ->
                out.writeByte(6).writeText(tenant).writeText(name).writeText(file);
        }
        return out.toBytes();
    }

    static LogRecord decode(byte[] bytes) {
        Decoder in = new Decoder(bytes);
        int kind = in.readByte();
        return switch (kind) {
            case 1 -> new Created(in.readText(), in.readText(), readConfig(in));
            case 2 -> new Dropped(in.readLong());
            case 3 -> {
                long collection = in.readLong();
                int count = in.readCount();
                List<Operation> operations = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    operations.add(readOperation(in));
                }
                yield new Changed(collection, operations);
            }
            case 4 -> new Aliased(in.readText(), in.readMap());
            case 5 -> new Limited(in.readMap());
            case 6 -> new Recovered(in.readText(), in.readText(), in.readText());
            default -> throw new IllegalArgumentException("no log record is of kind " + kind);
        };
    }

    private static void writeOperation(Encoder out, Operation operation) {
        switch (operation) {
            case Operation.Put(List<Point> points) -> {
                out.writeByte(1).writeInt(points.size());
                for (Point point : points) {
                    writeId(out, point.id());
                    out.writeInt(point.vectors().size());
                    point.vectors().forEach((name, vector) -> writeVector(out.writeText(name), vector));
                    out.writeValue(point.payload());
                }
            }
            case Operation.SetPayloads(List<PointId> ids, List<Map<String, @Nullable Object>> payloads) -> {
                out.writeByte(2).writeInt(ids.size());
                for (int i = 0; i < ids.size(); i++) {
                    writeId(out, ids.get(i));
                    out.writeValue(payloads.get(i));
                }
            }
            case Operation.Remove(List<PointId> ids) -> {
                out.writeByte(3).writeInt(ids.size());
                ids.forEach(id -> writeId(out, id));
            }
            case Operation.Configure(CollectionConfig config) -> writeConfig(out.writeByte(4), config);
        }
    }

    private static Operation readOperation(Decoder in) {
        int kind = in.readByte();
        return switch (kind) {
            case 1 -> {
                int count = in.readCount();
                List<Point> points = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    PointId id = readId(in);
                    int fields = in.readCount();
                    Map<String, VectorValue> vectors = LinkedHashMap.newLinkedHashMap(fields);
                    for (int f = 0; f < fields; f++) {
                        String name = in.readText();
                        vectors.put(name, readVector(in));
                    }
                    points.add(new Point(id, vectors, in.readMap()));
                }
                yield new Operation.Put(points);
            }
            case 2 -> {
                int count = in.readCount();
                List<PointId> ids = new ArrayList<>(count);
                List<Map<String, @Nullable Object>> payloads = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    ids.add(readId(in));
                    payloads.add(in.readMap());
                }
                yield new Operation.SetPayloads(ids, payloads);
            }
            case 3 -> {
                int count = in.readCount();
                List<PointId> ids = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    ids.add(readId(in));
                }
                yield new Operation.Remove(ids);
            }
            case 4 -> new Operation.Configure(readConfig(in));
            default -> throw new IllegalArgumentException("no operation is of kind " + kind);
        };
    }

    static void writeId(Encoder out, PointId id) {
        switch (id) {
            case PointId.Numbered(long value) -> out.writeByte(0).writeLong(value);
            case PointId.Named(UUID value) ->
                out.writeByte(1).writeLong(value.getMostSignificantBits()).writeLong(value.getLeastSignificantBits());
        }
    }

    static PointId readId(Decoder in) {
        int kind = in.readByte();
        return switch (kind) {
            case 0 -> PointId.of(in.readLong());
            case 1 -> PointId.of(new UUID(in.readLong(), in.readLong()));
            default -> throw new IllegalArgumentException("no point id is of kind " + kind);
        };
    }

    static void writeVector(Encoder out, VectorValue vector) {
        switch (vector) {
            case VectorValue.Dense(float[] values) -> out.writeByte(0).writeFloats(values);
            case VectorValue.Sparse(int[] indices, float[] values) ->
                out.writeByte(1).writeInts(indices).writeFloats(values);
            case VectorValue.Multi(float[][] vectors) -> {
                out.writeByte(2).writeInt(vectors.length);
                for (float[] each : vectors) {
                    out.writeFloats(each);
                }
            }
            case VectorValue.Text _ -> throw new IllegalArgumentException("text is no stored vector");
        }
    }

    static VectorValue readVector(Decoder in) {
        int kind = in.readByte();
        return switch (kind) {
            case 0 -> new VectorValue.Dense(in.readFloats());
            case 1 -> new VectorValue.Sparse(in.readInts(), in.readFloats());
            case 2 -> {
                float[][] vectors = new float[in.readCount()][];
                for (int i = 0; i < vectors.length; i++) {
                    vectors[i] = in.readFloats();
                }
                yield new VectorValue.Multi(vectors);
            }
            default -> throw new IllegalArgumentException("no vector is of kind " + kind);
        };
    }

    static void writeConfig(Encoder out, CollectionConfig config) {
        ConfigEncoding.write(out, config);
    }

    static CollectionConfig readConfig(Decoder in) {
        return ConfigEncoding.read(in);
    }
}
