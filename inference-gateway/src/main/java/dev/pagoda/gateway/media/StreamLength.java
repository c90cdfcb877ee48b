package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;

/// The length of sounds that come as frames or pages: read from their heads, none is decoded.
final class StreamLength {
    private static final int ID3_HEAD = 10;
    private static final int FLAC_INFO = 26;
    private static final int OGG_HEAD = 27;
    private static final double OPUS_RATE = 48_000;

    /// kbit/s of layer III by index, MPEG-1 and the later two (ISO/IEC 11172-3 and 13818-3).
    private static final int[] MPEG1_RATES = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};

    private static final int[] MPEG2_RATES = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0};

    /// Hz by index of MPEG-1, of which the later two have a half and a quarter.
    private static final int[] MP3_RATES = {44_100, 48_000, 32_000, 0};

    /// Bytes a second of the lowest bit rate.
    private static final double LEAST_MP3_RATE = 1_000;

    /// Hz by index (ISO/IEC 13818-7).
    private static final int[] AAC_RATES = {
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350, 0, 0, 0
    };

    private StreamLength() {}

    /// @return empty when it is in none of these forms
    static OptionalDouble seconds(byte[] sound) {
        if (is(sound, 0, "fLaC") && sound.length >= FLAC_INFO) {
            return flac(ByteBuffer.wrap(sound));
        }
        if (is(sound, 0, "OggS")) {
            return ogg(sound);
        }
        int at = is(sound, 0, "ID3") && sound.length >= ID3_HEAD
                ? ID3_HEAD + ((sound[6] << 21) | (sound[7] << 14) | (sound[8] << 7) | sound[9])
                : 0;
        boolean isFrame = at >= 0
                && at + 7 <= sound.length
                && Byte.toUnsignedInt(sound[at]) == 0xFF
                && (sound[at + 1] & 0xE0) == 0xE0;
        if (!isFrame) {
            return OptionalDouble.empty();
        }
        return (sound[at + 1] & 0x06) == 0 ? aac(sound, at) : mp3(sound, at);
    }

    private static boolean is(byte[] sound, int at, String tag) {
        return sound.length >= at + tag.length()
                && new String(sound, at, tag.length(), StandardCharsets.US_ASCII).equals(tag);
    }

    private static OptionalDouble flac(ByteBuffer sound) {
        int rate = sound.getInt(18) >>> 12;
        long samples = sound.getLong(18) & 0xF_FFFF_FFFFL;
        return rate == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) samples / rate);
    }

    /// The granule of the last page is where the sound ends.
    private static OptionalDouble ogg(byte[] bytes) {
        ByteBuffer sound = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long last = -1;
        int at = 0;
        while (at + OGG_HEAD <= sound.limit() && is(bytes, at, "OggS")) {
            last = Math.max(last, sound.getLong(at + 6));
            int segments = Byte.toUnsignedInt(sound.get(at + 26));
            int next = at + OGG_HEAD + segments;
            for (int i = 0; i < segments && at + OGG_HEAD + i < sound.limit(); i++) {
                next += Byte.toUnsignedInt(sound.get(at + OGG_HEAD + i));
            }
            at = next;
        }
        boolean isOpus = sound.limit() > OGG_HEAD + 12 && is(bytes, OGG_HEAD + 1, "OpusHead");
        if (!isOpus || last < 0) {
            return OptionalDouble.empty();
        }
        int skipped = Short.toUnsignedInt(sound.getShort(OGG_HEAD + 1 + 10));
        return OptionalDouble.of(Math.max(0, last - skipped) / OPUS_RATE);
    }

    /// By the count of frames and what lies around the sound, if the first frame tells them, else by its bit rate.
    private static OptionalDouble mp3(byte[] sound, int at) {
        boolean isFirst = (sound[at + 1] & 0x18) == 0x18;
        OptionalDouble told = mp3Tag(sound, at, isFirst);
        if (told.isPresent()) {
            return told;
        }
        int rate = (isFirst ? MPEG1_RATES : MPEG2_RATES)[(sound[at + 2] >> 4) & 0x0F];
        return rate == 0 ? OptionalDouble.empty() : OptionalDouble.of((sound.length - at) * 8.0 / (rate * 1_000));
    }

    /// What LAME's and Xing's tags tell (http://gabriel.mp3-tech.org/mp3infotag.html), within what the bytes can hold.
    private static OptionalDouble mp3Tag(byte[] sound, int at, boolean isFirst) {
        boolean isMono = (sound[at + 3] & 0xC0) == 0xC0;
        int side = isFirst ? (isMono ? 17 : 32) : (isMono ? 9 : 17);
        int tag = at + 4 + side;
        int rate = MP3_RATES[(sound[at + 2] >> 2) & 0x03] >> (isFirst ? 0 : (sound[at + 1] & 0x18) == 0x10 ? 1 : 2);
        if (rate == 0 || tag + 12 > sound.length || !(is(sound, tag, "Info") || is(sound, tag, "Xing"))) {
            return OptionalDouble.empty();
        }
        ByteBuffer data = ByteBuffer.wrap(sound);
        int has = data.getInt(tag + 4);
        if ((has & 1) == 0) {
            return OptionalDouble.empty();
        }
        long samples = Integer.toUnsignedLong(data.getInt(tag + 8)) * (isFirst ? 1_152 : 576);
        int lame = tag + 12 + ((has & 2) == 0 ? 0 : 4) + ((has & 4) == 0 ? 0 : 100) + ((has & 8) == 0 ? 0 : 4);
        if (lame + 24 <= sound.length && sound[lame] != 0) {
            int around = data.getInt(lame + 20) & 0xFFFFFF;
            samples -= (around >> 12) + (around & 0xFFF);
        }
        return OptionalDouble.of(Math.clamp(samples / (double) rate, 0, sound.length / LEAST_MP3_RATE));
    }

    /// By counting frames.
    private static OptionalDouble aac(byte[] sound, int first) {
        int rate = AAC_RATES[(sound[first + 2] >> 2) & 0x0F];
        int frames = 0;
        int at = first;
        while (at + 7 <= sound.length) {
            int length = ((sound[at + 3] & 0x03) << 11)
                    | (Byte.toUnsignedInt(sound[at + 4]) << 3)
                    | (Byte.toUnsignedInt(sound[at + 5]) >> 5);
            if (length < 7) {
                return OptionalDouble.empty();
            }
            at += length;
            frames++;
        }
        return rate == 0 ? OptionalDouble.empty() : OptionalDouble.of(frames * 1_024.0 / rate);
    }
}
