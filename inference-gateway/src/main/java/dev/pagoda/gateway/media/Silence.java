package dev.pagoda.gateway.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Silence as MP3, AAC and Opus: frames whose bits say that all is zero, and a comment. Pure.
final class Silence {
    /// MPEG-2 layer III (ISO/IEC 13818-3): one channel, 24 kHz, 32 kbit/s, no check; 96 bytes for 576 samples.
    private static final byte[] MP3_HEAD = {(byte) 0xFF, (byte) 0xF3, 0x44, (byte) 0xC0};

    private static final int MP3_BYTES = 96;
    private static final int MP3_SAMPLES = 576;

    /// AAC-LC in ADTS (ISO/IEC 13818-7): one channel, 24 kHz, 11 bytes for 1,024 samples; its block is a single channel
    /// element without bands, then the end.
    private static final byte[] AAC_FRAME = {(byte) 0xFF, (byte) 0xF1, 0x58, 0x40, 0x01, 0x7F, (byte) 0xFC, 0, 0, 0, 7};

    private static final int AAC_SAMPLES = 1_024;

    /// A packet of 20 ms without energy: CELT, full band, one channel (RFC 6716, section 3.1).
    private static final byte[] OPUS_PACKET = {(byte) 0xF8, (byte) 0xFF, (byte) 0xFE};

    private static final int OPUS_SAMPLES = 960;
    private static final int OPUS_RATE = 48_000;
    /// The delay of usual encoders, 6.5 ms (RFC 7845, section 4.2).
    private static final int OPUS_PRE_SKIP = 312;

    private static final int PACKETS_A_PAGE = 50;
    private static final int SERIAL = 0x50474441;
    private static final int[] CRC = crcTable();

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

    /// Opus in Ogg (RFC 7845): a page with the head, one with the comment, then a second a page.
    static byte[] opus(int samples, String text) {
        long wanted = (long) samples * OPUS_RATE / Speech.RATE;
        int packets = (int) Math.max(1, (OPUS_PRE_SKIP + wanted + OPUS_SAMPLES - 1) / OPUS_SAMPLES);
        var sound = new ByteArrayOutputStream();
        ByteBuffer head = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
        head.put(ascii("OpusHead")).put((byte) 1).put((byte) 1).putShort((short) OPUS_PRE_SKIP);
        head.putInt(Speech.RATE).putShort((short) 0).put((byte) 0);
        sound.writeBytes(page(2, 0, 0, head.array(), 1));
        byte[] comment = vorbisComment(text);
        ByteBuffer tags = ByteBuffer.allocate(8 + comment.length);
        sound.writeBytes(page(0, 0, 1, tags.put(ascii("OpusTags")).put(comment).array(), 1));
        int sequence = 2;
        for (int from = 0; from < packets; from += PACKETS_A_PAGE) {
            int count = Math.min(PACKETS_A_PAGE, packets - from);
            boolean isLast = from + count == packets;
            // the last granule tells where the sound ends within its packet
            long granule = isLast ? OPUS_PRE_SKIP + wanted : (long) (from + count) * OPUS_SAMPLES;
            byte[] body = repeated(new byte[0], OPUS_PACKET, count);
            sound.writeBytes(page(isLast ? 4 : 0, granule, sequence++, body, count));
        }
        return sound.toByteArray();
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

    /// A page of Ogg (RFC 3533, section 6).
    ///
    /// @param packets equally long ones, which make up the body
    private static byte[] page(int type, long granule, int sequence, byte[] body, int packets) {
        int length = body.length / packets;
        byte[] lacing = new byte[length / 255 + 1];
        Arrays.fill(lacing, (byte) 255);
        lacing[lacing.length - 1] = (byte) (length % 255);
        ByteBuffer page =
                ByteBuffer.allocate(27 + lacing.length * packets + body.length).order(ByteOrder.LITTLE_ENDIAN);
        page.put(ascii("OggS"))
                .put((byte) 0)
                .put((byte) type)
                .putLong(granule)
                .putInt(SERIAL)
                .putInt(sequence);
        int sumAt = page.position();
        page.putInt(0).put((byte) (lacing.length * packets));
        for (int i = 0; i < packets; i++) {
            page.put(lacing);
        }
        page.put(body);
        return page.putInt(sumAt, crc(page.array())).array();
    }

    private static int crc(byte[] bytes) {
        int crc = 0;
        for (byte each : bytes) {
            crc = (crc << 8) ^ CRC[(crc >>> 24) ^ Byte.toUnsignedInt(each)];
        }
        return crc;
    }

    private static int[] crcTable() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int crc = i << 24;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc << 1) ^ (crc < 0 ? 0x04C11DB7 : 0);
            }
            table[i] = crc;
        }
        return table;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
