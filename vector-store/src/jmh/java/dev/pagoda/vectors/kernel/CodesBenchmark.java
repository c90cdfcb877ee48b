package dev.pagoda.vectors.kernel;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Edge codes in the cache: what a query costs once (a round of the rotation, the table) and what the 32
/// neighbours of an expanded node cost together (the estimate), one bit for every coordinate. Beside it the same of
/// sketches.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 8, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class CodesBenchmark {
    private static final long SEED = 3;
    private static final int LINE = 16;
    private static final int SKETCH_LINE = 4;
    private static final int SLOTS = 32;

    @Param
    public Twin twin = Twin.SIMD;

    @Param({"100", "128", "384"})
    public int dimensions = 128;

    private final float[] out = new float[SLOTS];
    private Kernel kernel = Twin.SIMD.kernel();
    private int length;
    private int[] block = {};
    private byte[] table = {};
    private int[] sketches = {};
    private byte[] sketchTable = {};
    private float[] rotated = {};
    private float[] values = {};
    private float[] signs = {};

    @Setup
    public void fill() {
        Random random = new Random(SEED);
        kernel = twin.kernel();
        length = (dimensions + 31) / 32 * 32;
        block = random.ints(SLOTS + length).toArray();
        for (int slot = 0; slot < SLOTS; slot++) {
            block[slot] = (Float.floatToRawIntBits(random.nextFloat()) & 0xffff0000)
                    | (Float.floatToRawIntBits(-random.nextFloat()) >>> 16);
        }
        sketches = random.ints(SLOTS + length * LINE / SKETCH_LINE).toArray();
        System.arraycopy(block, 0, sketches, 0, SLOTS);
        sketchTable = new byte[length * LINE];
        for (int i = 0; i < sketchTable.length; i++) {
            sketchTable[i] = (byte) random.nextInt(64);
        }
        rotated = FloatsBenchmark.gaussian(random, length);
        table = new byte[length * 4];
        kernel.fillTable(rotated, length, 1, table);
        values = FloatsBenchmark.gaussian(random, length);
        signs = new float[length];
        for (int i = 0; i < length; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
    }

    @Benchmark
    public int estimate() {
        return kernel.estimate(block, 0, length / LINE, table, 0.1f, -20, 30, 31, out, 0);
    }

    /// What 32 rows of a scan cost, four bits for every coordinate.
    @Benchmark
    public int estimateSketches() {
        return kernel.estimate(sketches, 0, length / SKETCH_LINE, sketchTable, 0.1f, -20, 30, 31, out, 0);
    }

    @Benchmark
    public byte[] fillTable() {
        kernel.fillTable(rotated, length, 4, table);
        return table;
    }

    /// One of the three or four rounds of a rotation, over the greatest power of two of coordinates.
    @Benchmark
    public float[] rotate() {
        kernel.rotate(values, signs, 0, Integer.highestOneBit(length));
        return values;
    }
}
