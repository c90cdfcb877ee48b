package dev.pagoda.gateway.backend;

/// The languages that the grounded responder answers in.
enum Language {
    ENGLISH,
    CHINESE;

    private static final int SAMPLE_CHARS = 2_000;

    /// Chinese when Han characters outweigh words in Latin letters, a Han character counting as much as two letters.
    static Language of(String text) {
        int han = 0;
        int latin = 0;
        int end = Math.min(text.length(), SAMPLE_CHARS);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isHan(c)) {
                han++;
            } else if (Character.isLetter(c)) {
                latin++;
            }
        }
        return han > 0 && 2 * han >= latin ? CHINESE : ENGLISH;
    }

    static boolean isHan(char c) {
        return (c >= '\u4e00' && c <= '\u9fff') || (c >= '\u3400' && c <= '\u4dbf');
    }
}
