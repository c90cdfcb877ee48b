package dev.pagoda.gateway.media;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A text within the comments of a sound, by which it is found again whatever holds it.
final class SpokenText {
    private static final String MARK = "PGDTEXT:";
    private static final int DIGITS = 8;
    private static final int MAX_BEFORE = 1 << 16;

    private SpokenText() {}

    /// The comment that holds a text.
    static byte[] comment(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = (MARK + "%08x".formatted(utf8.length) + ":").getBytes(StandardCharsets.US_ASCII);
        byte[] comment = new byte[head.length + utf8.length];
        System.arraycopy(head, 0, comment, 0, head.length);
        System.arraycopy(utf8, 0, comment, head.length, utf8.length);
        return comment;
    }

    /// The text in a sound, empty when there is none.
    static Optional<String> in(byte[] sound) {
        String start = new String(sound, 0, Math.min(sound.length, MAX_BEFORE), StandardCharsets.ISO_8859_1);
        int at = start.indexOf(MARK);
        int text = at + MARK.length() + DIGITS + 1;
        if (at < 0 || text > start.length()) {
            return Optional.empty();
        }
        try {
            int length = Integer.parseInt(start.substring(at + MARK.length(), text - 1), 16);
            return length < 0 || length > sound.length - text
                    ? Optional.empty()
                    : Optional.of(new String(sound, text, length, StandardCharsets.UTF_8));
        } catch (NumberFormatException noLength) {
            return Optional.empty();
        }
    }
}
