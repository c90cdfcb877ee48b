package dev.pagoda.gateway.media;

/// The forms that speech is told in.
///
/// All hold the sound but AAC, which is as long and holds silence: no library in Java encodes it, and frames of
/// silence are few fixed bytes. All but PCM carry the text.
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
        return switch (this) {
            case MP3 -> Mp3.encode(pcm, text);
            case OPUS -> OggOpus.encode(pcm, text);
            case AAC -> Silence.aac(pcm.length / Short.BYTES, text);
            case FLAC -> Flac.encode(pcm, text);
            case WAV -> Speech.wav(pcm, text);
            case PCM -> pcm;
        };
    }
}
