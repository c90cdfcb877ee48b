package dev.pagoda.gateway.media;

import de.sciss.jump3r.lowlevel.LameEncoder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.sound.sampled.AudioFormat;

/// Sounds as MP3 (MPEG-2 layer III, ISO/IEC 13818-3), by LAME as it was ported to Java. Pure; the same samples give the
/// same bytes.
///
/// A second of sound takes some 3 ms. The first frame is silent and tells how long the sound is, to the sample ("Mp3
/// Info Tag", revision 1, Gabriel Bouvigne, http://gabriel.mp3-tech.org/mp3infotag.html).
final class Mp3 {
    /// kbit/s; for less LAME changes the rate of samples.
    private static final int BIT_RATE = 64;

    private static final int FRAME_SAMPLES = 576;
    private static final int FRAME_BYTES = FRAME_SAMPLES / 8 * BIT_RATE * 1_000 / Speech.RATE;

    /// Samples that LAME's transform puts before the sound.
    private static final int DELAY = 576;

    private static final int HEAD = 4;

    /// What a frame of one channel tells of itself before its samples.
    private static final int SIDE = 9;

    private static final int HAS_FRAMES_AND_BYTES = 3;
    private static final int CONSTANT_RATE = 1;
    private static final int[] CRC = crcTable();

    private Mp3() {}

    /// @param pcm 16 bit, little-endian, one channel, [Speech#RATE]
    static byte[] encode(byte[] pcm, String text) {
        byte[] frames = frames(pcm);
        tell(frames, pcm.length / Short.BYTES);
        byte[] comment = SpokenText.id3(text);
        return ByteBuffer.allocate(comment.length + frames.length)
                .put(comment)
                .put(frames)
                .array();
    }

    private static byte[] frames(byte[] pcm) {
        var format = new AudioFormat(Speech.RATE, Short.SIZE, 1, true, false);
        var encoder =
                new LameEncoder(format, BIT_RATE, LameEncoder.CHANNEL_MODE_MONO, LameEncoder.QUALITY_LOWEST, false);
        var frames = new ByteArrayOutputStream(pcm.length / 5 + 8 * FRAME_BYTES);
        byte[] part = new byte[encoder.getOutputBufferSize()];
        int step = encoder.getInputBufferSize();
        for (int at = 0; at < pcm.length; at += step) {
            int made = encoder.encodeBuffer(pcm, at, Math.min(step, pcm.length - at), part);
            frames.write(part, 0, made);
        }
        frames.write(part, 0, encoder.encodeFinish(part));
        encoder.close();
        return frames.toByteArray();
    }

    /// LAME leaves the first frame empty for this.
    private static void tell(byte[] frames, int samples) {
        int count = frames.length / FRAME_BYTES - 1;
        int padding = count * FRAME_SAMPLES - DELAY - samples;
        ByteBuffer tag = ByteBuffer.wrap(frames, 0, FRAME_BYTES);
        tag.put(frames, FRAME_BYTES, HEAD).put(new byte[SIDE]).put(ascii("Info"));
        tag.putInt(HAS_FRAMES_AND_BYTES).putInt(count).putInt(frames.length);
        tag.put(ascii("LAME3.98.")).put((byte) CONSTANT_RATE);
        tag.position(tag.position() + 10).put((byte) BIT_RATE);
        tag.put((byte) (DELAY >>> 4))
                .put((byte) ((DELAY << 4) | (padding >>> 8)))
                .put((byte) padding);
        tag.position(tag.position() + 4).putInt(frames.length);
        tag.putShort(crc(frames, FRAME_BYTES, frames.length));
        tag.putShort(crc(frames, 0, tag.position()));
    }

    private static short crc(byte[] bytes, int from, int to) {
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc = (crc >>> 8) ^ CRC[(crc ^ bytes[i]) & 0xFF];
        }
        return (short) crc;
    }

    private static int[] crcTable() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0xA001);
            }
            table[i] = crc;
        }
        return table;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
