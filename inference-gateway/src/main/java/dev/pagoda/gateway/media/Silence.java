package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;

/// Silence as AAC: frames whose bits say that all is zero, and a comment. Pure.
final class Silence {
    /// AAC-LC in ADTS (ISO/IEC 13818-7): one channel, 24 kHz, 11 bytes for 1,024 samples; its block is a single channel
    /// element without bands, then the end.
    private static final byte[] AAC_FRAME = {(byte) 0xFF, (byte) 0xF1, 0x58, 0x40, 0x01, 0x7F, (byte) 0xFC, 0, 0, 0, 7};

    private static final int AAC_SAMPLES = 1_024;

    private Silence() {}

    /// @param samples of [Speech#RATE]
    static byte[] aac(int samples, String text) {
        byte[] comment = SpokenText.id3(text);
        int frames = Math.max(1, Math.ceilDiv(samples, AAC_SAMPLES));
        ByteBuffer sound = ByteBuffer.allocate(comment.length + AAC_FRAME.length * frames);
        sound.put(comment);
        for (int i = 0; i < frames; i++) {
            sound.put(AAC_FRAME);
        }
        return sound.array();
    }
}
