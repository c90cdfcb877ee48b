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
import java.util.Optional;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/// A simulated image model: coloured shapes that follow from a seed, at the size and in the form that was asked for.
///
/// The same seed, size and form give the same bytes. Takes some 10 ms a picture: not for event loops.
public final class Picture {
    /// Forms that the JDK writes.
    public enum Form {
        PNG("image/png"),
        JPEG("image/jpeg");

        private final String mediaType;

        Form(String mediaType) {
            this.mediaType = mediaType;
        }

        public String mediaType() {
            return mediaType;
        }
    }

    private static final int MAX_SIDE = 4_096;
    private static final int SHAPES = 24;

    private Picture() {}

    /// @param source what is changed, empty for a picture of its own
    public static byte[] draw(int width, int height, long seed, Form form, Optional<byte[]> source) {
        return draw(width, height, seed, form, source, 1);
    }

    /// A picture that is not done yet.
    ///
    /// @param done how much of it is, 0 to 1
    public static byte[] draw(int width, int height, long seed, Form form, Optional<byte[]> source, double done) {
        if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
            throw new IllegalArgumentException(width + " by " + height + " is not within 1 to " + MAX_SIDE);
        }
        var random = new SplittableRandom(seed);
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        try {
            pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            pen.setPaint(new GradientPaint(0, 0, colour(random, 255), width, height, colour(random, 255)));
            pen.fillRect(0, 0, width, height);
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
        var bytes = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, form.name(), bytes)) {
                throw new IllegalStateException("this Java writes no " + form);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible); // memory does not fail
        }
        return bytes.toByteArray();
    }

    private static BufferedImage read(byte[] bytes) {
        try {
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
            return image == null ? new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB) : image;
        } catch (IOException unreadable) {
            return new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        }
    }

    private static Color colour(SplittableRandom random, int alpha) {
        return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256), alpha);
    }
}
