package dev.pagoda.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the threads of a server have had of the processors, from `/proc/PID/task/TID/schedstat` of Linux.
final class ThreadTimes {
    private final Map<Long, Task> tasks;

    private ThreadTimes(Map<Long, Task> tasks) {
        this.tasks = tasks;
    }

    private record Task(String name, Share share) {}

    /// Of all threads of a name.
    ///
    /// @param runNanos    on a processor
    /// @param waitedNanos ready to run, while others were on the processors
    record Share(String name, long runNanos, long waitedNanos) {
        private Share plus(Share other) {
            return new Share(name, runNanos + other.runNanos, waitedNanos + other.waitedNanos);
        }

        private Share minus(Share before) {
            return new Share(name, runNanos - before.runNanos, waitedNanos - before.waitedNanos);
        }
    }

    /// Of all threads that are there now.
    static ThreadTimes of(List<Long> pids) throws IOException {
        Map<Long, Task> tasks = new HashMap<>();
        for (long pid : pids) {
            try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/task"))) {
                for (Path task : all.toList()) {
                    read(task, tasks);
                }
            }
        }
        return new ThreadTimes(tasks);
    }

    private static void read(Path task, Map<Long, Task> tasks) throws IOException {
        try {
            // threads of a pool differ by a number only
            String name = Files.readString(task.resolve("comm")).strip().replaceAll("[-#0-9/:]+$", "");
            String[] fields =
                    Files.readString(task.resolve("schedstat")).strip().split(" ", -1);
            tasks.put(
                    Long.parseLong(task.getFileName().toString()),
                    new Task(name, new Share(name, Long.parseLong(fields[0]), Long.parseLong(fields[1]))));
        } catch (NoSuchFileException ended) {
            // between the list and the look
        }
    }

    /// What was added since then, by name, the one that ran most first.
    List<Share> since(ThreadTimes before) {
        Map<String, Share> byName = new TreeMap<>();
        tasks.forEach((id, task) -> {
            Task then = before.tasks.get(id);
            byName.merge(task.name(), then == null ? task.share() : task.share().minus(then.share()), Share::plus);
        });
        return byName.values().stream()
                .sorted(Comparator.comparingLong(Share::runNanos).reversed())
                .toList();
    }
}
