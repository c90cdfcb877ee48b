package dev.pagoda.gateway.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureTest {
    @ParameterizedTest
    @CsvSource({"png", "jpeg", "gif"})
    void readsTheSizeThatAnotherLibraryWrote(String form) throws IOException {
        var written = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(321, 123, BufferedImage.TYPE_INT_RGB), form, written);

        assertEquals(Optional.of(new Picture("image/" + form, 321, 123)), Picture.of(written.toByteArray()));
    }

    @Test
    void readsLosslessWebp() {
        // one pixel, as libwebp writes it
        byte[] webp = Base64.getDecoder().decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==");

        assertEquals(Optional.of(new Picture("image/webp", 1, 1)), Picture.of(Arrays.copyOf(webp, 34)));
    }

    @Test
    void knowsNothingOfOtherBytes() {
        assertEquals(Optional.empty(), Picture.of(new byte[0]));
        assertEquals(Optional.empty(), Picture.of("GIF8".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        assertEquals(Optional.empty(), Picture.of(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 0}));
    }
}
