package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.model.MeasuredStepTime;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.model.StepShape;
import dev.pagoda.gateway.model.StepWork;
import java.util.List;
import java.util.function.IntSupplier;

/// Makes the engines of a study, and sums the energy of their steps. Not thread-safe.
final class StudyEngines {
    private final ServingPlan plan;
    private final StepModel time;
    private final PowerModel power;
    private final ServingWatch watch;
    private final IntSupplier advanced;
    private final StepWork work;
    private double joules;
    private int made;

    /// @param advanced the number of the engine whose step begins
    StudyEngines(ServingPlan plan, StepModel time, PowerModel power, ServingWatch watch, IntSupplier advanced) {
        this.plan = plan;
        this.time = time;
        this.power = power;
        this.watch = watch;
        this.advanced = advanced;
        this.work = new StepWork(power.model(), plan.parallel());
    }

    /// Of all steps so far, above what idle devices take.
    double joules() {
        return joules;
    }

    <T> Engine<T> engine(EngineLimits limits) {
        Parallelism parallel = plan.parallel();
        Engine<T> engine = parallel.pipeline() == 1
                ? new Engine<>(limits, plan.rules(), parallel.data(), this::stepNanos)
                : new Engine<>(limits, plan.rules(), parallel.data(), parallel.pipeline(), this::stageNanos);
        if (watch.blockSample() > 0) {
            engine.sampleBlocks(watch.blockSample(), made);
        }
        made++;
        return engine;
    }

    private long[] stageNanos(List<StepShape> ranks) {
        long[] nanos = time.stageNanos(ranks);
        double micros = 0;
        for (long each : nanos) {
            micros += each / 1e3;
        }
        spend(ranks, micros);
        return nanos;
    }

    private long stepNanos(List<StepShape> ranks) {
        double micros;
        if (ranks.size() > 1 && time instanceof MeasuredStepTime measured) {
            int most = 0;
            for (StepShape each : ranks) {
                most = Math.max(most, each.sequences());
            }
            micros = time.host().stepMicros(measured.deviceMicros(ranks), time.layers(), most);
        } else {
            micros = 0;
            for (StepShape each : ranks) {
                micros = Math.max(micros, time.micros(each));
            }
        }
        spend(ranks, micros);
        return Math.round(micros * 1e3);
    }

    private void spend(List<StepShape> ranks, double micros) {
        for (StepShape each : ranks) {
            joules += power.activeJoules(each, micros);
        }
        if (watch.hearsWork()) {
            watch.worked(advanced.getAsInt(), work.perDevice(ranks));
        }
    }
}
