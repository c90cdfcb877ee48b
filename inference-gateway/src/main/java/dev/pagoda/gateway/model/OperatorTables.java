package dev.pagoda.gateway.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Operators of one model as measured on one kind of device with one degree of tensor parallelism. Times are in
/// microseconds, of one layer where an operator belongs to a layer.
///
/// @param dense       by tokens, under the names of [#LAYER], [#EMBEDDING] and [#FINAL_NORM]
/// @param perSequence by sequences, under the names of [#HEAD] and [#SAMPLER]
/// @param moe         the experts of a mixture; absent for a dense model
/// @param moeRanks    expert-parallel ranks that the experts were measured with
public record OperatorTables(
        Map<String, Curve> dense,
        Map<String, Curve> perSequence,
        AttentionTable attention,
        @Nullable MoeTable moe,
        int moeRanks,
        SkewFit skew) {
    public static final String EMBEDDING = "embedding";
    public static final String FINAL_NORM = "final_layernorm";
    public static final String NORM = "layernorm";
    public static final String HEAD = "lm_head";
    public static final String SAMPLER = "sampler";

    public OperatorTables {
        dense = Map.copyOf(dense);
        perSequence = Map.copyOf(perSequence);
    }
}
