package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobCost;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.compute.api.TaskPlace;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.fleet.ArtefactCache;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.StorageTier;
import dev.pagoda.compute.placement.Condition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything that [Scheduler#restore] needs beside the nodes themselves to go on as if nothing had happened.
///
/// @param nodes   in the order of the cluster
/// @param jobs    those that wait, those that run and those that are over, each in the order they came to that
/// @param staging what is on the disks of the nodes; absent for nothing
/// @param added   groups of nodes that came after the first; absent for none
/// @param history what the latest jobs asked for; absent for nothing
public record SchedulerSnapshot(
        long nowMicros,
        long lastSequence,
        QuotaPlan quotas,
        List<NodeRecord> nodes,
        List<JobRecord> jobs,
        @Nullable StagingRecord staging,
        @Nullable HistoryRecord history,
        @Nullable List<NodeGroup> added) {
    public SchedulerSnapshot {
        nodes = List.copyOf(nodes);
        jobs = List.copyOf(jobs);
    }

    /// One node.
    ///
    /// @param linkLeft the part of its link bandwidth that is left, 1 when it is healthy
    /// @param devices  by index
    public record NodeRecord(String id, Condition condition, double linkLeft, List<DeviceRecord> devices) {
        public NodeRecord {
            devices = List.copyOf(devices);
        }
    }

    /// One device.
    ///
    /// @param mode          what it is divided into, empty for nothing
    /// @param next          the mode that it is to enter, absent when it is to stay
    /// @param readyAtMicros when it is there; -1 while it drains
    public record DeviceRecord(
            Condition condition, String mode, @Nullable String next, long readyAtMicros) {}

    /// One job.
    public record JobRecord(
            JobSpec spec,
            JobPhase phase,
            long sequence,
            String accelerator,
            List<TaskPlace> places,
            Times times,
            Tally tally,
            ProgressRecord progress,
            String note,
            @Nullable StartTimes start,
            @Nullable Map<Integer, Integer> staged) {
        public JobRecord {
            places = List.copyOf(places);
        }
    }

    /// What is on the disks of the nodes and on its way there.
    public record StagingRecord(List<DiskRecord> disks, List<FetchRecord> fetches) {
        public StagingRecord {
            disks = List.copyOf(disks);
            fetches = List.copyOf(fetches);
        }
    }

    /// What the latest jobs asked for.
    ///
    /// @param sinceMix how many of them came since the placement policy learnt from them
    public record HistoryRecord(List<TaskSpec> tasks, int sinceMix) {
        public HistoryRecord {
            tasks = List.copyOf(tasks);
        }
    }

    /// The disks of one node.
    public record DiskRecord(String node, List<ArtefactCache.Kept> kept) {
        public DiskRecord {
            kept = List.copyOf(kept);
        }
    }

    /// A node that reads from a storage.
    public record FetchRecord(StorageTier storage, long untilMicros) {}

    /// When things happened to a job, in microseconds since 1970.
    public record Times(
            long submittedMicros,
            long pendingSinceMicros,
            long startedMicros,
            long ranMicros,
            long endedMicros,
            long activeMicros,
            long grownMicros,
            long servedSinceMicros) {}

    /// How often things happened to a job, and what it held.
    public record Tally(
            int starts,
            int preemptions,
            int requeues,
            int moves,
            int resizes,
            double servedDeviceSeconds,
            double lostDeviceSeconds,
            @Nullable JobCost cost) {}

    /// How far the work of a job is.
    ///
    /// @param atMicros        the time at which it was that far
    /// @param resumesAtMicros until then it stands still
    /// @param phaseMicros     how far the present cycle of work and checkpoint is
    /// @param rate            steps a second
    public record ProgressRecord(
            double steps,
            double savedSteps,
            long savedAtMicros,
            long atMicros,
            long resumesAtMicros,
            long phaseMicros,
            double rate) {}
}
