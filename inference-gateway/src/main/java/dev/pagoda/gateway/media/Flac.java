package dev.pagoda.gateway.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Sound without loss (RFC 9639): blocks of 4,096 samples, each told by how it leaves the straight line through the two
/// before it. Pure.
final class Flac {
    private static final int BLOCK = 4_096;
    private static final int BLOCK_CODE = 12;
    private static final int OTHER_BLOCK_CODE = 7;
    private static final int RATE_24K_CODE = 7;
    private static final int MAX_RICE = 14;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long pending;
    private int pendingBits;

    private Flac() {}

    /// @param pcm 16 bit, little-endian, one channel, [Speech#RATE]
    static byte[] encode(byte[] pcm, String text) {
        short[] samples = new short[pcm.length / Short.BYTES];
        ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
        byte[] comment = SpokenText.vorbis(text);
        var file = new Flac();
        file.bits(('f' << 24) | ('L' << 16) | ('a' << 8) | 'C', 32);
        file.bits(0, 8);
        file.bits(34, 24);
        file.bits(BLOCK, 16);
        file.bits(BLOCK, 16);
        file.bits(0, 48);
        file.bits(Speech.RATE, 20);
        file.bits(0, 3);
        file.bits(Short.SIZE - 1, 5);
        file.bits(samples.length, 36);
        file.bytes.writeBytes(md5(pcm));
        // the last block of metadata, and a comment
        file.bits(0x84, 8);
        file.bits(comment.length, 24);
        file.bytes.writeBytes(comment);
        for (int from = 0, number = 0; from < samples.length; from += BLOCK, number++) {
            var frame = new Flac();
            frame.frame(samples, from, Math.min(BLOCK, samples.length - from), number);
            file.bytes.writeBytes(frame.bytes.toByteArray());
        }
        return file.bytes.toByteArray();
    }

    private static byte[] md5(byte[] pcm) {
        try {
            return MessageDigest.getInstance("MD5").digest(pcm);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has it
        }
    }

    private void frame(short[] samples, int from, int count, int number) {
        bits(0xFFF8, 16);
        bits(count == BLOCK ? BLOCK_CODE : OTHER_BLOCK_CODE, 4);
        bits(RATE_24K_CODE, 4);
        // one channel, 16 bit
        bits(0x08, 8);
        number(number);
        if (count != BLOCK) {
            bits(count - 1, 16);
        }
        bits(crc(0x07, 8), 8);
        if (count <= 2) {
            bits(0x02, 8);
            for (int i = 0; i < count; i++) {
                bits(samples[from + i], 16);
            }
        } else {
            line(samples, from, count);
        }
        bits(0, (8 - pendingBits) % 8);
        bits(crc(0x8005, 16), 16);
    }

    /// A frame's number, as UTF-8 writes a character.
    private void number(int number) {
        if (number < 0x80) {
            bits(number, 8);
        } else if (number < 0x800) {
            bits(0xC0 | (number >>> 6), 8);
            bits(0x80 | (number & 0x3F), 8);
        } else {
            bits(0xE0 | (number >>> 12), 8);
            bits(0x80 | ((number >>> 6) & 0x3F), 8);
            bits(0x80 | (number & 0x3F), 8);
        }
    }

    /// The fixed predictor of order 2, its errors in one partition of Rice codes.
    private void line(short[] samples, int from, int count) {
        int[] errors = new int[count - 2];
        long sum = 0;
        for (int i = 2; i < count; i++) {
            int error = samples[from + i] - 2 * samples[from + i - 1] + samples[from + i - 2];
            errors[i - 2] = (error << 1) ^ (error >> 31);
            sum += errors[i - 2];
        }
        long mean = sum / errors.length;
        int rice = Math.min(MAX_RICE, mean == 0 ? 0 : 63 - Long.numberOfLeadingZeros(mean));
        bits(0x14, 8);
        bits(samples[from], 16);
        bits(samples[from + 1], 16);
        bits(0, 6);
        bits(rice, 4);
        for (int error : errors) {
            for (int zeros = error >>> rice; zeros > 0; zeros -= 32) {
                bits(0, Math.min(32, zeros));
            }
            bits((1L << rice) | (error & ((1L << rice) - 1)), rice + 1);
        }
    }

    private void bits(long value, int count) {
        for (int i = count - 1; i >= 0; i--) {
            pending = (pending << 1) | ((value >>> i) & 1);
            if (++pendingBits == 8) {
                bytes.write((int) pending);
                pending = 0;
                pendingBits = 0;
            }
        }
    }

    /// Of what has been written, which is whole bytes.
    private int crc(int polynomial, int width) {
        int crc = 0;
        int top = 1 << (width - 1);
        for (byte each : bytes.toByteArray()) {
            crc ^= Byte.toUnsignedInt(each) << (width - 8);
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & top) != 0 ? (crc << 1) ^ polynomial : crc << 1;
            }
            crc &= (top << 1) - 1;
        }
        return crc;
    }
}
