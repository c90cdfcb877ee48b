package dev.pagoda.gateway.model;

import java.util.List;

/// How long an encoder takes for a batch of texts, each of which is read whole at once: embedding models, and
/// rerankers, for which a text is a question with a document. By the same coefficients as those of
/// [StepTime].
///
/// @param hostMicros of each batch
public record EncoderTime(Shape shape, Device device, double hostMicros) {
    /// Of a batch in the runtimes that serve such models; an estimate.
    public static final double HOST_MICROS = 300;

    private static final double ELEMENTWISE_MICROS = 6;

    /// The shape of an encoder, figures of the models' own config.json at Hugging Face.
    ///
    /// @param mostTokens of one text
    public record Shape(String name, int layers, int hidden, int feedForward, int mostTokens, double bytesPerWeight) {
        public static final Shape MINI_LM = new Shape("all-MiniLM-L6-v2", 6, 384, 1536, 512, 2);
        public static final Shape BGE_SMALL = new Shape("bge-small-en-v1.5", 12, 384, 1536, 512, 2);
        public static final Shape BGE_BASE = new Shape("bge-base-en-v1.5", 12, 768, 3072, 512, 2);
        public static final Shape BGE_LARGE = new Shape("bge-large-en-v1.5", 24, 1024, 4096, 512, 2);
        public static final Shape BGE_M3 = new Shape("bge-m3", 24, 1024, 4096, 8192, 2);
        public static final Shape BGE_RERANKER = new Shape("bge-reranker-v2-m3", 24, 1024, 4096, 8192, 2);

        private static final List<Shape> KNOWN = List.of(MINI_LM, BGE_SMALL, BGE_BASE, BGE_LARGE, BGE_M3, BGE_RERANKER);

        public Shape {
            if (layers < 1 || hidden < 1 || feedForward < 1 || mostTokens < 1 || !(bytesPerWeight > 0)) {
                throw new IllegalArgumentException("encoder " + name + " with layers " + layers + ", hidden " + hidden
                        + ", feedForward " + feedForward + ", mostTokens " + mostTokens + " and bytesPerWeight "
                        + bytesPerWeight + ": all must be above 0");
            }
        }

        public static List<Shape> known() {
            return KNOWN;
        }
    }

    public EncoderTime(Shape shape, Device device) {
        this(shape, device, HOST_MICROS);
    }

    /// @param texts tokens of each text; more than the model takes are cut off
    public Estimate of(List<Integer> texts) {
        double tokens = 0;
        double pairs = 0;
        for (int each : texts) {
            if (each < 1) {
                throw new IllegalArgumentException("a text of " + each + " tokens is below 1");
            }
            double read = Math.min(each, shape.mostTokens());
            tokens += read;
            pairs += read * read;
        }
        if (tokens == 0) {
            throw new IllegalArgumentException("a batch without texts");
        }
        Roofline roofline = Roofline.of(device);
        double width = shape.hidden();
        double inner = shape.feedForward();
        double bytes = shape.bytesPerWeight();
        double layer = roofline.product(bytes, tokens, width, 3 * width)
                + roofline.product(bytes, tokens, width, width)
                + roofline.product(bytes, tokens, width, inner)
                + roofline.product(bytes, tokens, inner, width)
                + roofline.attention(4 * width * pairs)
                + ELEMENTWISE_MICROS
                + roofline.traffic(2 * tokens * (8 * width + 2 * inner));
        return new Estimate(hostMicros + shape.layers() * layer, Confidence.ESTIMATED);
    }
}
