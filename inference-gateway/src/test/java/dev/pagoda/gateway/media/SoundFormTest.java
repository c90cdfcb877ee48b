package dev.pagoda.gateway.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.jaredmdobson.concentus.OpusDecoder;
import io.github.jaredmdobson.concentus.OpusException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javazoom.jl.decoder.Bitstream;
import javazoom.jl.decoder.Decoder;
import javazoom.jl.decoder.Header;
import javazoom.jl.decoder.JavaLayerException;
import javazoom.jl.decoder.SampleBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoundFormTest {
    private static final String TEXT = "Grüße, 你好: the pump is on.";

    @ParameterizedTest
    @EnumSource(
            value = SoundForm.class,
            names = {"PCM"},
            mode = EnumSource.Mode.EXCLUDE)
    void everyFormIsAsLongAsTheSoundAndTellsItsText(SoundForm form) {
        for (String text : new String[] {TEXT, "x", TEXT.repeat(100)}) {
            byte[] pcm = Speech.pcm(text, "alloy", 1);
            byte[] sound = form.encode(pcm, text);
            double seconds = (double) pcm.length / Short.BYTES / Speech.RATE;

            // a frame may go beyond the end
            assertEquals(seconds, AudioLength.seconds(sound), .05 + seconds * .02, form + " of " + seconds + " s");
            assertEquals(text, Speech.heard(sound, seconds));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 300, 576, 1_440, 24_000, 24_001, 99_999})
    void mp3SoundsLikeWhatItHolds(int samples) throws JavaLayerException {
        byte[] pcm = Arrays.copyOf(Speech.pcm(TEXT.repeat(3), "alloy", 1), samples * Short.BYTES);
        byte[] mp3 = Mp3.encode(pcm, TEXT);
        assertEquals((double) samples / Speech.RATE, AudioLength.seconds(mp3), 1e-9);

        var stream = new Bitstream(new ByteArrayInputStream(mp3));
        var decoder = new Decoder();
        var heard = new ArrayList<Short>();
        for (Header head = stream.readFrame(); head != null; head = stream.readFrame()) {
            assertEquals(Speech.RATE, head.frequency());
            var frame = (SampleBuffer) decoder.decodeFrame(head, stream);
            for (int i = 0; i < frame.getBufferLength(); i++) {
                heard.add(frame.getBuffer()[i]);
            }
            stream.closeFrame();
        }
        // the frame that tells the length, the encoder's delay, the decoder's
        int late = 576 + 576 + 529;
        assertTrue(heard.size() >= late + samples, heard.size() + " samples");
        if (samples > 1_000) {
            assertAlike(pcm, heard, late, .99);
        }
    }

    @Test
    void mp3IsTheSameFromAnyThread() {
        byte[] pcm = Speech.pcm(TEXT, "alloy", 1);
        byte[] alone = Mp3.encode(pcm, TEXT);
        List<byte[]> together = IntStream.range(0, 8)
                .parallel()
                .mapToObj(each -> Mp3.encode(pcm, TEXT))
                .toList();
        together.forEach(one -> assertArrayEquals(alone, one));
    }

    /// A file by LAME 3.100 at a variable rate begins so: MPEG-1, two channels, 44,100 Hz, 1,000 frames.
    @Test
    void aTagTellsTheLengthOfAFileWhoseRateVaries() {
        ByteBuffer file = ByteBuffer.allocate(400_000).putInt(0xFFFBE064);
        file.position(36);
        file.put("Xing".getBytes(StandardCharsets.US_ASCII)).putInt(1).putInt(1_000);
        assertEquals(1_000 * 1_152 / 44_100.0, AudioLength.seconds(file.array()), 1e-9);

        file.putInt(44, Integer.MAX_VALUE);
        assertEquals(400, AudioLength.seconds(file.array()), 1e-9);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4_095, 4_096, 4_097, 20_000})
    void flacGivesBackEverySample(int count) {
        var random = new Random(count);
        byte[] noise = new byte[count * Short.BYTES];
        random.nextBytes(noise);
        assertArrayEquals(noise, decoded(Flac.encode(noise, TEXT), count));
        byte[] silence = new byte[count * Short.BYTES];
        assertArrayEquals(silence, decoded(Flac.encode(silence, TEXT), count));
    }

    @Test
    void flacIsSmallerThanWhatItHolds() {
        byte[] pcm = Speech.pcm(TEXT, "alloy", 1);
        assertTrue(Flac.encode(pcm, TEXT).length < pcm.length * 3 / 4);
    }

    @Test
    void pagesOfOggFollowEachOtherWithTheirSums() {
        byte[] sound = OggOpus.encode(new byte[3 * Speech.RATE * Short.BYTES], TEXT);
        ByteBuffer pages = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        int sequence = 0;
        while (at < sound.length) {
            int segments = Byte.toUnsignedInt(sound[at + 26]);
            int length = 27 + segments;
            for (int i = 0; i < segments; i++) {
                length += Byte.toUnsignedInt(sound[at + 27 + i]);
            }
            byte[] page = Arrays.copyOfRange(sound, at, at + length);
            Arrays.fill(page, 22, 26, (byte) 0);
            assertEquals(sequence++, pages.getInt(at + 18));
            assertEquals(remainder(page), pages.getInt(at + 22));
            at += length;
        }
        assertEquals(6, sequence);
    }

    @Test
    void opusSoundsLikeWhatItHolds() throws OpusException {
        byte[] pcm = Speech.pcm(TEXT, "alloy", 1);
        ByteBuffer ogg = ByteBuffer.wrap(OggOpus.encode(pcm, TEXT)).order(ByteOrder.LITTLE_ENDIAN);
        var decoder = new OpusDecoder(Speech.RATE, 1);
        short[] frame = new short[Speech.RATE / 50];
        var heard = new ArrayList<Short>();
        int preSkip = -1;
        long granule = 0;
        while (ogg.hasRemaining()) {
            granule = ogg.getLong(ogg.position() + 6);
            byte[] lacing = new byte[Byte.toUnsignedInt(ogg.get(ogg.position() + 26))];
            ogg.position(ogg.position() + 27).get(lacing);
            var packet = new ByteArrayOutputStream();
            for (byte segment : lacing) {
                byte[] part = new byte[Byte.toUnsignedInt(segment)];
                ogg.get(part);
                packet.writeBytes(part);
                if (part.length < 255) {
                    byte[] whole = packet.toByteArray();
                    packet.reset();
                    if (preSkip < 0) {
                        preSkip = ByteBuffer.wrap(whole)
                                        .order(ByteOrder.LITTLE_ENDIAN)
                                        .getShort(10)
                                / 2;
                    } else if (granule > 0) {
                        decoder.decode(whole, 0, whole.length, frame, 0, frame.length, false);
                        for (short sample : frame) {
                            heard.add(sample);
                        }
                    }
                }
            }
        }
        int samples = pcm.length / Short.BYTES;
        assertEquals(samples, granule / 2 - preSkip);
        assertAlike(pcm, heard, preSkip, .95);
    }

    private static void assertAlike(byte[] pcm, List<Short> heard, int late, double least) {
        double same = 0;
        double said = 0;
        double told = 0;
        for (int i = 0; i < pcm.length / Short.BYTES; i++) {
            double wanted = ByteBuffer.wrap(pcm).order(ByteOrder.LITTLE_ENDIAN).getShort(2 * i);
            double got = heard.get(late + i);
            same += wanted * got;
            said += wanted * wanted;
            told += got * got;
        }
        double correlation = same / Math.sqrt(said * told);
        assertTrue(correlation > least, "correlation " + correlation);
        assertEquals(1, Math.sqrt(told / said), .1);
    }

    /// The sum as its definition has it: the remainder of a division of polynomials.
    private static int remainder(byte[] page) {
        BigInteger divisor = BigInteger.valueOf(0x1_04C1_1DB7L);
        BigInteger rest = new BigInteger(1, page).shiftLeft(32);
        while (rest.bitLength() > 32) {
            rest = rest.xor(divisor.shiftLeft(rest.bitLength() - 33));
        }
        return rest.intValue();
    }

    /// What a reader of RFC 9639 makes of one channel in frames without subset forms.
    private static byte[] decoded(byte[] flac, int count) {
        var bits = new Bits(flac);
        assertEquals(0x664C6143, bits.next(32));
        boolean isLast = false;
        while (!isLast) {
            isLast = bits.next(1) == 1;
            bits.next(7);
            int length = (int) bits.next(24);
            bits.at += 8 * length;
        }
        var pcm = new ByteArrayOutputStream();
        while (pcm.size() < count * Short.BYTES) {
            frame(bits, pcm);
        }
        assertEquals(flac.length * 8, bits.at);
        return pcm.toByteArray();
    }

    private static void frame(Bits bits, ByteArrayOutputStream pcm) {
        assertEquals(0xFFF8, bits.next(16));
        long code = bits.next(4);
        bits.next(12);
        long lead = bits.next(8);
        for (long mask = 0x80; (lead & mask) != 0 && mask != 0x40; mask = 0x40) {
            for (long more = 0x40; (lead & more) != 0; more >>= 1) {
                bits.next(8);
            }
        }
        int count = code == 7 ? (int) bits.next(16) + 1 : 256 << (code - 8);
        bits.next(8);
        assertEquals(0, bits.next(1));
        long kind = bits.next(6);
        assertEquals(0, bits.next(1));
        int order = kind == 1 ? count : (int) kind - 8;
        int[] samples = new int[count];
        for (int i = 0; i < order; i++) {
            samples[i] = (short) bits.next(16);
        }
        if (kind != 1) {
            assertEquals(2, order);
            assertEquals(0, bits.next(6));
            int rice = (int) bits.next(4);
            for (int i = order; i < count; i++) {
                int high = 0;
                while (bits.next(1) == 0) {
                    high++;
                }
                int folded = (high << rice) | (int) bits.next(rice);
                samples[i] = 2 * samples[i - 1] - samples[i - 2] + ((folded >>> 1) ^ -(folded & 1));
            }
        }
        bits.at = (bits.at + 7) / 8 * 8 + 16;
        for (int sample : samples) {
            pcm.write(sample);
            pcm.write(sample >> 8);
        }
    }

    private static final class Bits {
        private final byte[] bytes;
        private int at;

        Bits(byte[] bytes) {
            this.bytes = bytes;
        }

        long next(int count) {
            long value = 0;
            for (int i = 0; i < count; i++, at++) {
                value = (value << 1) | ((bytes[at / 8] >> (7 - at % 8)) & 1);
            }
            return value;
        }
    }
}
