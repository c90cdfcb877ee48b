package dev.pagoda.gateway.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What the first bytes of a picture tell of it; its pixels are not looked at.
///
/// Forms: PNG (https://www.w3.org/TR/png-3/), GIF89a, JPEG (ITU-T T.81, frame headers), WebP
/// (https://developers.google.com/speed/webp/docs/riff_container).
///
/// @param mediaType such as `image/png`
/// @param width     pixels, at least 1
/// @param height    pixels, at least 1
public record Picture(String mediaType, int width, int height) {
    /// @return empty when the bytes are none of the four forms, or end before the size is told
    public static Optional<Picture> of(byte[] bytes) {
        if (starts(bytes, 0, "\u0089PNG\r\n\u001a\n") && bytes.length >= 24) {
            return sized("image/png", big(bytes, 16, 4), big(bytes, 20, 4));
        }
        if (starts(bytes, 0, "GIF8") && bytes.length >= 10) {
            return sized("image/gif", little(bytes, 6, 2), little(bytes, 8, 2));
        }
        if (starts(bytes, 0, "\u00ff\u00d8\u00ff")) {
            return jpeg(bytes);
        }
        if (starts(bytes, 0, "RIFF") && starts(bytes, 8, "WEBP") && bytes.length >= 30) {
            return webp(bytes);
        }
        return Optional.empty();
    }

    private static Optional<Picture> jpeg(byte[] bytes) {
        int at = 2;
        while (at + 9 < bytes.length) {
            int marker = big(bytes, at + 1, 1);
            if (big(bytes, at, 1) != 0xff) {
                return Optional.empty();
            }
            boolean isFrame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
            if (isFrame) {
                return sized("image/jpeg", big(bytes, at + 7, 2), big(bytes, at + 5, 2));
            }
            boolean isFill = marker == 0xff;
            boolean isAlone = marker == 0x01 || marker >= 0xd0 && marker <= 0xd8;
            at += isFill ? 1 : isAlone ? 2 : 2 + Math.max(2, big(bytes, at + 2, 2));
        }
        return Optional.empty();
    }

    private static Optional<Picture> webp(byte[] bytes) {
        if (starts(bytes, 12, "VP8 ")) {
            return sized("image/webp", little(bytes, 26, 2) & 0x3fff, little(bytes, 28, 2) & 0x3fff);
        }
        if (starts(bytes, 12, "VP8L")) {
            int bits = little(bytes, 21, 4);
            return sized("image/webp", (bits & 0x3fff) + 1, (bits >>> 14 & 0x3fff) + 1);
        }
        return starts(bytes, 12, "VP8X")
                ? sized("image/webp", little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1)
                : Optional.empty();
    }

    private static Optional<Picture> sized(String mediaType, int width, int height) {
        return width > 0 && height > 0 ? Optional.of(new Picture(mediaType, width, height)) : Optional.empty();
    }

    private static boolean starts(byte[] bytes, int at, String signature) {
        byte[] expected = signature.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length < at + expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (bytes[at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private static int big(byte[] bytes, int at, int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }

    private static int little(byte[] bytes, int at, int count) {
        int value = 0;
        for (int i = count - 1; i >= 0; i--) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }
}
