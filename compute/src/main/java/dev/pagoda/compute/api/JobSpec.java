package dev.pagoda.compute.api;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A job as its owner submits it.
///
/// @param id         unique for ever; 1 to 100 letters, digits, dots, dashes and underscores
/// @param queue      whose quota it uses
/// @param priority   higher goes first
/// @param work       what it has to do; absent for jobs that run until they are stopped
/// @param limits     when it is stopped
/// @param artefacts  what each of its tasks needs at its node before it can run
public record JobSpec(
        String id,
        String queue,
        JobKind kind,
        int priority,
        TaskSpec task,
        GangSpec gang,
        @Nullable WorkSpec work,
        CheckpointSpec checkpoint,
        Limits limits,
        Artefacts artefacts) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?");
    static final int MAX_PRIORITY = 1_000_000_000;
    static final long MAX_DEVICES = 1_000_000;

    public JobSpec {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "job id \"" + id + "\" is not 1 to 100 letters, digits and inner dots, dashes or underscores");
        }
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(gang, "gang");
        Objects.requireNonNull(checkpoint, "checkpoint");
        Objects.requireNonNull(limits, "limits");
        // what was written down before jobs had artefacts
        artefacts = Objects.requireNonNullElse(artefacts, Artefacts.NONE);
        if (Math.abs((long) priority) > MAX_PRIORITY) {
            throw new IllegalArgumentException(
                    "job " + id + " has priority " + priority + ", outside +-" + MAX_PRIORITY);
        }
        if ((long) task.devices() * gang.max() > MAX_DEVICES) {
            throw new IllegalArgumentException("job " + id + " asks for " + gang.max() + " tasks of " + task.devices()
                    + " devices, above " + MAX_DEVICES + " devices");
        }
        boolean ends = kind == JobKind.TRAINING || kind == JobKind.BATCH;
        if (ends && work == null) {
            throw new IllegalArgumentException(
                    "job " + id + " of kind " + kind + " has no work, so it would never end");
        }
        if (!ends && work != null) {
            throw new IllegalArgumentException(
                    "job " + id + " of kind " + kind + " has work, which only TRAINING and " + "BATCH finish");
        }
        if (kind != JobKind.NOTEBOOK && limits.idleSeconds() != null) {
            throw new IllegalArgumentException(
                    "job " + id + " of kind " + kind + " has an idle timeout, which only a " + "NOTEBOOK can have");
        }
        if (task.devices() == 0 && task.cpuMilli() == 0 && task.memoryMib() == 0) {
            throw new IllegalArgumentException("job " + id + " asks for nothing");
        }
    }

    /// A job that brings nothing with it.
    public JobSpec(
            String id,
            String queue,
            JobKind kind,
            int priority,
            TaskSpec task,
            GangSpec gang,
            @Nullable WorkSpec work,
            CheckpointSpec checkpoint,
            Limits limits) {
        this(id, queue, kind, priority, task, gang, work, checkpoint, limits, Artefacts.NONE);
    }

    /// When a job is stopped, if ever.
    ///
    /// @param runSeconds  time it may hold devices, over all its starts; also bounds the estimate of its end
    /// @param idleSeconds time a notebook may go without activity
    public record Limits(
            @Nullable Double runSeconds, @Nullable Double idleSeconds) {
        public Limits {
            check("run time limit", runSeconds);
            check("idle timeout", idleSeconds);
        }

        public static Limits none() {
            return new Limits(null, null);
        }

        private static void check(String what, @Nullable Double seconds) {
            if (seconds != null && !(seconds >= 1e-3 && seconds <= 1e10)) {
                throw new IllegalArgumentException(what + " of " + seconds + " s is outside 0.001 to 1e10");
            }
        }
    }

    /// How many devices it holds with a number of tasks.
    public int devices(int tasks) {
        return Math.multiplyExact(task.devices(), tasks);
    }
}
