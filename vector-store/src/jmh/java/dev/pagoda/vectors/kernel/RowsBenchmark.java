package dev.pagoda.vectors.kernel;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import java.util.Arrays;
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

/// A query against rows that lie in the cache, squared L2: one row at a time, or four with one call. Time is
/// that of the call.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 8, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class RowsBenchmark {
    private static final long SEED = 2;
    private static final int ROWS = 16;
    private static final int SHIFT = 4;
    private static final Measure MEASURE = Measure.SQUARED_L2;

    @Param
    public Twin twin = Twin.SIMD;

    @Param({"100", "128", "384"})
    public int dimensions = 128;

    private final int[] nodes = {3, 14, 8, 5};
    private final float[] out = new float[4];
    private Kernel kernel = Twin.SIMD.kernel();
    private float[] query = {};
    private Grid halves = new Grid(1, 0);
    private Grid ofBytes = halves;
    private Grid ofShorts = halves;
    private int[][] upper = {};
    private int[][] lower = {};
    private byte[][] bytes = {};
    private short[][] shorts = {};

    @Setup
    public void fill() {
        Random random = new Random(SEED);
        kernel = twin.kernel();
        query = FloatsBenchmark.gaussian(random, dimensions);
        halves = new Grid(dimensions / 32 * 16 + (dimensions % 32 + 1) / 2, SHIFT);
        ofBytes = new Grid(dimensions + 8, SHIFT);
        ofShorts = new Grid(dimensions, SHIFT);
        upper = new int[][] {
            random.ints(halves.elements(ROWS)).map(RowsBenchmark::twoHalves).toArray()
        };
        lower = new int[][] {random.ints(halves.elements(ROWS)).toArray()};
        bytes = new byte[1][ofBytes.elements(ROWS)];
        random.nextBytes(bytes[0]);
        for (int row = 0; row < ROWS; row++) {
            int end = ofBytes.offset(row) + ofBytes.stride();
            ScalarKernel.FLOATS.set(bytes[0], end - 8, -1f);
            ScalarKernel.FLOATS.set(bytes[0], end - 4, 2f / 255);
        }
        shorts = new short[1][ofShorts.elements(ROWS)];
        for (int i = 0; i < shorts[0].length; i++) {
            shorts[0][i] = Float.floatToFloat16((float) random.nextGaussian());
        }
        Arrays.fill(out, 0);
    }

    /// Two upper halves of floats from 0.5 to 2 and their negatives.
    private static int twoHalves(int bits) {
        return (bits & 0x80ff80ff) | 0x3f003f00;
    }

    @Benchmark
    public float upperOne() {
        kernel.upper(MEASURE, query, dimensions, upper, halves, nodes, 0, 1, out);
        return out[0];
    }

    @Benchmark
    public float upperFour() {
        kernel.upper(MEASURE, query, dimensions, upper, halves, nodes, 0, 4, out);
        return out[3];
    }

    @Benchmark
    public float whole() {
        int offset = halves.offset(nodes[0]);
        return kernel.whole(MEASURE, query, dimensions, upper[0], lower[0], offset, offset);
    }

    @Benchmark
    public float bytesFour() {
        kernel.bytes(MEASURE, query, dimensions, bytes, ofBytes, nodes, 0, 4, out);
        return out[3];
    }

    @Benchmark
    public float halfFloatsFour() {
        kernel.halfFloats(MEASURE, query, dimensions, shorts, ofShorts, nodes, 0, 4, out);
        return out[3];
    }
}
