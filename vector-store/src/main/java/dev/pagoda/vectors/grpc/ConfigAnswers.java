package dev.pagoda.vectors.grpc;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.qdrant.client.grpc.Collections.BinaryQuantization;
import io.qdrant.client.grpc.Collections.BinaryQuantizationEncoding;
import io.qdrant.client.grpc.Collections.BinaryQuantizationQueryEncoding;
import io.qdrant.client.grpc.Collections.CollectionConfig;
import io.qdrant.client.grpc.Collections.CollectionInfo;
import io.qdrant.client.grpc.Collections.CollectionParams;
import io.qdrant.client.grpc.Collections.CollectionStatus;
import io.qdrant.client.grpc.Collections.CollectionWarning;
import io.qdrant.client.grpc.Collections.CompressionRatio;
import io.qdrant.client.grpc.Collections.Datatype;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.HnswConfigDiff;
import io.qdrant.client.grpc.Collections.MaxOptimizationThreads;
import io.qdrant.client.grpc.Collections.Modifier;
import io.qdrant.client.grpc.Collections.MultiVectorComparator;
import io.qdrant.client.grpc.Collections.MultiVectorConfig;
import io.qdrant.client.grpc.Collections.OptimizerStatus;
import io.qdrant.client.grpc.Collections.OptimizersConfigDiff;
import io.qdrant.client.grpc.Collections.ProductQuantization;
import io.qdrant.client.grpc.Collections.QuantizationConfig;
import io.qdrant.client.grpc.Collections.QuantizationType;
import io.qdrant.client.grpc.Collections.ScalarQuantization;
import io.qdrant.client.grpc.Collections.ShardingMethod;
import io.qdrant.client.grpc.Collections.SparseIndexConfig;
import io.qdrant.client.grpc.Collections.SparseVectorConfig;
import io.qdrant.client.grpc.Collections.SparseVectorParams;
import io.qdrant.client.grpc.Collections.StrictModeConfig;
import io.qdrant.client.grpc.Collections.StrictModeMultivector;
import io.qdrant.client.grpc.Collections.StrictModeMultivectorConfig;
import io.qdrant.client.grpc.Collections.StrictModeSparse;
import io.qdrant.client.grpc.Collections.StrictModeSparseConfig;
import io.qdrant.client.grpc.Collections.TurboQuantBitSize;
import io.qdrant.client.grpc.Collections.TurboQuantization;
import io.qdrant.client.grpc.Collections.UpdateQueueInfo;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Collections.VectorParamsMap;
import io.qdrant.client.grpc.Collections.VectorsConfig;
import io.qdrant.client.grpc.Collections.WalConfigDiff;
import io.qdrant.client.grpc.JsonWithInt.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/// Reads what the HTTP paths tell about a collection as the message that it is.
final class ConfigAnswers {
    private static final ObjectMapper TREES = new ObjectMapper();

    private ConfigAnswers() {}

    /// The whole answer as a tree; for small ones.
    static JsonNode tree(JsonParser in) throws IOException {
        return TREES.readTree(in);
    }

    static CollectionInfo info(JsonParser in) throws IOException {
        JsonNode tree = tree(in);
        CollectionInfo.Builder info = CollectionInfo.newBuilder()
                .setStatus(
                        switch (tree.path("status").asText()) {
                            case "green" -> CollectionStatus.Green;
                            case "yellow" -> CollectionStatus.Yellow;
                            case "grey" -> CollectionStatus.Grey;
                            case "red" -> CollectionStatus.Red;
                            default -> CollectionStatus.UnknownCollectionStatus;
                        })
                .setOptimizerStatus(optimizerStatus(tree.path("optimizer_status")))
                .setSegmentsCount(tree.path("segments_count").asLong())
                .setConfig(config(tree.path("config")));
        if (tree.hasNonNull("points_count")) {
            info.setPointsCount(tree.get("points_count").asLong());
        }
        if (tree.hasNonNull("indexed_vectors_count")) {
            info.setIndexedVectorsCount(tree.get("indexed_vectors_count").asLong());
        }
        tree.path("payload_schema")
                .properties()
                .forEach(entry -> info.putPayloadSchema(entry.getKey(), IndexAnswers.schema(entry.getValue())));
        tree.path("warnings")
                .forEach(warning -> info.addWarnings(CollectionWarning.newBuilder()
                        .setMessage(
                                warning.isTextual()
                                        ? warning.asText()
                                        : warning.path("message").asText())));
        if (tree.hasNonNull("update_queue")) {
            info.setUpdateQueue(UpdateQueueInfo.newBuilder()
                    .setLength(tree.path("update_queue").path("length").asLong()));
        }
        return info.build();
    }

    private static OptimizerStatus optimizerStatus(JsonNode node) {
        return node.isObject()
                ? OptimizerStatus.newBuilder()
                        .setOk(false)
                        .setError(node.path("error").asText())
                        .build()
                : OptimizerStatus.newBuilder().setOk("ok".equals(node.asText())).build();
    }

    private static CollectionConfig config(JsonNode node) {
        OptimizersConfigDiff.Builder optimizers = OptimizersConfigDiff.newBuilder();
        plain(node.path("optimizer_config"), optimizers);
        JsonNode threads = node.path("optimizer_config").path("max_optimization_threads");
        if (threads.isTextual()) {
            optimizers.setMaxOptimizationThreads(
                    MaxOptimizationThreads.newBuilder().setSetting(MaxOptimizationThreads.Setting.Auto));
        } else if (threads.isNumber()) {
            optimizers.setMaxOptimizationThreads(
                    MaxOptimizationThreads.newBuilder().setValue(threads.asLong()));
        }
        WalConfigDiff.Builder wal = WalConfigDiff.newBuilder();
        plain(node.path("wal_config"), wal);
        CollectionConfig.Builder config = CollectionConfig.newBuilder()
                .setParams(params(node.path("params")))
                .setHnswConfig(hnsw(node.path("hnsw_config")))
                .setOptimizerConfig(optimizers)
                .setWalConfig(wal);
        if (node.path("quantization_config").isObject()) {
            config.setQuantizationConfig(quantization(node.get("quantization_config")));
        }
        if (node.path("strict_mode_config").isObject()) {
            config.setStrictModeConfig(strictMode(node.get("strict_mode_config")));
        }
        node.path("metadata")
                .properties()
                .forEach(entry -> config.putMetadata(entry.getKey(), value(entry.getValue())));
        return config.build();
    }

    private static CollectionParams params(JsonNode node) {
        CollectionParams.Builder params = CollectionParams.newBuilder();
        plain(node, params);
        if ("custom".equals(node.path("sharding_method").asText())) {
            params.setShardingMethod(ShardingMethod.Custom);
        }
        JsonNode vectors = node.path("vectors");
        if (vectors.path("size").isNumber()) {
            params.setVectorsConfig(VectorsConfig.newBuilder().setParams(vector(vectors)));
        } else if (!vectors.isEmpty()) {
            VectorParamsMap.Builder named = VectorParamsMap.newBuilder();
            vectors.properties().forEach(entry -> named.putMap(entry.getKey(), vector(entry.getValue())));
            params.setVectorsConfig(VectorsConfig.newBuilder().setParamsMap(named));
        }
        if (!node.path("sparse_vectors").isEmpty()) {
            SparseVectorConfig.Builder sparse = SparseVectorConfig.newBuilder();
            node.get("sparse_vectors")
                    .properties()
                    .forEach(entry -> sparse.putMap(entry.getKey(), sparseVector(entry.getValue())));
            params.setSparseVectorsConfig(sparse);
        }
        return params.build();
    }

    private static VectorParams vector(JsonNode node) {
        VectorParams.Builder params = VectorParams.newBuilder()
                .setSize(node.path("size").asLong())
                .setDistance(
                        switch (node.path("distance").asText()) {
                            case "Cosine" -> Distance.Cosine;
                            case "Euclid" -> Distance.Euclid;
                            case "Dot" -> Distance.Dot;
                            case "Manhattan" -> Distance.Manhattan;
                            default -> Distance.UnknownDistance;
                        });
        if (node.hasNonNull("on_disk")) {
            params.setOnDisk(node.get("on_disk").asBoolean());
        }
        if (node.path("hnsw_config").isObject()) {
            params.setHnswConfig(hnsw(node.get("hnsw_config")));
        }
        if (node.path("quantization_config").isObject()) {
            params.setQuantizationConfig(quantization(node.get("quantization_config")));
        }
        if (node.hasNonNull("datatype")) {
            params.setDatatype(datatype(node.get("datatype")));
        }
        if (node.path("multivector_config").isObject()) {
            params.setMultivectorConfig(MultiVectorConfig.newBuilder().setComparator(MultiVectorComparator.MaxSim));
        }
        return params.build();
    }

    private static SparseVectorParams sparseVector(JsonNode node) {
        SparseVectorParams.Builder params = SparseVectorParams.newBuilder();
        JsonNode index = node.path("index");
        if (index.isObject()) {
            SparseIndexConfig.Builder config = SparseIndexConfig.newBuilder();
            plain(index, config);
            if (index.hasNonNull("datatype")) {
                config.setDatatype(datatype(index.get("datatype")));
            }
            params.setIndex(config);
        }
        if (node.hasNonNull("modifier")) {
            params.setModifier("idf".equals(node.get("modifier").asText()) ? Modifier.Idf : Modifier.None);
        }
        return params.build();
    }

    private static Datatype datatype(JsonNode node) {
        return switch (node.asText()) {
            case "float32" -> Datatype.Float32;
            case "float16" -> Datatype.Float16;
            case "uint8" -> Datatype.Uint8;
            default -> Datatype.Default;
        };
    }

    private static HnswConfigDiff hnsw(JsonNode node) {
        HnswConfigDiff.Builder hnsw = HnswConfigDiff.newBuilder();
        plain(node, hnsw);
        return hnsw.build();
    }

    private static QuantizationConfig quantization(JsonNode node) {
        QuantizationConfig.Builder config = QuantizationConfig.newBuilder();
        if (node.has("scalar")) {
            ScalarQuantization.Builder scalar = ScalarQuantization.newBuilder();
            plain(node.get("scalar"), scalar);
            config.setScalar(scalar.setType(QuantizationType.Int8));
        } else if (node.has("product")) {
            ProductQuantization.Builder product = ProductQuantization.newBuilder();
            plain(node.get("product"), product);
            config.setProduct(product.setCompression(CompressionRatio.valueOf(
                    node.get("product").path("compression").asText("x4"))));
        } else if (node.has("binary")) {
            config.setBinary(binary(node.get("binary")));
        } else if (node.has("turbo")) {
            TurboQuantization.Builder turbo = TurboQuantization.newBuilder();
            plain(node.get("turbo"), turbo);
            switch (node.get("turbo").path("bits").asText()) {
                case "bits1" -> turbo.setBits(TurboQuantBitSize.Bits1);
                case "bits1_5" -> turbo.setBits(TurboQuantBitSize.Bits1_5);
                case "bits2" -> turbo.setBits(TurboQuantBitSize.Bits2);
                case "bits4" -> turbo.setBits(TurboQuantBitSize.Bits4);
                default -> {}
            }
            config.setTurboquant(turbo);
        }
        return config.build();
    }

    private static BinaryQuantization binary(JsonNode node) {
        BinaryQuantization.Builder binary = BinaryQuantization.newBuilder();
        plain(node, binary);
        switch (node.path("encoding").asText()) {
            case "one_bit" -> binary.setEncoding(BinaryQuantizationEncoding.OneBit);
            case "two_bits" -> binary.setEncoding(BinaryQuantizationEncoding.TwoBits);
            case "one_and_half_bits" -> binary.setEncoding(BinaryQuantizationEncoding.OneAndHalfBits);
            default -> {}
        }
        BinaryQuantizationQueryEncoding.Builder asked = BinaryQuantizationQueryEncoding.newBuilder();
        switch (node.path("query_encoding").asText()) {
            case "default" ->
                binary.setQueryEncoding(asked.setSetting(BinaryQuantizationQueryEncoding.Setting.Default));
            case "binary" -> binary.setQueryEncoding(asked.setSetting(BinaryQuantizationQueryEncoding.Setting.Binary));
            case "scalar4bits" ->
                binary.setQueryEncoding(asked.setSetting(BinaryQuantizationQueryEncoding.Setting.Scalar4Bits));
            case "scalar8bits" ->
                binary.setQueryEncoding(asked.setSetting(BinaryQuantizationQueryEncoding.Setting.Scalar8Bits));
            default -> {}
        }
        return binary.build();
    }

    private static StrictModeConfig strictMode(JsonNode node) {
        StrictModeConfig.Builder strict = StrictModeConfig.newBuilder();
        plain(node, strict);
        if (node.path("multivector_config").isObject()) {
            StrictModeMultivectorConfig.Builder config = StrictModeMultivectorConfig.newBuilder();
            node.get("multivector_config").properties().forEach(entry -> {
                StrictModeMultivector.Builder one = StrictModeMultivector.newBuilder();
                plain(entry.getValue(), one);
                config.putMultivectorConfig(entry.getKey(), one.build());
            });
            strict.setMultivectorConfig(config);
        }
        if (node.path("sparse_config").isObject()) {
            StrictModeSparseConfig.Builder config = StrictModeSparseConfig.newBuilder();
            node.get("sparse_config").properties().forEach(entry -> {
                StrictModeSparse.Builder one = StrictModeSparse.newBuilder();
                plain(entry.getValue(), one);
                config.putSparseConfig(entry.getKey(), one.build());
            });
            strict.setSparseConfig(config);
        }
        return strict.build();
    }

    /// Sets the flags and numbers of a message whose fields have the names of the object's.
    static void plain(JsonNode node, Message.Builder message) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            FieldDescriptor field = message.getDescriptorForType().findFieldByName(entry.getKey());
            JsonNode value = entry.getValue();
            if (field == null || value.isNull() || field.isRepeated()) {
                continue;
            }
            switch (field.getJavaType()) {
                case BOOLEAN -> message.setField(field, value.asBoolean());
                case INT -> message.setField(field, (int) value.asLong());
                case LONG -> message.setField(field, value.asLong());
                case FLOAT -> message.setField(field, (float) value.asDouble());
                case DOUBLE -> message.setField(field, value.asDouble());
                case STRING, BYTE_STRING, ENUM, MESSAGE -> {}
            }
        }
    }

    private static Value value(JsonNode node) {
        try (JsonParser in = node.traverse()) {
            in.nextToken();
            return ValueTokens.value(in);
        } catch (IOException unreachable) {
            throw new UncheckedIOException("reading a tree in memory", unreachable);
        }
    }
}
