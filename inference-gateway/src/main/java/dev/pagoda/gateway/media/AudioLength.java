package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// How long a sound is, by what its form tells (WAV, FLAC, MP3, AAC, Ogg with Opus), else by a usual bit rate.
public final class AudioLength {
    /// Bytes a second of MP3 at 128 kbit/s, which stands for all compressed forms.
    private static final double USUAL_RATE = 16_000;

    /// How frames of MP3 and AAC begin.
    private static final int FRAME_SYNC = 0x7FF;

    /// How Matroska and WebM begin (RFC 8794, section 11.2.1).
    private static final int EBML = 0x1A45DFA3;

    /// How streams of MPEG-1 and 2 begin (ISO/IEC 13818-1, 2.5.3, and 13818-2, 6.2.1).
    private static final int MPEG_PACK = 0x1BA;

    private static final int MPEG_SEQUENCE = 0x1B3;

    private static final double MAX_SECONDS = 24 * 3_600;

    private AudioLength() {}

    /// @return seconds, 0 for no bytes
    public static double seconds(byte[] bytes) {
        return Math.min(
                MAX_SECONDS,
                isWav(bytes) ? wav(bytes) : StreamLength.seconds(bytes).orElse(bytes.length / USUAL_RATE));
    }

    /// Whether the first bytes are those of a file of FLAC, MP3, AAC, MP4, MPEG, Ogg, WAV or WebM.
    public static boolean isSound(byte[] bytes) {
        if (bytes.length < 12) {
            return false;
        }
        int first = ByteBuffer.wrap(bytes).getInt();
        return isWav(bytes)
                || tag(bytes, 0).equals("fLaC")
                || tag(bytes, 0).equals("OggS")
                || tag(bytes, 0).startsWith("ID3")
                || tag(bytes, 4).equals("ftyp")
                || first >>> 21 == FRAME_SYNC
                || first == EBML
                || first == MPEG_PACK
                || first == MPEG_SEQUENCE;
    }

    static boolean isWav(byte[] bytes) {
        return bytes.length > 44
                && tag(bytes, 0).equals("RIFF")
                && tag(bytes, 8).equals("WAVE");
    }

    private static double wav(byte[] bytes) {
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long rate = 0;
        int at = 12;
        while (at >= 0 && at + 8 <= bytes.length) {
            String chunk = tag(bytes, at);
            long size = Integer.toUnsignedLong(data.getInt(at + 4));
            if (chunk.equals("fmt ") && at + 20 <= bytes.length) {
                rate = Integer.toUnsignedLong(data.getInt(at + 16));
            } else if (chunk.equals("data")) {
                // a stream's header tells no true size
                return rate == 0 ? bytes.length / USUAL_RATE : Math.min(size, bytes.length - at - 8L) / (double) rate;
            }
            long next = at + 8 + size + (size & 1);
            at = next > bytes.length ? -1 : (int) next;
        }
        return bytes.length / USUAL_RATE;
    }

    private static String tag(byte[] bytes, int at) {
        return new String(bytes, at, 4, StandardCharsets.US_ASCII);
    }
}
