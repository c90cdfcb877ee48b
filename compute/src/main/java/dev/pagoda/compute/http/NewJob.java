package dev.pagoda.compute.http;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.api.WorkSpec;
import dev.pagoda.compute.kubernetes.ResourceNames;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Share;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The body of `POST /platform/jobs`. What one task asks for is given as Kubernetes users write it (`resources`)
/// or field by field (`task`).
///
/// @param name      the id is the tenant, a dot and the name
/// @param queue     the tenant's own when absent
/// @param tasks     how many at most, 1 when absent
/// @param minTasks  how many at least, as many as at most when absent
/// @param image     that each task runs, which its node fetches if it does not have it
/// @param weights   that each task loads, likewise
/// @param resources resource name to quantity, for example `{"nvidia.com/gpu": "8", "cpu": "16"}`
record NewJob(
        @Nullable String name,
        @Nullable String queue,
        @Nullable JobKind kind,
        @Nullable Integer priority,
        @Nullable Integer tasks,
        @Nullable Integer minTasks,
        @Nullable TopologyLevel requiredTopology,
        @Nullable TopologyLevel preferredTopology,
        @Nullable Map<String, String> resources,
        @Nullable NewTask task,
        @Nullable List<String> accelerators,
        @Nullable NewWork work,
        @Nullable NewCheckpoint checkpoint,
        @Nullable Double runSeconds,
        @Nullable Double idleSeconds,
        @Nullable NewArtefact image,
        @Nullable NewArtefact weights) {
    /// One task, field by field.
    record NewTask(
            @Nullable Long cpuMilli,
            @Nullable Long memoryMib,
            @Nullable Integer devices,
            @Nullable Integer deviceMilli,
            @Nullable Long bytesPerDevice,
            @Nullable String profile) {}

    /// What has to arrive at a node.
    record NewArtefact(@Nullable String name, @Nullable Long bytes) {}

    /// What a job has to do.
    ///
    /// @param seconds instead of steps: what it takes on as many reference devices as it has at most
    record NewWork(
            @Nullable Double seconds,
            @Nullable Double steps,
            @Nullable Double deviceSecondsPerStep,
            @Nullable Double bytesPerStep,
            @Nullable Map<String, Double> speeds) {}

    /// How it keeps its progress.
    record NewCheckpoint(
            @Nullable Double intervalSeconds,
            @Nullable Double costSeconds,
            @Nullable Double restartSeconds) {}

    /// @param tenant of the caller
    /// @param fleet  kinds of accelerator that there are
    /// @throws IllegalArgumentException saying which field is missing or wrong
    JobSpec spec(String tenant, ResourceNames names, Collection<AcceleratorSpec> fleet) {
        if (name == null) {
            throw new IllegalArgumentException("field 'name' is missing");
        }
        if ((resources == null) == (task == null)) {
            throw new IllegalArgumentException("exactly one of 'resources' and 'task' is expected");
        }
        int most = Objects.requireNonNullElse(tasks, 1);
        TaskSpec asked = resources != null
                ? task(names.parse(resources).demand(fleet))
                : task(Objects.requireNonNull(task), List.of());
        if (accelerators != null) {
            asked = new TaskSpec(
                    asked.cpuMilli(),
                    asked.memoryMib(),
                    asked.devices(),
                    asked.deviceMilli(),
                    asked.bytesPerDevice(),
                    asked.profile(),
                    accelerators);
        }
        return new JobSpec(
                tenant + "." + name,
                Objects.requireNonNullElse(queue, tenant),
                Objects.requireNonNullElse(kind, JobKind.BATCH),
                Objects.requireNonNullElse(priority, 0),
                asked,
                new GangSpec(Objects.requireNonNullElse(minTasks, most), most, requiredTopology, preferredTopology),
                work == null ? null : work(work, asked, most),
                checkpoint == null ? CheckpointSpec.none() : kept(checkpoint),
                new JobSpec.Limits(runSeconds, idleSeconds),
                artefacts());
    }

    private Artefacts artefacts() {
        var none = new NewArtefact("", 0L);
        NewArtefact first = Objects.requireNonNullElse(image, none);
        NewArtefact second = Objects.requireNonNullElse(weights, none);
        return new Artefacts(
                Objects.requireNonNullElse(first.name, ""),
                Objects.requireNonNullElse(first.bytes, 0L),
                Objects.requireNonNullElse(second.name, ""),
                Objects.requireNonNullElse(second.bytes, 0L));
    }

    private static TaskSpec task(Demand demand) {
        List<String> kinds = List.copyOf(demand.accelerators());
        return switch (demand.share()) {
            case Share.Whole(long minBytes) ->
                new TaskSpec(demand.cpuMilli(), demand.memoryMib(), demand.devices(), 1_000, minBytes, "", kinds);
            case Share.Fraction(int milli, long bytes) ->
                new TaskSpec(demand.cpuMilli(), demand.memoryMib(), demand.devices(), milli, bytes, "", kinds);
            case Share.Slice(String profile) ->
                new TaskSpec(demand.cpuMilli(), demand.memoryMib(), demand.devices(), 1_000, 0, profile, kinds);
        };
    }

    private static TaskSpec task(NewTask task, List<String> accelerators) {
        return new TaskSpec(
                Objects.requireNonNullElse(task.cpuMilli, 0L),
                Objects.requireNonNullElse(task.memoryMib, 0L),
                Objects.requireNonNullElse(task.devices, 0),
                Objects.requireNonNullElse(task.deviceMilli, 1_000),
                Objects.requireNonNullElse(task.bytesPerDevice, 0L),
                Objects.requireNonNullElse(task.profile, ""),
                accelerators);
    }

    private static WorkSpec work(NewWork work, TaskSpec task, int tasks) {
        if (work.seconds != null) {
            return WorkSpec.seconds(work.seconds, task.devices() * tasks);
        }
        if (work.steps == null || work.deviceSecondsPerStep == null) {
            throw new IllegalArgumentException(
                    "field 'work' needs 'seconds', or 'steps' and 'device_seconds_per_step'");
        }
        return new WorkSpec(
                work.steps,
                work.deviceSecondsPerStep,
                Objects.requireNonNullElse(work.bytesPerStep, 0.0),
                Objects.requireNonNullElse(work.speeds, Map.of()));
    }

    private static CheckpointSpec kept(NewCheckpoint checkpoint) {
        return new CheckpointSpec(
                Objects.requireNonNullElse(checkpoint.intervalSeconds, 0.0),
                Objects.requireNonNullElse(checkpoint.costSeconds, 0.0),
                Objects.requireNonNullElse(checkpoint.restartSeconds, 0.0));
    }
}
