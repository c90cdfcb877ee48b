package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;

/// A simulated voice, and the ear for it: a text becomes a melody of a tone a letter, 24 kHz, 16 bit, one channel.
///
/// A WAV of this voice carries its text in a comment (RIFF's `ICMT`), by which [#heard] knows it again; so do its other
/// forms. Pure.
public final class Speech {
    public static final int RATE = 24_000;

    private static final double SECONDS_PER_LETTER = .06;
    private static final double LOUD = .25 * Short.MAX_VALUE;
    private static final int HEADER = 44;

    private static final String[] WORDS =
            ("the pump keeps its pressure while the valve is open and the engineer reads the gauge before the next"
                            + " shift begins because a quiet machine is a good machine")
                    .split(" ");

    private static final double WORDS_PER_SECOND = 2.5;
    private static final int MAX_WORDS = 2_000;

    private Speech() {}

    /// How long [#pcm] is.
    public static double seconds(String text, double speed) {
        return (double) letters(text) * perLetter(speed) / RATE;
    }

    private static int letters(String text) {
        return Math.max(1, text.codePointCount(0, text.length()));
    }

    private static int perLetter(double speed) {
        return Math.max(1, (int) (RATE * SECONDS_PER_LETTER / speed));
    }

    /// Samples of a text, little-endian.
    ///
    /// @param voice its tone
    /// @param speed 1 is usual
    public static byte[] pcm(String text, String voice, double speed) {
        int perLetter = perLetter(speed);
        int[] letters = text.codePoints().toArray();
        ByteBuffer samples =
                ByteBuffer.allocate(letters(text) * perLetter * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        double base = 110 + Math.floorMod(voice.hashCode(), 110);
        double phase = 0;
        for (int letter : letters) {
            boolean isSilent = Character.isWhitespace(letter);
            double step = 2 * Math.PI * base * Math.pow(2, letter % 24 / 12.0) / RATE;
            for (int i = 0; i < perLetter; i++) {
                // each letter swells and fades, so that nothing clicks
                double swell = Math.sin(Math.PI * i / perLetter);
                samples.putShort((short) (isSilent ? 0 : LOUD * swell * Math.sin(phase)));
                phase += step;
            }
        }
        return samples.array();
    }

    /// A WAV file of the samples, with the text in its comment.
    public static byte[] wav(byte[] pcm, String text) {
        byte[] comment = text.getBytes(StandardCharsets.UTF_8);
        int padded = comment.length + 1 + (comment.length + 1) % 2;
        ByteBuffer file = ByteBuffer.allocate(HEADER + pcm.length + 20 + padded).order(ByteOrder.LITTLE_ENDIAN);
        tag(file, "RIFF").putInt(file.capacity() - 8);
        tag(file, "WAVE");
        tag(file, "fmt ").putInt(16).putShort((short) 1).putShort((short) 1);
        file.putInt(RATE)
                .putInt(RATE * Short.BYTES)
                .putShort((short) Short.BYTES)
                .putShort((short) Short.SIZE);
        tag(file, "LIST").putInt(12 + padded);
        tag(file, "INFO");
        tag(file, "ICMT").putInt(padded);
        file.put(comment);
        file.position(file.position() + padded - comment.length);
        tag(file, "data").putInt(pcm.length).put(pcm);
        return file.array();
    }

    /// What is said in a sound: the text of this voice, or words that follow from the sound's bytes, about as many as
    /// fit into its length.
    public static String heard(byte[] sound, double seconds) {
        return comment(sound).or(() -> SpokenText.in(sound)).orElseGet(() -> {
            long seed = 1;
            for (int i = 0; i < sound.length; i += 1 + sound.length / 4_096) {
                seed = seed * 31 + sound[i];
            }
            var random = new SplittableRandom(seed);
            int count = Math.clamp(Math.round(seconds * WORDS_PER_SECOND), 1, MAX_WORDS);
            var text = new StringBuilder();
            for (int i = 0; i < count; i++) {
                text.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
            }
            text.setCharAt(0, Character.toUpperCase(text.charAt(0)));
            return text.append('.').toString();
        });
    }

    private static Optional<String> comment(byte[] sound) {
        if (!AudioLength.isWav(sound)) {
            return Optional.empty();
        }
        ByteBuffer file = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN);
        int at = 36;
        boolean isOurs = sound.length > at + 20
                && new String(sound, at, 4, StandardCharsets.US_ASCII).equals("LIST")
                && new String(sound, at + 12, 4, StandardCharsets.US_ASCII).equals("ICMT");
        if (!isOurs) {
            return Optional.empty();
        }
        int length = file.getInt(at + 16);
        if (length < 1 || length > sound.length - at - 20) {
            return Optional.empty();
        }
        int end = at + 20 + length;
        while (end > at + 20 && sound[end - 1] == 0) {
            end--;
        }
        return Optional.of(new String(sound, at + 20, end - at - 20, StandardCharsets.UTF_8));
    }

    private static ByteBuffer tag(ByteBuffer file, String tag) {
        return file.put(tag.getBytes(StandardCharsets.US_ASCII));
    }
}
