package dev.pagoda.vectors.grpc;

import static dev.pagoda.vectors.grpc.ValueTokens.malformed;
import static dev.pagoda.vectors.grpc.ValueTokens.numberField;
import static dev.pagoda.vectors.grpc.ValueTokens.unsignedField;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.Message;
import io.qdrant.client.grpc.Collections.BinaryQuantization;
import io.qdrant.client.grpc.Collections.CreateCollection;
import io.qdrant.client.grpc.Collections.Datatype;
import io.qdrant.client.grpc.Collections.Distance;
import io.qdrant.client.grpc.Collections.HnswConfigDiff;
import io.qdrant.client.grpc.Collections.Modifier;
import io.qdrant.client.grpc.Collections.MultiVectorConfig;
import io.qdrant.client.grpc.Collections.OptimizersConfigDiff;
import io.qdrant.client.grpc.Collections.ProductQuantization;
import io.qdrant.client.grpc.Collections.QuantizationConfig;
import io.qdrant.client.grpc.Collections.QuantizationConfigDiff;
import io.qdrant.client.grpc.Collections.ScalarQuantization;
import io.qdrant.client.grpc.Collections.SparseVectorParams;
import io.qdrant.client.grpc.Collections.StrictModeConfig;
import io.qdrant.client.grpc.Collections.TurboQuantization;
import io.qdrant.client.grpc.Collections.UpdateCollection;
import io.qdrant.client.grpc.Collections.VectorParams;
import io.qdrant.client.grpc.Collections.VectorParamsDiff;
import io.qdrant.client.grpc.JsonWithInt.Value;
import io.qdrant.client.grpc.Points.CreateVectorNameRequest;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;

/// The configuration of collections as the bodies of the HTTP paths tell it. What a message leaves out is left out.
final class ConfigTokens {
    private ConfigTokens() {}

    static void create(JsonGenerator out, CreateCollection request) throws IOException {
        out.writeStartObject();
        switch (request.getVectorsConfig().getConfigCase()) {
            case PARAMS -> {
                out.writeFieldName("vectors");
                vector(out, request.getVectorsConfig().getParams());
            }
            case PARAMS_MAP -> {
                out.writeObjectFieldStart("vectors");
                for (Map.Entry<String, VectorParams> entry :
                        request.getVectorsConfig().getParamsMap().getMapMap().entrySet()) {
                    out.writeFieldName(entry.getKey());
                    vector(out, entry.getValue());
                }
                out.writeEndObject();
            }
            case CONFIG_NOT_SET -> {}
        }
        sparseVectors(out, request.getSparseVectorsConfig().getMapMap());
        hnsw(out, request.hasHnswConfig(), request.getHnswConfig());
        if (request.hasWalConfig()) {
            ValueTokens.scalarsField(out, "wal_config", request.getWalConfig());
        }
        optimizers(out, request.hasOptimizersConfig(), request.getOptimizersConfig());
        if (request.hasShardNumber()) {
            count(out, "shard_number", request.getShardNumber());
        }
        if (request.hasReplicationFactor()) {
            count(out, "replication_factor", request.getReplicationFactor());
        }
        if (request.hasWriteConsistencyFactor()) {
            count(out, "write_consistency_factor", request.getWriteConsistencyFactor());
        }
        if (request.hasOnDiskPayload()) {
            out.writeBooleanField("on_disk_payload", request.getOnDiskPayload());
        }
        if (request.hasShardingMethod()) {
            out.writeStringField(
                    "sharding_method",
                    switch (request.getShardingMethod()) {
                        case Auto -> "auto";
                        case Custom -> "custom";
                        case UNRECOGNIZED -> throw malformed("an unknown sharding method");
                    });
        }
        quantization(out, request.hasQuantizationConfig(), request.getQuantizationConfig());
        strictMode(out, request.hasStrictModeConfig(), request.getStrictModeConfig());
        metadata(out, request.getMetadataMap());
        out.writeEndObject();
    }

    static void update(JsonGenerator out, UpdateCollection request) throws IOException {
        out.writeStartObject();
        switch (request.getVectorsConfig().getConfigCase()) {
            case PARAMS -> {
                out.writeObjectFieldStart("vectors");
                out.writeFieldName("");
                vector(out, request.getVectorsConfig().getParams());
                out.writeEndObject();
            }
            case PARAMS_MAP -> {
                out.writeObjectFieldStart("vectors");
                for (Map.Entry<String, VectorParamsDiff> entry :
                        request.getVectorsConfig().getParamsMap().getMapMap().entrySet()) {
                    out.writeFieldName(entry.getKey());
                    vector(out, entry.getValue());
                }
                out.writeEndObject();
            }
            case CONFIG_NOT_SET -> {}
        }
        sparseVectors(out, request.getSparseVectorsConfig().getMapMap());
        hnsw(out, request.hasHnswConfig(), request.getHnswConfig());
        optimizers(out, request.hasOptimizersConfig(), request.getOptimizersConfig());
        if (request.hasParams()) {
            ValueTokens.scalarsField(out, "params", request.getParams());
        }
        quantization(out, request.hasQuantizationConfig(), request.getQuantizationConfig());
        strictMode(out, request.hasStrictModeConfig(), request.getStrictModeConfig());
        metadata(out, request.getMetadataMap());
        out.writeEndObject();
    }

    /// A vector field that is added later.
    static void vectorName(JsonGenerator out, CreateVectorNameRequest request) throws IOException {
        out.writeStartObject();
        switch (request.getVectorConfigCase()) {
            case DENSE_CONFIG -> {
                var dense = request.getDenseConfig();
                out.writeObjectFieldStart("dense");
                unsignedField(out, "size", dense.getSize());
                distance(out, dense.getDistance());
                multivector(out, dense.hasMultivectorConfig(), dense.getMultivectorConfig());
                datatype(out, dense.hasDatatype(), dense.getDatatype());
                out.writeEndObject();
            }
            case SPARSE_CONFIG -> {
                var sparse = request.getSparseConfig();
                out.writeObjectFieldStart("sparse");
                modifier(out, sparse.hasModifier(), sparse.getModifier());
                datatype(out, sparse.hasDatatype(), sparse.getDatatype());
                out.writeEndObject();
            }
            case VECTORCONFIG_NOT_SET -> throw malformed("a new vector needs a dense or a sparse configuration");
        }
        out.writeEndObject();
    }

    private static void count(JsonGenerator out, String name, int count) throws IOException {
        out.writeNumberField(name, Integer.toUnsignedLong(count));
    }

    private static void vector(JsonGenerator out, VectorParams params) throws IOException {
        out.writeStartObject();
        unsignedField(out, "size", params.getSize());
        distance(out, params.getDistance());
        hnsw(out, params.hasHnswConfig(), params.getHnswConfig());
        quantization(out, params.hasQuantizationConfig(), params.getQuantizationConfig());
        if (params.hasOnDisk()) {
            out.writeBooleanField("on_disk", params.getOnDisk());
        }
        datatype(out, params.hasDatatype(), params.getDatatype());
        multivector(out, params.hasMultivectorConfig(), params.getMultivectorConfig());
        out.writeEndObject();
    }

    private static void vector(JsonGenerator out, VectorParamsDiff params) throws IOException {
        out.writeStartObject();
        hnsw(out, params.hasHnswConfig(), params.getHnswConfig());
        quantization(out, params.hasQuantizationConfig(), params.getQuantizationConfig());
        if (params.hasOnDisk()) {
            out.writeBooleanField("on_disk", params.getOnDisk());
        }
        out.writeEndObject();
    }

    private static void distance(JsonGenerator out, Distance distance) throws IOException {
        switch (distance) {
            case Cosine, Euclid, Dot, Manhattan -> out.writeStringField("distance", distance.name());
            case UnknownDistance, UNRECOGNIZED -> throw malformed("an unknown distance");
        }
    }

    private static void multivector(JsonGenerator out, boolean isGiven, MultiVectorConfig config) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("multivector_config");
        out.writeStringField(
                "comparator",
                switch (config.getComparator()) {
                    case MaxSim -> "max_sim";
                    case UNRECOGNIZED -> throw malformed("an unknown comparator of multivectors");
                });
        out.writeEndObject();
    }

    private static void datatype(JsonGenerator out, boolean isGiven, Datatype datatype) throws IOException {
        if (!isGiven) {
            return;
        }
        switch (datatype) {
            case Default -> {}
            case Float32, Float16, Uint8 ->
                out.writeStringField("datatype", datatype.name().toLowerCase(Locale.ROOT));
            case UNRECOGNIZED -> throw malformed("an unknown datatype");
        }
    }

    private static void modifier(JsonGenerator out, boolean isGiven, Modifier modifier) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeStringField(
                "modifier",
                switch (modifier) {
                    case None -> "none";
                    case Idf -> "idf";
                    case UNRECOGNIZED -> throw malformed("an unknown modifier");
                });
    }

    private static void sparseVectors(JsonGenerator out, Map<String, SparseVectorParams> vectors) throws IOException {
        if (vectors.isEmpty()) {
            return;
        }
        out.writeObjectFieldStart("sparse_vectors");
        for (Map.Entry<String, SparseVectorParams> entry : vectors.entrySet()) {
            SparseVectorParams params = entry.getValue();
            out.writeObjectFieldStart(entry.getKey());
            if (params.hasIndex()) {
                out.writeObjectFieldStart("index");
                ValueTokens.scalars(out, params.getIndex());
                datatype(out, params.getIndex().hasDatatype(), params.getIndex().getDatatype());
                out.writeEndObject();
            }
            modifier(out, params.hasModifier(), params.getModifier());
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void hnsw(JsonGenerator out, boolean isGiven, HnswConfigDiff hnsw) throws IOException {
        if (isGiven) {
            ValueTokens.scalarsField(out, "hnsw_config", hnsw);
        }
    }

    private static void optimizers(JsonGenerator out, boolean isGiven, OptimizersConfigDiff config) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("optimizers_config");
        ValueTokens.scalars(
                out, config.toBuilder().clearDeprecatedMaxOptimizationThreads().build());
        String threads = "max_optimization_threads";
        if (config.hasMaxOptimizationThreads()) {
            switch (config.getMaxOptimizationThreads().getVariantCase()) {
                case VALUE ->
                    unsignedField(
                            out, threads, config.getMaxOptimizationThreads().getValue());
                case SETTING -> out.writeStringField(threads, "auto");
                case VARIANT_NOT_SET -> {}
            }
        } else if (config.hasDeprecatedMaxOptimizationThreads()) {
            unsignedField(out, threads, config.getDeprecatedMaxOptimizationThreads());
        }
        out.writeEndObject();
    }

    private static void metadata(JsonGenerator out, Map<String, Value> metadata) throws IOException {
        if (!metadata.isEmpty()) {
            out.writeFieldName("metadata");
            ValueTokens.map(out, metadata);
        }
    }

    private static void quantization(JsonGenerator out, boolean isGiven, QuantizationConfig config) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("quantization_config");
        switch (config.getQuantizationCase()) {
            case SCALAR -> scalar(out, config.getScalar());
            case PRODUCT -> product(out, config.getProduct());
            case BINARY -> binary(out, config.getBinary());
            case TURBOQUANT -> turbo(out, config.getTurboquant());
            case QUANTIZATION_NOT_SET -> throw malformed("a quantization names no method");
        }
        out.writeEndObject();
    }

    private static void quantization(JsonGenerator out, boolean isGiven, QuantizationConfigDiff config)
            throws IOException {
        if (!isGiven) {
            return;
        }
        if (config.hasDisabled()) {
            out.writeStringField("quantization_config", "Disabled");
            return;
        }
        quantization(
                out, true, Alike.put(config, QuantizationConfig.newBuilder()).build());
    }

    private static void scalar(JsonGenerator out, ScalarQuantization scalar) throws IOException {
        out.writeObjectFieldStart("scalar");
        out.writeStringField(
                "type",
                switch (scalar.getType()) {
                    case Int8 -> "int8";
                    case UnknownQuantization, UNRECOGNIZED -> throw malformed("an unknown type of scalar quantization");
                });
        if (scalar.hasQuantile()) {
            numberField(out, "quantile", scalar.getQuantile());
        }
        alwaysRam(out, scalar.hasAlwaysRam(), scalar.getAlwaysRam());
        out.writeEndObject();
    }

    private static void product(JsonGenerator out, ProductQuantization product) throws IOException {
        out.writeObjectFieldStart("product");
        out.writeStringField(
                "compression",
                switch (product.getCompression()) {
                    case x4, x8, x16, x32, x64 -> product.getCompression().name();
                    case UNRECOGNIZED -> throw malformed("an unknown compression of product quantization");
                });
        alwaysRam(out, product.hasAlwaysRam(), product.getAlwaysRam());
        out.writeEndObject();
    }

    private static void binary(JsonGenerator out, BinaryQuantization binary) throws IOException {
        out.writeObjectFieldStart("binary");
        if (binary.hasEncoding()) {
            out.writeStringField(
                    "encoding",
                    switch (binary.getEncoding()) {
                        case OneBit -> "one_bit";
                        case TwoBits -> "two_bits";
                        case OneAndHalfBits -> "one_and_half_bits";
                        case UNRECOGNIZED -> throw malformed("an unknown encoding of binary quantization");
                    });
        }
        if (binary.hasQueryEncoding()) {
            out.writeStringField(
                    "query_encoding",
                    switch (binary.getQueryEncoding().getSetting()) {
                        case Default -> "default";
                        case Binary -> "binary";
                        case Scalar4Bits -> "scalar4bits";
                        case Scalar8Bits -> "scalar8bits";
                        case UNRECOGNIZED -> throw malformed("an unknown query encoding of binary quantization");
                    });
        }
        alwaysRam(out, binary.hasAlwaysRam(), binary.getAlwaysRam());
        out.writeEndObject();
    }

    private static void turbo(JsonGenerator out, TurboQuantization turbo) throws IOException {
        out.writeObjectFieldStart("turbo");
        if (turbo.hasBits()) {
            out.writeStringField(
                    "bits",
                    switch (turbo.getBits()) {
                        case Bits1 -> "bits1";
                        case Bits1_5 -> "bits1_5";
                        case Bits2 -> "bits2";
                        case Bits4 -> "bits4";
                        case UNRECOGNIZED -> throw malformed("an unknown size of turbo quantization");
                    });
        }
        alwaysRam(out, turbo.hasAlwaysRam(), turbo.getAlwaysRam());
        out.writeEndObject();
    }

    private static void alwaysRam(JsonGenerator out, boolean isGiven, boolean alwaysRam) throws IOException {
        if (isGiven) {
            out.writeBooleanField("always_ram", alwaysRam);
        }
    }

    private static void strictMode(JsonGenerator out, boolean isGiven, StrictModeConfig strict) throws IOException {
        if (!isGiven) {
            return;
        }
        out.writeObjectFieldStart("strict_mode_config");
        ValueTokens.scalars(out, strict);
        named(out, "multivector_config", strict.getMultivectorConfig().getMultivectorConfigMap());
        named(out, "sparse_config", strict.getSparseConfig().getSparseConfigMap());
        out.writeEndObject();
    }

    private static void named(JsonGenerator out, String field, Map<String, ? extends Message> messages)
            throws IOException {
        if (messages.isEmpty()) {
            return;
        }
        out.writeObjectFieldStart(field);
        for (Map.Entry<String, ? extends Message> entry : messages.entrySet()) {
            ValueTokens.scalarsField(out, entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
    }
}
