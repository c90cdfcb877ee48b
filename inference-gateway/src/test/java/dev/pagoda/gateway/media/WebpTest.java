package dev.pagoda.gateway.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Read back by TwelveMonkeys' decoder, which shares nothing with the encoder.
class WebpTest {
    private static int[] decoded(byte[] file, int width, int height) throws IOException {
        assertEquals(Optional.of(new ImageHeader("image/webp", width, height)), ImageHeader.read(file));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(file));
        assertNotNull(image);
        assertEquals(width, image.getWidth());
        assertEquals(height, image.getHeight());
        return image.getRGB(0, 0, width, height, null, 0, width);
    }

    private static void assertKept(int width, int height, boolean hasAlpha, IntUnaryOperator pixel) throws IOException {
        int[] pixels = new int[width * height];
        Arrays.setAll(pixels, pixel);
        byte[] file = Webp.encode(pixels.clone(), width, hasAlpha);
        assertEquals(0, file.length % 2);
        assertArrayEquals(pixels, decoded(file, width, height));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,9", "9,1", "2,2", "17,5", "513,3", "5,513", "600,520"})
    void givesBackEveryPixel(int width, int height) throws IOException {
        var random = new Random(31L * width + height);
        assertKept(width, height, false, at -> 0xFF000000 | random.nextInt(1 << 24));
        assertKept(width, height, true, at -> random.nextInt());
        assertKept(width, height, false, at -> 0xFF336699);
        assertKept(width, height, true, at -> 0);
        assertKept(width, height, false, at -> 0xFF000000 | (((at % width * 3) & 0xFF) << 8) | ((at / width) & 0xFF));
        // few colours, many copies; then colours so unlike in number that a code would be too long
        assertKept(width, height, false, at -> 0xFF000000 | (random.nextInt(2) * 0x40));
        assertKept(width, height, true, at -> {
            int rare = Integer.numberOfTrailingZeros(random.nextInt() | (1 << 24));
            return (rare << 24) | ((rare * 7) << 16) | (((rare * 9) & 0xFF) << 8) | rare;
        });
    }

    @Test
    void pictureIsTheSameInPngAndWebp() throws IOException {
        for (boolean isTransparent : new boolean[] {false, true}) {
            var png = new Picture.Look(Picture.Form.PNG, 100, isTransparent);
            var webp = new Picture.Look(Picture.Form.WEBP, 100, isTransparent);
            byte[] one = Picture.draw(256, 200, 7, png, Optional.empty());
            byte[] other = Picture.draw(256, 200, 7, webp, Optional.empty());
            int[] pixels = ImageIO.read(new ByteArrayInputStream(one)).getRGB(0, 0, 256, 200, null, 0, 256);
            assertArrayEquals(pixels, decoded(other, 256, 200));
            assertTrue(other.length < 3 * 256 * 200 / 4, other.length + " bytes");
            assertEquals(isTransparent, Arrays.stream(pixels).anyMatch(pixel -> pixel >>> 24 == 0));
        }
    }

    @Test
    void lessQualityTakesFewerBytes() throws IOException {
        int last = Integer.MAX_VALUE;
        int[] exact = new int[0];
        for (int quality : new int[] {100, 80, 60, 40, 20, 0}) {
            byte[] file =
                    Picture.draw(256, 200, 7, new Picture.Look(Picture.Form.WEBP, quality, false), Optional.empty());
            assertTrue(file.length < last, quality + ": " + file.length + " bytes after " + last);
            last = file.length;
            int[] pixels = decoded(file, 256, 200);
            exact = quality == 100 ? pixels : exact;
            int step = 1 << ((100 - quality) / 20);
            for (int i = 0; i < pixels.length; i++) {
                for (int shift = 0; shift < 24; shift += 8) {
                    int apart = Math.abs(((pixels[i] >>> shift) & 0xFF) - ((exact[i] >>> shift) & 0xFF));
                    assertTrue(apart < step, "quality " + quality + ": " + apart);
                }
            }
        }
    }

    @Test
    void aPictureInWebpIsChangedLikeOneInPng() {
        byte[] png = Picture.draw(64, 64, 3, Picture.Look.of(Picture.Form.PNG), Optional.empty());
        byte[] webp = Picture.draw(64, 64, 3, Picture.Look.of(Picture.Form.WEBP), Optional.empty());
        var look = Picture.Look.of(Picture.Form.PNG);
        assertArrayEquals(
                Picture.draw(64, 64, 4, look, Optional.of(png)), Picture.draw(64, 64, 4, look, Optional.of(webp)));
    }
}
