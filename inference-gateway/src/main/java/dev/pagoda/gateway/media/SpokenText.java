package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    /// A tag of ID3 with the comment, for the head of MP3 and AAC (https://id3.org/id3v2.4.0-frames, 4.10).
    static byte[] id3(String text) {
        byte[] comment = comment(text);
        int body = 1 + 3 + 1 + comment.length;
        ByteBuffer tag = ByteBuffer.allocate(10 + 10 + body);
        tag.put(ascii("ID3")).put((byte) 4).put((byte) 0).put((byte) 0);
        sevenBits(tag, 10 + body);
        tag.put(ascii("COMM"));
        sevenBits(tag, body);
        tag.putShort((short) 0);
        tag.put((byte) 3).put(ascii("eng")).put((byte) 0).put(comment);
        return tag.array();
    }

    private static void sevenBits(ByteBuffer tag, int size) {
        tag.put((byte) ((size >>> 21) & 0x7F)).put((byte) ((size >>> 14) & 0x7F));
        tag.put((byte) ((size >>> 7) & 0x7F)).put((byte) (size & 0x7F));
    }

    /// The comment as Vorbis, Opus and FLAC have it (https://xiph.org/vorbis/doc/v-comment.html).
    static byte[] vorbis(String text) {
        byte[] maker = ascii("pagoda");
        byte[] name = ascii("DESCRIPTION=");
        byte[] comment = comment(text);
        ByteBuffer all = ByteBuffer.allocate(12 + maker.length + name.length + comment.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        all.putInt(maker.length).put(maker).putInt(1);
        return all.putInt(name.length + comment.length).put(name).put(comment).array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
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
