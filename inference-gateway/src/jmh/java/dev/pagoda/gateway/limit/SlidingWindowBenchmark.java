package dev.pagoda.gateway.limit;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One window by itself, at times that pass by so much from call to call.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
public class SlidingWindowBenchmark {
    /// 20,000 requests a second, one in each slot, and one in each ten seconds.
    @Param({"50000", "500000000", "10000000000"})
    public long stepNanos = 50_000;

    private final SlidingWindow window = new SlidingWindow();
    private long nowNanos;

    @Benchmark
    public long add() {
        nowNanos += stepNanos;
        window.add(500, nowNanos);
        return window.sum(nowNanos);
    }

    @Benchmark
    public long addAndGiveBack() {
        nowNanos += stepNanos;
        window.add(500, nowNanos);
        window.giveBack(100, SlidingWindow.slot(nowNanos), nowNanos);
        return window.sum(nowNanos);
    }

    /// How long until half of it is free: a walk over its slots.
    @Benchmark
    public long nanosUntil() {
        nowNanos += stepNanos;
        window.add(500, nowNanos);
        return window.nanosUntil(window.sum(nowNanos) / 2, nowNanos);
    }
}
