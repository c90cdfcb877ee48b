package dev.pagoda.gateway.model;

import java.util.List;

/// How long speech takes, heard or spoken. To hear, an encoder reads windows of sound and a decoder writes
/// tokens one after the other, each of which reads all of the decoder's weights. To speak, a decoder makes
/// tokens of sound likewise.
public record SpeechTime(Shape shape, Device device) {
    private static final double WINDOW_SECONDS = 30;
    private static final double WINDOW_FRAMES = 1_500;
    private static final double BYTES = 2;
    /// Of one step of the decoder, launched from a graph; an estimate.
    private static final double STEP_MICROS = 300;

    /// A model.
    ///
    /// @param encoder         weights of the encoder, 0 of a model that speaks
    /// @param decoder         weights of the decoder
    /// @param tokensPerSecond of sound: words that are spoken, or codes that sound is made of
    public record Shape(String name, double encoder, double decoder, double tokensPerSecond) {
        /// Weights of the models' cards; tokens of English at a usual pace.
        public static final Shape WHISPER_SMALL = new Shape("whisper-small", 88e6, 154e6, 4);

        public static final Shape WHISPER_LARGE = new Shape("whisper-large-v3", 637e6, 907e6, 4);
        public static final Shape WHISPER_TURBO = new Shape("whisper-large-v3-turbo", 637e6, 172e6, 4);
        public static final Shape ORPHEUS = new Shape("orpheus-3b", 0, 3.3e9, 83);

        private static final List<Shape> KNOWN = List.of(WHISPER_SMALL, WHISPER_LARGE, WHISPER_TURBO, ORPHEUS);

        public Shape {
            if (!(encoder >= 0) || !(decoder > 0) || !(tokensPerSecond > 0)) {
                throw new IllegalArgumentException("speech model " + name + " with encoder " + encoder + ", decoder "
                        + decoder + " and tokensPerSecond " + tokensPerSecond + " is impossible");
            }
        }

        public static List<Shape> known() {
            return KNOWN;
        }
    }

    /// @param seconds of sound
    public Estimate of(double seconds) {
        if (!(seconds > 0) || seconds > 86_400) {
            throw new IllegalArgumentException(seconds + " s of sound are not above 0 and at most a day");
        }
        Coefficients fit = Coefficients.of(device);
        double windows = shape.encoder() == 0 ? 0 : Math.ceil(seconds / WINDOW_SECONDS);
        double encoding = windows * 2 * shape.encoder() * WINDOW_FRAMES / (device.flops() * fit.compute()) * 1e6;
        double step = STEP_MICROS + BYTES * shape.decoder() / (device.memoryBytesPerSecond() * fit.memory()) * 1e6;
        double tokens = Math.ceil(seconds * shape.tokensPerSecond());
        return new Estimate(encoding + tokens * step, Confidence.ESTIMATED);
    }

    /// Seconds of sound a second.
    public double timesRealTime(double seconds) {
        return seconds / (of(seconds).micros() / 1e6);
    }
}
