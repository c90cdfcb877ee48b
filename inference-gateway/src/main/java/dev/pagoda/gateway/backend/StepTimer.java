package dev.pagoda.gateway.backend;

import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Calls engines when their steps end: one timer of the event loop for all of them, over a [StepWheel].
///
/// Belongs to one event loop context.
final class StepTimer {
    private final ContextInternal home;
    private final EngineClock clock;
    private final Runnable afterwards;
    private final LongConsumer late;
    private final StepWheel wheel = new StepWheel();
    private @Nullable ScheduledFuture<?> armed;
    private long armedNanos = Long.MAX_VALUE;
    private boolean isAdvancing;

    /// @param late       is told how long after its time each entry is called, in real nanoseconds
    /// @param afterwards run after each turn, when all that were due have been called
    StepTimer(Context home, EngineClock clock, LongConsumer late, Runnable afterwards) {
        this.home = (ContextInternal) home;
        this.clock = clock;
        this.late = late;
        this.afterwards = afterwards;
    }

    /// Has the entry called at an engines' time instead of any it had.
    void set(StepWheel.Entry entry, long dueNanos) {
        wheel.set(entry, dueNanos);
        arm();
    }

    void clear(StepWheel.Entry entry) {
        wheel.clear(entry);
    }

    private void arm() {
        if (isAdvancing) {
            return;
        }
        long next = wheel.nextNanos();
        if (next >= armedNanos) {
            return; // an earlier call will arm for the later one
        }
        if (armed != null) {
            armed.cancel(false);
        }
        armedNanos = next;
        long wait = Math.max(0, clock.realSpan(next - clock.nanos()));
        armed = home.nettyEventLoop().schedule(() -> home.dispatch(this::turn), wait, TimeUnit.NANOSECONDS);
    }

    private void turn() {
        armed = null;
        armedNanos = Long.MAX_VALUE;
        isAdvancing = true;
        try {
            wheel.advance(clock.nanos(), due -> late.accept(clock.realSpan(clock.nanos() - due)));
        } finally {
            isAdvancing = false;
            afterwards.run();
            arm();
        }
    }
}
