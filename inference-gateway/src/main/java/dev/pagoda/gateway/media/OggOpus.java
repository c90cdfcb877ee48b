package dev.pagoda.gateway.media;

import io.github.jaredmdobson.concentus.OpusApplication;
import io.github.jaredmdobson.concentus.OpusEncoder;
import io.github.jaredmdobson.concentus.OpusException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Sounds as Opus in Ogg (RFC 6716, 7845). Pure; the same samples give the same bytes.
final class OggOpus {
    /// A packet is 20 ms.
    private static final int SAMPLES_A_PACKET = Speech.RATE / 50;

    /// Granules count samples of this rate, whatever was encoded.
    private static final int RATE = 48_000;

    private static final int GRANULES_A_SAMPLE = RATE / Speech.RATE;
    private static final int BIT_RATE = 32_000;

    /// Of 0 to 10. Without its part for voices, of which there is none here, the encoder takes 2 ms for a second of
    /// sound rather than 6, and a text of 4,096 letters is four minutes.
    private static final int COMPLEXITY = 0;

    /// Far above what 20 ms at this rate take; two segments of a page at most.
    private static final int MAX_PACKET = 509;

    private static final int PACKETS_A_PAGE = 50;
    private static final int SERIAL = 0x50474441;
    private static final int FIRST = 2;
    private static final int LAST = 4;
    private static final int[] CRC = crcTable();

    private OggOpus() {}

    /// A page with the head, one with the text, then a second a page.
    ///
    /// @param pcm 16 bit, little-endian, one channel, [Speech#RATE]
    static byte[] encode(byte[] pcm, String text) {
        OpusEncoder encoder = encoder();
        int preSkip = encoder.getLookahead() * GRANULES_A_SAMPLE;
        List<byte[]> packets = packets(encoder, pcm);
        var sound = new ByteArrayOutputStream();
        ByteBuffer head = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
        head.put(ascii("OpusHead")).put((byte) 1).put((byte) 1).putShort((short) preSkip);
        head.putInt(Speech.RATE).putShort((short) 0).put((byte) 0);
        sound.writeBytes(page(FIRST, 0, 0, List.of(head.array())));
        byte[] comment = SpokenText.vorbis(text);
        ByteBuffer tags = ByteBuffer.allocate(8 + comment.length);
        sound.writeBytes(
                page(0, 0, 1, List.of(tags.put(ascii("OpusTags")).put(comment).array())));
        long end = preSkip + (long) pcm.length / Short.BYTES * GRANULES_A_SAMPLE;
        int sequence = 2;
        for (int from = 0; from < packets.size(); from += PACKETS_A_PAGE) {
            int to = Math.min(packets.size(), from + PACKETS_A_PAGE);
            boolean isLast = to == packets.size();
            // the last granule tells where the sound ends within its packet
            long granule = isLast ? end : (long) to * SAMPLES_A_PACKET * GRANULES_A_SAMPLE;
            sound.writeBytes(page(isLast ? LAST : 0, granule, sequence++, packets.subList(from, to)));
        }
        return sound.toByteArray();
    }

    private static OpusEncoder encoder() {
        try {
            var encoder = new OpusEncoder(Speech.RATE, 1, OpusApplication.OPUS_APPLICATION_RESTRICTED_LOWDELAY);
            encoder.setBitrate(BIT_RATE);
            encoder.setComplexity(COMPLEXITY);
            return encoder;
        } catch (OpusException impossible) {
            throw new IllegalStateException(impossible); // the rate is one of Opus
        }
    }

    /// The samples and, as the encoder is late by its look-ahead, as much silence behind them.
    private static List<byte[]> packets(OpusEncoder encoder, byte[] pcm) {
        int samples = pcm.length / Short.BYTES;
        int count = Math.ceilDiv(samples + encoder.getLookahead(), SAMPLES_A_PACKET);
        short[] sound = new short[count * SAMPLES_A_PACKET];
        ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(sound, 0, samples);
        var packets = new ArrayList<byte[]>(count);
        byte[] packet = new byte[MAX_PACKET];
        try {
            for (int i = 0; i < count; i++) {
                int length = encoder.encode(sound, i * SAMPLES_A_PACKET, SAMPLES_A_PACKET, packet, 0, packet.length);
                packets.add(Arrays.copyOf(packet, length));
            }
        } catch (OpusException impossible) {
            throw new IllegalStateException(impossible); // every packet is one of Opus's lengths
        }
        return packets;
    }

    /// A page of Ogg (RFC 3533, section 6).
    private static byte[] page(int type, long granule, int sequence, List<byte[]> packets) {
        var lacing = new ByteArrayOutputStream();
        var body = new ByteArrayOutputStream();
        for (byte[] packet : packets) {
            for (int left = packet.length; left >= 255; left -= 255) {
                lacing.write(255);
            }
            lacing.write(packet.length % 255);
            body.writeBytes(packet);
        }
        ByteBuffer page = ByteBuffer.allocate(27 + lacing.size() + body.size()).order(ByteOrder.LITTLE_ENDIAN);
        page.put(ascii("OggS"))
                .put((byte) 0)
                .put((byte) type)
                .putLong(granule)
                .putInt(SERIAL)
                .putInt(sequence);
        int sumAt = page.position();
        page.putInt(0).put((byte) lacing.size()).put(lacing.toByteArray()).put(body.toByteArray());
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
