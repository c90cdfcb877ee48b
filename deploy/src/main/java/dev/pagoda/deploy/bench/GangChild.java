package dev.pagoda.deploy.bench;

import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import dev.pagoda.compute.trace.TraceText;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;

/// Places one gang as the first thing that a JVM's scheduler ever does. Writes what that took by the clock and by
/// the thread's CPU time, in nanoseconds, and how many tasks have their place.
final class GangChild {
    private GangChild() {}

    /// @param arguments file of nodes, file of pods, policy, devices
    public static void main(String[] arguments) {
        var openb = new OpenbScheduler(
                OpenbNode.read(TraceText.read(Path.of(arguments[0]))),
                OpenbPod.read(TraceText.read(Path.of(arguments[1]))));
        Scheduler scheduler = openb.idle(arguments[2]);
        var submit = new SchedulerEvent.Submit(OpenbScheduler.gang("gang", Integer.parseInt(arguments[3])));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long cpuBefore = threads.getCurrentThreadCpuTime();
        long before = System.nanoTime();
        scheduler.apply(submit, 0);
        long nanos = System.nanoTime() - before;
        long cpuNanos = threads.getCurrentThreadCpuTime() - cpuBefore;
        int tasks = scheduler.job("gang").orElseThrow().tasks();
        System.out.println(nanos + "\t" + cpuNanos + "\t" + tasks);
    }
}
