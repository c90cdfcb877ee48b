package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Silence as MP3 and AAC: frames whose bits say that all is zero, and a comment. Pure.
final class Silence {
    /// MPEG-2 layer III (ISO/IEC 13818-3): one channel, 24 kHz, 32 kbit/s, no check; 96 bytes for 576 samples.
    private static final byte[] MP3_HEAD = {(byte) 0xFF, (byte) 0xF3, 0x44, (byte) 0xC0};

    private static final int MP3_BYTES = 96;
    private static final int MP3_SAMPLES = 576;

    /// AAC-LC in ADTS (ISO/IEC 13818-7): one channel, 24 kHz, 11 bytes for 1,024 samples; its block is a single channel
    /// element without bands, then the end.
    private static final byte[] AAC_FRAME = {(byte) 0xFF, (byte) 0xF1, 0x58, 0x40, 0x01, 0x7F, (byte) 0xFC, 0, 0, 0, 7};

    private static final int AAC_SAMPLES = 1_024;

    private Silence() {}

    /// @param samples of [Speech#RATE]
    static byte[] mp3(int samples, String text) {
        byte[] frame = Arrays.copyOf(MP3_HEAD, MP3_BYTES);
        return repeated(id3(text), frame, frames(samples, MP3_SAMPLES));
    }

    static byte[] aac(int samples, String text) {
        return repeated(id3(text), AAC_FRAME, frames(samples, AAC_SAMPLES));
    }

    private static int frames(int samples, int each) {
        return Math.max(1, (samples + each - 1) / each);
    }

    private static byte[] repeated(byte[] head, byte[] frame, int times) {
        ByteBuffer sound =
                ByteBuffer.allocate(head.length + frame.length * times).put(head);
        for (int i = 0; i < times; i++) {
            sound.put(frame);
        }
        return sound.array();
    }

    /// A tag with one comment in UTF-8 (https://id3.org/id3v2.4.0-frames, 4.10).
    private static byte[] id3(String text) {
        byte[] comment = SpokenText.comment(text);
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

    /// Comments as Vorbis, Opus and FLAC have them (https://xiph.org/vorbis/doc/v-comment.html).
    static byte[] vorbisComment(String text) {
        byte[] maker = ascii("pagoda");
        byte[] name = ascii("DESCRIPTION=");
        byte[] comment = SpokenText.comment(text);
        ByteBuffer all = ByteBuffer.allocate(12 + maker.length + name.length + comment.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        all.putInt(maker.length).put(maker).putInt(1);
        return all.putInt(name.length + comment.length).put(name).put(comment).array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
