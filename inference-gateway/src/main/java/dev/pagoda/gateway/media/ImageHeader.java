package dev.pagoda.gateway.media;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// What the first bytes of a picture tell; nothing is decoded.
///
/// @param mediaType `image/png`, `image/jpeg`, `image/gif` or `image/webp`
/// @param width     pixels
/// @param height    pixels
public record ImageHeader(String mediaType, int width, int height) {
    private static final int WEBP_HEADER = 30;

    /// @return empty when it is no picture of these forms
    public static Optional<ImageHeader> read(byte[] bytes) {
        if (bytes.length >= WEBP_HEADER
                && tag(bytes, 0).equals("RIFF")
                && tag(bytes, 8).equals("WEBP")) {
            return webp(bytes);
        }
        try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(input);
            if (!readers.hasNext()) {
                return Optional.empty();
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(input, true, true);
                String form = reader.getFormatName().toLowerCase(Locale.ROOT);
                return Optional.of(new ImageHeader("image/" + form, reader.getWidth(0), reader.getHeight(0)));
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException broken) {
            return Optional.empty();
        }
    }

    /// WebP's three forms (RFC 9649, section 2).
    private static Optional<ImageHeader> webp(byte[] bytes) {
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return switch (tag(bytes, 12)) {
            case "VP8 " ->
                Optional.of(new ImageHeader("image/webp", data.getShort(26) & 0x3FFF, data.getShort(28) & 0x3FFF));
            case "VP8L" -> {
                int bits = data.getInt(21);
                yield Optional.of(new ImageHeader("image/webp", (bits & 0x3FFF) + 1, (bits >>> 14 & 0x3FFF) + 1));
            }
            case "VP8X" ->
                Optional.of(new ImageHeader(
                        "image/webp", (data.getInt(24) & 0xFFFFFF) + 1, (data.getInt(26) >>> 8 & 0xFFFFFF) + 1));
            default -> Optional.empty();
        };
    }

    private static String tag(byte[] bytes, int at) {
        return new String(bytes, at, 4, StandardCharsets.US_ASCII);
    }
}
