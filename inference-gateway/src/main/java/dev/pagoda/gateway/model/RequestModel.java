package dev.pagoda.gateway.model;

import java.util.ArrayList;
import java.util.List;

/// A model that answers a request as a whole, and how long it takes. Safe from any thread.
public sealed interface RequestModel {
    /// What such models make.
    enum Kind {
        EMBEDDING("embeddings"),
        RERANK("rankings"),
        IMAGE("images"),
        SPEECH("speech"),
        TRANSCRIPTION("transcriptions");

        private final String products;

        Kind(String products) {
            this.products = products;
        }

        /// As in: a model makes these.
        public String products() {
            return products;
        }
    }

    String name();

    Kind kind();

    double weightBytes();

    /// Whether this is the kind of work that it does.
    boolean takes(RequestWork work);

    /// Whether a request is answered together with those before it.
    boolean joins(List<RequestWork> batch, RequestWork next);

    /// Time on one device.
    ///
    /// @param batch not empty, of work that it [takes][#takes]
    Estimate time(List<RequestWork> batch, Device device);

    /// Reads texts, many at once.
    record Encoder(Kind kind, EncoderTime.Shape shape, double weightBytes) implements RequestModel {
        /// Tokens that are read together (`max_batch_tokens` of Hugging Face's text-embeddings-inference).
        private static final int BATCH_TOKENS = 16_384;

        public Encoder {
            if (kind != Kind.EMBEDDING && kind != Kind.RERANK) {
                throw new IllegalArgumentException("an encoder does not make " + kind.products());
            }
        }

        @Override
        public String name() {
            return shape.name();
        }

        @Override
        public boolean takes(RequestWork work) {
            return work instanceof RequestWork.Texts;
        }

        @Override
        public boolean joins(List<RequestWork> batch, RequestWork next) {
            long tokens = 0;
            for (RequestWork each : batch) {
                tokens += texts(each).sum();
            }
            return tokens + texts(next).sum() <= BATCH_TOKENS;
        }

        @Override
        public Estimate time(List<RequestWork> batch, Device device) {
            var all = new ArrayList<Integer>();
            batch.forEach(each -> all.addAll(texts(each).tokens()));
            return new EncoderTime(shape, device).of(all);
        }

        private static RequestWork.Texts texts(RequestWork work) {
            if (work instanceof RequestWork.Texts texts) {
                return texts;
            }
            throw new IllegalArgumentException("an encoder cannot do " + work);
        }
    }

    /// Makes pictures, one request at a time.
    record Painter(DiffusionTime.Shape shape, double weightBytes) implements RequestModel {
        private static final int LEAST_SIDE = 64;

        @Override
        public String name() {
            return shape.name();
        }

        @Override
        public Kind kind() {
            return Kind.IMAGE;
        }

        @Override
        public boolean takes(RequestWork work) {
            return work instanceof RequestWork.Pictures;
        }

        @Override
        public boolean joins(List<RequestWork> batch, RequestWork next) {
            return false;
        }

        @Override
        public Estimate time(List<RequestWork> batch, Device device) {
            if (!(batch.getFirst() instanceof RequestWork.Pictures pictures)) {
                throw new IllegalArgumentException("a model of images cannot do " + batch.getFirst());
            }
            return new DiffusionTime(shape, device)
                    .of(
                            pictures.count(),
                            Math.max(LEAST_SIDE, pictures.width()),
                            Math.max(LEAST_SIDE, pictures.height()),
                            pictures.steps() == 0 ? shape.steps() : pictures.steps());
        }
    }

    /// Speaks or hears, one request at a time.
    record Sounds(SpeechTime.Shape shape) implements RequestModel {
        private static final double BYTES = 2;

        @Override
        public String name() {
            return shape.name();
        }

        @Override
        public Kind kind() {
            return shape.encoder() == 0 ? Kind.SPEECH : Kind.TRANSCRIPTION;
        }

        @Override
        public double weightBytes() {
            return BYTES * (shape.encoder() + shape.decoder());
        }

        @Override
        public boolean takes(RequestWork work) {
            return work instanceof RequestWork.Sound;
        }

        @Override
        public boolean joins(List<RequestWork> batch, RequestWork next) {
            return false;
        }

        @Override
        public Estimate time(List<RequestWork> batch, Device device) {
            if (!(batch.getFirst() instanceof RequestWork.Sound sound)) {
                throw new IllegalArgumentException("a model of sounds cannot do " + batch.getFirst());
            }
            return new SpeechTime(shape, device).of(sound.seconds());
        }
    }
}
