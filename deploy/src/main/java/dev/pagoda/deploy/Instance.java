package dev.pagoda.deploy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The one platform that may run on a data folder.
///
/// `pagoda.lock` is locked as long as it runs, so that the operating system frees it however the process ends;
/// `pagoda.pid` names the process for whoever wants to stop it. A process is believed to be that platform only while
/// the lock is held and its start time agrees, so that a process number used again is never signalled.
final class Instance implements AutoCloseable {
    /// Linux knows a start to 10 ms but counts it from a boot time in whole seconds.
    private static final Duration START_TIME_ERROR = Duration.ofSeconds(2);

    private final Path pidFile;
    private final FileChannel channel;
    private final FileLock lock;

    private Instance(Path pidFile, FileChannel channel, FileLock lock) {
        this.pidFile = pidFile;
        this.channel = channel;
        this.lock = lock;
    }

    /// Takes the data folder for this process, making it if need be.
    ///
    /// @throws StartRefused when it cannot be written or another platform runs on it
    static Instance claim(Path data) {
        try {
            Files.createDirectories(data);
        } catch (FileAlreadyExistsException e) {
            throw new StartRefused("the data folder " + data + " is a file, expected a folder", e);
        } catch (IOException e) {
            throw new StartRefused("the data folder " + data + " cannot be made (" + reason(e) + ")", e);
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(lockFile(data), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new StartRefused(
                    "the data folder " + data + " is not writable by " + System.getProperty("user.name") + " ("
                            + reason(e) + ")",
                    e);
        }
        try {
            FileLock lock = lock(channel);
            if (lock == null) {
                channel.close();
                throw new StartRefused("another platform runs on the data folder " + data + holder(data)
                        + "; stop it with ./pagoda stop or choose another folder with --data");
            }
            Path pidFile = pidFile(data);
            ProcessHandle self = ProcessHandle.current();
            Files.writeString(pidFile, self.pid() + " " + startMillis(self) + "\n");
            return new Instance(pidFile, channel, lock);
        } catch (IOException e) {
            throw new StartRefused("the data folder " + data + " is not usable (" + reason(e) + ")", e);
        }
    }

    /// The process that runs on a data folder.
    static Optional<ProcessHandle> running(Path data) {
        Path pidFile = pidFile(data);
        if (!Files.exists(pidFile) || !isLocked(data)) {
            return Optional.empty();
        }
        try {
            String[] fields = Files.readString(pidFile).strip().split(" ", -1);
            long pid = Long.parseLong(fields[0]);
            long startMillis = Long.parseLong(fields[1]);
            return ProcessHandle.of(pid)
                    .filter(process -> Math.abs(startMillis(process) - startMillis) <= START_TIME_ERROR.toMillis());
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(pidFile);
        lock.release();
        channel.close();
    }

    private static boolean isLocked(Path data) {
        try (FileChannel channel = FileChannel.open(lockFile(data), StandardOpenOption.WRITE);
                FileLock lock = lock(channel)) {
            return lock == null;
        } catch (IOException e) {
            return false;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String holder(Path data) {
        return running(data).map(process -> " (process " + process.pid() + ")").orElse("");
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.AccessDeniedException denied -> "no permission for " + denied.getFile();
            case java.nio.file.FileSystemException system when system.getReason() != null -> system.getReason();
            default -> String.valueOf(e.getMessage());
        };
    }

    private static Path lockFile(Path data) {
        return data.resolve("pagoda.lock");
    }

    private static Path pidFile(Path data) {
        return data.resolve("pagoda.pid");
    }
}
