package dev.pagoda.deploy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda stop`: asks the platform of a data folder to end and waits for it.
@Command(name = "stop")
final class Stop implements Callable<Integer> {
    private static final int WAIT_SECONDS = 15;

    @Option(names = "--data")
    private Path data = Path.of("data");

    @Override
    public Integer call() throws InterruptedException {
        Path folder = data.toAbsolutePath().normalize();
        Optional<ProcessHandle> running = Instance.running(folder);
        if (running.isEmpty()) {
            System.out.println("no platform runs on " + folder);
            return 0;
        }
        ProcessHandle process = running.get();
        if (!process.destroy()) {
            System.err.println("pagoda: process " + process.pid() + " does not take the signal to end");
            return Main.FAILED;
        }
        // not onExit(): of a process that is not a child it notices the end only seconds later
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (process.isAlive()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                System.err.println("pagoda: process " + process.pid() + " has been told to end and still runs after "
                        + WAIT_SECONDS + " s");
                return Main.FAILED;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        System.out.println("stopped");
        return 0;
    }
}
