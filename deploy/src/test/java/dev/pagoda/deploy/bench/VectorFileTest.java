package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorFileTest {
    @TempDir
    Path folder;

    @Test
    void readsTheRowsThatWereWritten() {
        Random random = new Random(5);
        // more than one buffer
        float[][] rows = Stream.generate(() -> new float[] {random.nextFloat(), random.nextFloat(), -1f})
                .limit(300_000)
                .toArray(float[][]::new);
        Path file = folder.resolve("a_base.fvecs");
        VectorFile.writeFloats(file, rows);
        float[][] read = VectorFile.readFloats(file);
        assertEquals(rows.length, read.length);
        for (int i = 0; i < rows.length; i++) {
            assertArrayEquals(rows[i], read[i]);
        }
    }

    @Test
    void laysOutARowAsItsLengthAndItsValuesLittleEndian() throws IOException {
        Path file = folder.resolve("a_gt.ivecs");
        VectorFile.writeInts(file, new int[][] {{7, -1}, {8, 9}});
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int[] values = new int[6];
        bytes.asIntBuffer().get(values);
        assertArrayEquals(new int[] {2, 7, -1, 2, 8, 9}, values);
        assertArrayEquals(new int[] {8, 9}, VectorFile.readInts(file)[1]);
    }

    @Test
    void leavesNoPartOfAFileBehind() throws IOException {
        VectorFile.writeInts(folder.resolve("a_gt.ivecs"), new int[][] {{7}});
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void refusesAFileThatIsMissing() {
        assertRefused(folder.resolve("none.fvecs"), "there is no file");
    }

    @Test
    void refusesAFileThatIsCutOff() throws IOException {
        Path file = folder.resolve("a_base.fvecs");
        VectorFile.writeFloats(file, new float[][] {{1, 2, 3}, {4, 5, 6}});
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 30));
        assertRefused(file, "is cut off: 30 bytes are no whole number of rows of 3 values");
        Files.write(file, new byte[2]);
        assertRefused(file, "is cut off: it has 2 bytes");
    }

    @Test
    void refusesRowsOfUnlikeLength() throws IOException {
        Path file = folder.resolve("a_base.fvecs");
        ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(2).putFloat(1).putFloat(2).putInt(1).putFloat(1).putFloat(2);
        Files.write(file, bytes.array());
        assertRefused(file, "has 1 values in row 1 and 2 in row 0");
    }

    @Test
    void refusesAFileThatBeginsWithNoLength() throws IOException {
        Path file = folder.resolve("a_base.fvecs");
        Files.writeString(file, "this is text");
        assertRefused(file, "begins with a row of ");
    }

    private static void assertRefused(Path file, String why) {
        StartRefused refused = assertThrows(StartRefused.class, () -> VectorFile.readFloats(file));
        assertTrue(refused.toString().contains(why), refused::toString);
    }
}
