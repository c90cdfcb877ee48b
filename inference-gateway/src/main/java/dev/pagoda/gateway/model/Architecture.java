package dev.pagoda.gateway.model;

/// The shape of a decoder-only transformer with grouped-query attention and a gated feed-forward, dense or a mixture
/// of experts.
///
/// @param hidden         width of the residual stream
/// @param heads          query heads
/// @param kvHeads        key-value heads, `<= heads`
/// @param headSize       elements of one head
/// @param feedForward    inner width of the feed-forward
/// @param tiedEmbeddings whether the vocabulary head shares the embedding's weights
/// @param bytesPerWeight 2 for fp16 and bf16, 1 for fp8 and int8, 0.5 for int4
/// @param bytesPerKv     bytes of one cached element
/// @param experts        the experts of each layer; [Experts#NONE] of a dense model
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
        double bytesPerKv,
        Experts experts) {
    /// The experts of one layer.
    ///
    /// @param count       experts, 0 of a dense layer
    /// @param perToken    experts that each token passes through
    /// @param feedForward inner width of one expert
    public record Experts(int count, int perToken, int feedForward) {
        public static final Experts NONE = new Experts(0, 0, 0);

        public Experts {
            boolean isNone = count == 0 && perToken == 0 && feedForward == 0;
            if (!isNone && (count < 1 || perToken < 1 || perToken > count || feedForward < 1)) {
                throw new IllegalArgumentException("experts " + count + ", perToken " + perToken + ", feedForward "
                        + feedForward + " must all be above 0, and perToken not above experts");
            }
        }

        /// How many of `share` experts are hit by so many tokens, when each token picks its own at random.
        public double hit(int share, double tokens) {
            return share * (1 - Math.pow(1 - (double) perToken / count, tokens));
        }
    }

    /// A dense model.
    public Architecture(
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
        this(
                layers,
                hidden,
                heads,
                kvHeads,
                headSize,
                feedForward,
                vocabulary,
                contextTokens,
                tiedEmbeddings,
                bytesPerWeight,
                bytesPerKv,
                Experts.NONE);
    }

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
        long perLayer = attention + feedForwardParameters();
        long embedding = (long) vocabulary * hidden;
        return layers * perLayer + (tiedEmbeddings ? embedding : 2 * embedding);
    }

    private long feedForwardParameters() {
        return isMixture()
                ? (long) experts.count() * (3L * hidden * experts.feedForward() + hidden)
                : 3L * hidden * feedForward;
    }

    public boolean isMixture() {
        return experts.count() > 0;
    }

    /// The same shape with other widths of its numbers.
    public Architecture withBytes(double perWeight, double perKv) {
        return new Architecture(
                layers,
                hidden,
                heads,
                kvHeads,
                headSize,
                feedForward,
                vocabulary,
                contextTokens,
                tiedEmbeddings,
                perWeight,
                perKv,
                experts);
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
