package dev.pagoda.gateway.media;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// A simulated image model: coloured shapes that follow from a seed, at the size and in the form that was asked for.
///
/// The same seed, size and form give the same bytes. Takes some 10 ms a picture: not for event loops.
public final class Picture {
    /// Forms of files.
    public enum Form {
        PNG,
        JPEG,
        WEBP;

        public String mediaType() {
            return "image/" + format();
        }

        /// OpenAI's name of it.
        public String format() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How a picture is written.
    ///
    /// @param quality       0 to 100: of JPEG as its encoder has it; of PNG 100; WebP keeps all
    ///                      colours at 100 and rounds them the more the less it is
    /// @param isTransparent whether the shapes lie on nothing; not of JPEG
    public record Look(Form form, int quality, boolean isTransparent) {
        public static final int FULL = 100;

        public Look {
            if (quality < 0 || quality > FULL || (form == Form.PNG && quality < FULL)) {
                throw new IllegalArgumentException("no quality of " + form + ": " + quality);
            }
            if (isTransparent && form == Form.JPEG) {
                throw new IllegalArgumentException("JPEG is not transparent");
            }
        }

        public static Look of(Form form) {
            return new Look(form, FULL, false);
        }
    }

    private static final int MAX_SIDE = 4_096;
    private static final int SHAPES = 24;

    /// Of a step of colours in WebP of the least quality.
    private static final int MAX_ROUNDED_BITS = 5;

    private Picture() {}

    /// @param source what is changed, empty for a picture of its own
    public static byte[] draw(int width, int height, long seed, Look look, Optional<byte[]> source) {
        return draw(width, height, seed, look, source, 1);
    }

    /// A picture that is not done yet.
    ///
    /// @param done how much of it is, 0 to 1
    public static byte[] draw(int width, int height, long seed, Look look, Optional<byte[]> source, double done) {
        if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
            throw new IllegalArgumentException(width + " by " + height + " is not within 1 to " + MAX_SIDE);
        }
        var random = new SplittableRandom(seed);
        var image = new BufferedImage(
                width, height, look.isTransparent() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        try {
            pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            pen.setPaint(new GradientPaint(0, 0, colour(random, 255), width, height, colour(random, 255)));
            if (!look.isTransparent()) {
                pen.fillRect(0, 0, width, height);
            }
            source.map(Picture::read).ifPresent(under -> pen.drawImage(under, 0, 0, width, height, null));
            for (int i = 0; i < Math.round(SHAPES * done); i++) {
                pen.setColor(colour(random, 40 + random.nextInt(120)));
                int across = 1 + random.nextInt(Math.max(1, width / 2));
                int along = 1 + random.nextInt(Math.max(1, height / 2));
                int x = random.nextInt(width) - across / 2;
                int y = random.nextInt(height) - along / 2;
                if (random.nextBoolean()) {
                    pen.fillOval(x, y, across, along);
                } else {
                    pen.fillRoundRect(x, y, across, along, across / 4, along / 4);
                }
            }
        } finally {
            pen.dispose();
        }
        return look.form() == Form.WEBP ? webp(image, look) : written(image, look);
    }

    private static byte[] webp(BufferedImage image, Look look) {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        int bits = Math.ceilDiv((Look.FULL - look.quality()) * MAX_ROUNDED_BITS, Look.FULL);
        if (bits > 0) {
            int kept = (0xFF << bits) & 0xFF;
            int half = 1 << (bits - 1);
            for (int i = 0; i < pixels.length; i++) {
                int pixel = pixels[i] & 0xFF000000;
                for (int shift = 0; shift < 24; shift += 8) {
                    pixel |= (Math.min(0xFF, ((pixels[i] >>> shift) & 0xFF) + half) & kept) << shift;
                }
                pixels[i] = pixel;
            }
        }
        return Webp.encode(pixels, image.getWidth(), look.isTransparent());
    }

    private static byte[] written(BufferedImage image, Look look) {
        var bytes = new ByteArrayOutputStream();
        ImageWriter writer =
                ImageIO.getImageWritersByFormatName(look.form().format()).next();
        try (ImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            if (look.form() == Form.JPEG) {
                parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                parameters.setCompressionQuality(look.quality() / (float) Look.FULL);
            }
            writer.setOutput(output);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // memory does not fail
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static BufferedImage read(byte[] bytes) {
        try {
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
            return image == null ? new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB) : image;
        } catch (IOException | RuntimeException unreadable) {
            return new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        }
    }

    private static Color colour(SplittableRandom random, int alpha) {
        return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256), alpha);
    }
}
