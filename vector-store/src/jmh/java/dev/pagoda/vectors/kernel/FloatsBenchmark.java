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

/// One comparison of two float vectors that lie in the cache.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 8, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class FloatsBenchmark {
    private static final long SEED = 1;

    @Param
    public Twin twin = Twin.SIMD;

    @Param({"100", "128", "384"})
    public int dimensions = 128;

    private Kernel kernel = Twin.SIMD.kernel();
    private float[] a = {};
    private float[] b = {};

    @Setup
    public void fill() {
        Random random = new Random(SEED);
        kernel = twin.kernel();
        a = gaussian(random, dimensions);
        b = gaussian(random, dimensions);
    }

    static float[] gaussian(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Benchmark
    public float dot() {
        return kernel.dot(a, 0, b, 0, dimensions);
    }

    @Benchmark
    public float squaredL2() {
        return kernel.squaredL2(a, 0, b, 0, dimensions);
    }

    @Benchmark
    public float manhattan() {
        return kernel.manhattan(a, 0, b, 0, dimensions);
    }
}
