package dev.pagoda.registry.api;

/// The figures of a dense transformer that decide what it costs to run.
///
/// @param intermediate   width of the feed-forward part
/// @param kvHeads        key and value heads; as many as `heads` without grouping
/// @param headDim        width of one head
/// @param context        positions: prompt and completion together
/// @param tiedEmbeddings whether the output layer shares the input embedding's matrix
/// @param parameters     the published count; 0 takes what the shape gives
/// @param weightBytes    size of the published weights; 0 takes parameters times the width of `dtype`
public record ModelArchitecture(
        Family family,
        int layers,
        int hidden,
        int intermediate,
        int heads,
        int kvHeads,
        int headDim,
        int vocabulary,
        int context,
        boolean tiedEmbeddings,
        long parameters,
        long weightBytes,
        DataType dtype) {
    /// Far above any published model, and small enough that no product below overflows.
    private static final int MAX_WIDTH = 1 << 20;

    private static final int MAX_LAYERS = 4_096;
    private static final int MAX_CONTEXT = 1 << 27;

    public ModelArchitecture {
        // read from requests as it is, so that an absent field must be told to the sender
        if (family == null || dtype == null) {
            throw new IllegalArgumentException((family == null ? "family" : "dtype") + " is missing");
        }
        bounded("layers", layers, MAX_LAYERS);
        bounded("hidden", hidden, MAX_WIDTH);
        bounded("intermediate", intermediate, MAX_WIDTH);
        bounded("heads", heads, MAX_WIDTH);
        bounded("kv_heads", kvHeads, heads);
        bounded("head_dim", headDim, MAX_WIDTH);
        bounded("vocabulary", vocabulary, 1 << 24);
        bounded("context", context, MAX_CONTEXT);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException("heads " + heads + " is not a multiple of kv_heads " + kvHeads);
        }
        if (parameters < 0 || weightBytes < 0) {
            throw new IllegalArgumentException(
                    "parameters " + parameters + " or weight_bytes " + weightBytes + " is below 0");
        }
        parameters = parameters > 0
                ? parameters
                : shapeParameters(
                        family,
                        layers,
                        hidden,
                        intermediate,
                        (long) heads * headDim,
                        (long) kvHeads * headDim,
                        vocabulary,
                        context,
                        tiedEmbeddings);
        weightBytes = weightBytes > 0 ? weightBytes : Math.multiplyExact(parameters, (long) dtype.bytes());
    }

    /// The parameters that the shape gives, without the biases of a decoder: under a thousandth of them.
    public long shapeParameters() {
        return shapeParameters(
                family,
                layers,
                hidden,
                intermediate,
                (long) heads * headDim,
                (long) kvHeads * headDim,
                vocabulary,
                context,
                tiedEmbeddings);
    }

    /// Memory for keys and values of one token in 16 bits, over all layers and heads.
    public long kvBytesPerToken() {
        return 2L * layers * kvHeads * headDim * Short.BYTES;
    }

    private static long shapeParameters(
            Family family,
            long layers,
            long hidden,
            long intermediate,
            long queryWidth,
            long kvWidth,
            long vocabulary,
            long context,
            boolean tiedEmbeddings) {
        long embeddings = vocabulary * hidden;
        return switch (family) {
            case DECODER -> {
                long attention = hidden * (queryWidth + 2 * kvWidth) + queryWidth * hidden;
                long layer = attention + 3 * hidden * intermediate + 2 * hidden;
                yield (tiedEmbeddings ? 1 : 2) * embeddings + layers * layer + hidden;
            }
            case ENCODER -> {
                long attention = hidden * (queryWidth + 2 * kvWidth) + queryWidth * hidden + 4 * hidden;
                long layer = attention + 2 * hidden * intermediate + intermediate + hidden + 4 * hidden;
                long pooler = hidden * hidden + hidden;
                // two token types and a norm stand beside the positions
                yield embeddings + (context + 2 + 2) * hidden + layers * layer + pooler;
            }
        };
    }

    private static void bounded(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " " + value + " is outside 1.." + max);
        }
    }
}
