package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// When the engines' own schedule had each event of each stream due, as the platform's flight recorder kept it. Times
/// are those of [System#nanoTime], which processes of one machine share.
final class StreamSchedule {
    private static final String EVENT = "dev.pagoda.Delta";
    private static final String SETTINGS = """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="dev.pagoda.Delta"><setting name="enabled">true</setting></event>
            </configuration>
            """;

    private final Map<String, Dues> dues = new HashMap<>();

    /// The events of one stream with text, in their order.
    static final class Dues {
        private long[] first = new long[256];
        private long[] last = new long[256];
        private int count;

        void add(long firstNanos, long lastNanos) {
            if (count == first.length) {
                first = Arrays.copyOf(first, 2 * count);
                last = Arrays.copyOf(last, 2 * count);
            }
            first[count] = firstNanos;
            last[count++] = lastNanos;
        }

        /// A recording keeps no order; times that follow one another are in theirs once sorted.
        private void sort() {
            Arrays.sort(first, 0, count);
            Arrays.sort(last, 0, count);
        }

        int count() {
            return count;
        }

        /// When the first of an event's tokens was due.
        long first(int event) {
            return first[event];
        }

        /// When the last of an event's tokens was due; later than the first when several came at once.
        long last(int event) {
            return last[event];
        }
    }

    private StreamSchedule() {}

    /// JVM options by which a platform keeps its schedule until it ends.
    ///
    /// @param folder has room for the recording
    static List<String> options(Path folder) throws IOException {
        Path settings = folder.resolve("deltas.jfc");
        Files.writeString(settings, SETTINGS);
        return List.of(
                "-XX:StartFlightRecording:settings=" + settings + ",dumponexit=true,maxsize=2g,filename="
                        + file(folder),
                "-XX:FlightRecorderOptions:maxchunksize=1g,repository=" + folder.resolve("recorder"));
    }

    private static Path file(Path folder) {
        return folder.resolve("deltas.jfr");
    }

    /// What a platform kept there, once it has ended.
    static StreamSchedule read(Path folder) {
        var schedule = new StreamSchedule();
        try (var recording = new RecordingFile(file(folder))) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                if (event.getEventType().getName().equals(EVENT)) {
                    schedule.dues
                            .computeIfAbsent(event.getString("request"), none -> new Dues())
                            .add(event.getLong("firstDueNanos"), event.getLong("lastDueNanos"));
                }
            }
        } catch (IOException broken) {
            throw new StartRefused("the engines' schedule cannot be read: " + broken.getMessage(), broken);
        }
        schedule.dues.values().forEach(Dues::sort);
        return schedule;
    }

    /// @param request its id
    Optional<Dues> of(String request) {
        return Optional.ofNullable(dues.get(request));
    }
}
