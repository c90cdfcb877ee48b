package dev.pagoda.gateway.media;

/// The forms that speech is told in.
///
/// WAV, PCM, FLAC and Opus hold the sound. MP3 and AAC are as long and hold silence: no encoder of theirs has a
/// permissive licence in Java, and frames of silence are few fixed bytes. All but PCM carry the text.
public enum SoundForm {
    MP3("audio/mpeg"),
    OPUS("audio/opus"),
    AAC("audio/aac"),
    FLAC("audio/flac"),
    WAV("audio/wav"),
    PCM("audio/pcm");

    private final String mediaType;

    SoundForm(String mediaType) {
        this.mediaType = mediaType;
    }

    public String mediaType() {
        return mediaType;
    }

    /// Samples of [Speech] in this form.
    ///
    /// @param pcm  16 bit, little-endian, one channel, [Speech#RATE]
    /// @param text what is said
    public byte[] encode(byte[] pcm, String text) {
        int samples = pcm.length / Short.BYTES;
        return switch (this) {
            case MP3 -> Silence.mp3(samples, text);
            case OPUS -> OggOpus.encode(pcm, text);
            case AAC -> Silence.aac(samples, text);
            case FLAC -> Flac.encode(pcm, text);
            case WAV -> Speech.wav(pcm, text);
            case PCM -> pcm;
        };
    }
}
