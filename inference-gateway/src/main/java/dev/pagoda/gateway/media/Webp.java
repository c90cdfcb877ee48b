package dev.pagoda.gateway.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/// Pictures as lossless WebP (RFC 9649, section 3): one predictor for all pixels, copies of those before and above, and
/// a prefix code for each channel. Pure; the same pixels give the same bytes.
///
/// Holds the code beside the pixels, which it overwrites.
final class Webp {
    private static final int SIGNATURE = 0x2F;
    private static final int BLACK = 0xFF000000;
    private static final int LITERALS = 256;
    private static final int LENGTHS = 24;
    private static final int DISTANCES = 40;
    private static final int MAX_COPY = 4_096;

    /// Below it the bits of pixels are as few.
    private static final int MIN_COPY = 4;

    /// Distances that the format numbers by place: the pixel above, the pixel before.
    private static final int ABOVE = 1;

    private static final int BEFORE = 2;

    private static final int PREDICTOR = 0;
    private static final int SELECT = 11;

    /// A block of the predictor is 512 pixels wide and high, so that few bits tell that all have the same.
    private static final int WIDEST_BLOCK = 7;

    private Webp() {}

    /// @param pixels   ARGB without premultiplication, row by row, at most 16,384 a side; overwritten
    /// @param hasAlpha whether some are not opaque
    static byte[] encode(int[] pixels, int width, boolean hasAlpha) {
        int height = pixels.length / width;
        predict(pixels, width);
        var counts = new Counts();
        walk(pixels, width, counts);
        var bits = new Bits(pixels.length / 2 + 4_096);
        bits.put(width - 1, 14);
        bits.put(height - 1, 14);
        bits.put(hasAlpha ? 1 : 0, 1);
        bits.put(0, 3); // version
        bits.put(1, 1); // a transform follows
        bits.put(PREDICTOR, 2);
        bits.put(WIDEST_BLOCK, 3);
        bits.put(0, 1); // no cache of colours
        PrefixCode.writeOne(bits, SELECT); // a picture of the block's predictors, in its green
        for (int i = 1; i < 5; i++) {
            PrefixCode.writeOne(bits, 0);
        }
        bits.put(0, 1); // no more transforms
        bits.put(0, 2); // no cache of colours, one group of codes
        Codes codes = counts.codes(bits);
        codes.all().forEach(code -> code.write(bits));
        walk(pixels, width, codes);
        return file(bits.bytes());
    }

    private static byte[] file(byte[] code) {
        int payload = 1 + code.length;
        ByteBuffer file = ByteBuffer.allocate(20 + payload + payload % 2).order(ByteOrder.LITTLE_ENDIAN);
        file.put(ascii("RIFF")).putInt(file.capacity() - 8).put(ascii("WEBP"));
        return file.put(ascii("VP8L"))
                .putInt(payload)
                .put((byte) SIGNATURE)
                .put(code)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /// Replaces pixels by how they differ from what is predicted, from the last on: predictions lean on those before.
    private static void predict(int[] pixels, int width) {
        for (int at = pixels.length - 1; at > 0; at--) {
            int predicted;
            if (at < width) {
                predicted = pixels[at - 1];
            } else if (at % width == 0) {
                predicted = pixels[at - width];
            } else {
                predicted = select(pixels[at - 1], pixels[at - width], pixels[at - width - 1]);
            }
            pixels[at] = minus(pixels[at], predicted);
        }
        pixels[0] = minus(pixels[0], BLACK);
    }

    private static int select(int left, int top, int corner) {
        return apart(top, corner) < apart(left, corner) ? left : top;
    }

    private static int apart(int one, int other) {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8) {
            sum += Math.abs(((one >>> shift) & 0xFF) - ((other >>> shift) & 0xFF));
        }
        return sum;
    }

    /// By channels, modulo 256.
    private static int minus(int one, int other) {
        int alphaGreen = (one & 0xFF00FF00) + 0x00FF00FF - (other & 0xFF00FF00);
        int redBlue = (one & 0x00FF00FF) + 0xFF00FF00 - (other & 0x00FF00FF);
        return (alphaGreen & 0xFF00FF00) | (redBlue & 0x00FF00FF);
    }

    private interface Sink {
        void pixel(int argb);

        void copy(int length, int distance);
    }

    private static void walk(int[] pixels, int width, Sink sink) {
        int at = 0;
        while (at < pixels.length) {
            int before = run(pixels, at, 1);
            int above = run(pixels, at, width);
            int length = Math.max(before, above);
            if (length < MIN_COPY) {
                sink.pixel(pixels[at++]);
            } else {
                sink.copy(length, above > before ? ABOVE : BEFORE);
                at += length;
            }
        }
    }

    private static int run(int[] pixels, int at, int distance) {
        if (at < distance) {
            return 0;
        }
        int most = Math.min(MAX_COPY, pixels.length - at);
        int length = 0;
        while (length < most && pixels[at + length] == pixels[at + length - distance]) {
            length++;
        }
        return length;
    }

    /// The class of a length or distance, of which some more bits tell which it is (section 5.2.2).
    private static int prefix(int value) {
        int less = value - 1;
        if (less < 4) {
            return less;
        }
        int high = 31 - Integer.numberOfLeadingZeros(less);
        return 2 * high + ((less >>> (high - 1)) & 1);
    }

    private static void putRest(Bits bits, int value) {
        int less = value - 1;
        if (less >= 4) {
            int count = 30 - Integer.numberOfLeadingZeros(less);
            bits.put(less & ((1 << count) - 1), count);
        }
    }

    private static final class Counts implements Sink {
        private final int[] green = new int[LITERALS + LENGTHS];
        private final int[] red = new int[LITERALS];
        private final int[] blue = new int[LITERALS];
        private final int[] alpha = new int[LITERALS];
        private final int[] distances = new int[DISTANCES];

        @Override
        public void pixel(int argb) {
            green[(argb >>> 8) & 0xFF]++;
            red[(argb >>> 16) & 0xFF]++;
            blue[argb & 0xFF]++;
            alpha[argb >>> 24]++;
        }

        @Override
        public void copy(int length, int distance) {
            green[LITERALS + prefix(length)]++;
            distances[prefix(distance)]++;
        }

        Codes codes(Bits bits) {
            return new Codes(
                    bits,
                    PrefixCode.of(green),
                    PrefixCode.of(red),
                    PrefixCode.of(blue),
                    PrefixCode.of(alpha),
                    PrefixCode.of(distances));
        }
    }

    private record Codes(
            Bits bits, PrefixCode green, PrefixCode red, PrefixCode blue, PrefixCode alpha, PrefixCode distances)
            implements Sink {
        /// In the order of the format.
        Stream<PrefixCode> all() {
            return Stream.of(green, red, blue, alpha, distances);
        }

        @Override
        public void pixel(int argb) {
            green.put(bits, (argb >>> 8) & 0xFF);
            red.put(bits, (argb >>> 16) & 0xFF);
            blue.put(bits, argb & 0xFF);
            alpha.put(bits, argb >>> 24);
        }

        @Override
        public void copy(int length, int distance) {
            green.put(bits, LITERALS + prefix(length));
            putRest(bits, length);
            distances.put(bits, prefix(distance));
            putRest(bits, distance);
        }
    }

    /// Bits in a row, the lowest of a byte first.
    static final class Bits {
        private byte[] bytes;
        private int size;
        private long held;
        private int count;

        Bits(int bytes) {
            this.bytes = new byte[bytes];
        }

        /// @param length at most 32
        void put(int value, int length) {
            held |= (long) value << count;
            count += length;
            while (count >= 8) {
                add((byte) held);
                held >>>= 8;
                count -= 8;
            }
        }

        private void add(byte next) {
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(16, 2 * size));
            }
            bytes[size++] = next;
        }

        /// All bits, filled up to a whole byte.
        byte[] bytes() {
            byte[] all = Arrays.copyOf(bytes, size + (count > 0 ? 1 : 0));
            if (count > 0) {
                all[size] = (byte) held;
            }
            return all;
        }
    }
}
