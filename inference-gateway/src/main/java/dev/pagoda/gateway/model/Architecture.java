package dev.pagoda.gateway.model;

/// The shape of a dense decoder-only transformer with grouped-query attention and a gated feed-forward.
///
/// @param hidden         width of the residual stream
/// @param heads          query heads
/// @param kvHeads        key-value heads, `<= heads`
/// @param headSize       elements of one head
/// @param feedForward    inner width of the feed-forward
/// @param tiedEmbeddings whether the vocabulary head shares the embedding's weights
/// @param bytesPerWeight 2 for fp16 and bf16, 1 for fp8 and int8, 0.5 for int4
/// @param bytesPerKv     bytes of one cached element
public record Architecture(
        int layers,
        int hidden,
        int heads,
        int kvHeads,
        int headSize,
        int feedForward,
        int vocabulary,
        int contextTokens,
        boolean tiedEmbeddings,
        double bytesPerWeight,
        double bytesPerKv) {
    public Architecture {
        if (layers < 1 || hidden < 1 || heads < 1 || headSize < 1 || feedForward < 1 || vocabulary < 1) {
            throw new IllegalArgumentException("layers " + layers + ", hidden " + hidden + ", heads " + heads
                    + ", headSize " + headSize + ", feedForward " + feedForward + ", vocabulary " + vocabulary
                    + " must all be above 0");
        }
        if (kvHeads < 1 || kvHeads > heads) {
            throw new IllegalArgumentException("kvHeads " + kvHeads + " is not within 1 to " + heads);
        }
        if (contextTokens < 1) {
            throw new IllegalArgumentException("contextTokens " + contextTokens + " is below 1");
        }
        if (!(bytesPerWeight > 0) || !(bytesPerKv > 0)) {
            throw new IllegalArgumentException(
                    "bytes per weight " + bytesPerWeight + " and per KV element " + bytesPerKv + " must be above 0");
        }
    }

    /// Weights of the layers, the embedding and the vocabulary head; norms and biases (below 0.01 %) are left out.
    public long parameters() {
        long attention = (long) hidden * (heads + 2L * kvHeads) * headSize + (long) heads * headSize * hidden;
        long perLayer = attention + 3L * hidden * feedForward;
        long embedding = (long) vocabulary * hidden;
        return layers * perLayer + (tiedEmbeddings ? embedding : 2 * embedding);
    }

    /// Bytes of all weights, before they are split over devices.
    public double weightBytes() {
        return parameters() * bytesPerWeight;
    }

    /// Bytes of keys and values of one token, over all layers, before they are split over devices.
    public double kvBytesPerToken() {
        return 2.0 * layers * kvHeads * headSize * bytesPerKv;
    }
}
