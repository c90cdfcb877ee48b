package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.storage.SimulatedDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random writers, whose power is cut at a random change of the disk, again and again on what was left.
///
/// `-Dpagoda.crash.points=300` for more crashes, `-Dpagoda.crash.seed=N` for the ones of a failure.
class PowerCutTest {
    private static final Path HOME = Path.of("/vectors");
    private static final int POINTS = Integer.getInteger("pagoda.crash.points", 40);
    private static final int WRITERS = 3;
    private static final int GROUPS = 4;
    private static final int BATCH = 3;
    private static final String ABSENT = "absent";

    /// What one group of points went through: written together, always.
    private static final class History {
        /// What was asked for, the state before first.
        final List<String> states = new ArrayList<>(List.of(ABSENT));

        int acknowledged;
    }

    @Test
    void losesNothingAcknowledgedAndHalvesNoBatch() throws Exception {
        long given = Long.getLong("pagoda.crash.seed", 0);
        for (long seed : given == 0 ? new long[] {20_260_822, 4} : new long[] {given}) {
            crash(seed, POINTS);
        }
    }

    private void crash(long seed, int crashes) throws Exception {
        Random random = new Random(seed);
        SimulatedDisk disk = new SimulatedDisk();
        History[][] histories = new History[WRITERS][GROUPS];
        for (History[] row : histories) {
            for (int i = 0; i < GROUPS; i++) {
                row[i] = new History();
            }
        }
        for (int crash = 0; crash < crashes; crash++) {
            String at = "seed " + seed + " crash " + crash;
            disk.cutPowerAfter(1 + random.nextInt(random.nextBoolean() ? 30 : 300));
            run(disk, histories, random.nextLong(), at);
            disk = disk.restarted(random);
            if (random.nextInt(3) == 0) {
                disk = flipped(disk, histories, random, at);
            } else {
                check(disk, histories, at);
            }
        }
    }

    /// Writes until the power is off.
    private static void run(SimulatedDisk disk, History[][] histories, long seed, String at) throws Exception {
        Catalogue catalogue;
        try {
            catalogue = Catalogue.open(disk, HOME, 5);
        } catch (IOException off) {
            assertTrue(!disk.hasPower(), at + ": " + off);
            return;
        }
        try {
            createIfAbsent(catalogue);
        } catch (Refused | CompletionException off) {
            catalogue.closeWithoutCheckpoint();
            return;
        }
        List<Thread> writers = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            int writer = w;
            Random random = new Random(seed + w);
            Thread thread = Thread.ofPlatform().unstarted(() -> {
                while (disk.hasPower() && write(catalogue, histories[writer], writer, random)) {
                    Thread.onSpinWait();
                }
            });
            thread.setUncaughtExceptionHandler((_, thrown) -> failures.add(thrown));
            writers.add(thread);
            thread.start();
        }
        while (disk.hasPower()) {
            try {
                catalogue.maintain(3_000);
            } catch (IOException off) {
                assertTrue(!disk.hasPower(), at + ": " + off);
            }
        }
        for (Thread thread : writers) {
            thread.join();
        }
        catalogue.closeWithoutCheckpoint();
        assertEquals(List.of(), failures, at);
    }

    private static void createIfAbsent(Catalogue catalogue) {
        for (String name : List.of("docs", "more")) {
            catalogue
                    .createIfAbsent("acme", name, CollectionConfig.of(4, Distance.COSINE))
                    .ifPresent(written -> written.durable().join());
        }
    }

    /// @return whether to go on
    private static boolean write(Catalogue catalogue, History[] histories, int writer, Random random) {
        int group = random.nextInt(GROUPS);
        History history = histories[group];
        boolean isDeletion = random.nextInt(5) == 0;
        String state = isDeletion ? ABSENT : "state " + history.states.size();
        Change change = isDeletion
                ? new Change.Delete(new Selector.Ids(ids(writer, group)))
                : new Change.Upsert(
                        ids(writer, group).stream()
                                .map(id -> Point.of(
                                        id,
                                        random.nextBoolean()
                                                ? VectorValue.dense(1, 2, 3, 4)
                                                : VectorValue.dense(random.nextFloat(), 1, 2, 3),
                                        Map.of("state", state)))
                                .toList(),
                        Change.Mode.UPSERT,
                        Filter.EVERYTHING);
        try {
            // asked for from here on: it may survive, acknowledged or not
            history.states.add(state);
            Written written = collection(catalogue, group).write(List.of(change));
            written.durable().join();
            history.acknowledged = history.states.size() - 1;
            return true;
        } catch (Refused | CompletionException off) {
            return false;
        }
    }

    private static Collection collection(Catalogue catalogue, int group) {
        return catalogue.get("acme", group % 2 == 0 ? "docs" : "more");
    }

    private static void check(SimulatedDisk disk, History[][] histories, String at) throws IOException {
        try (Catalogue catalogue = Catalogue.open(disk, HOME, 5)) {
            assertTrue(catalogue.awaitLinks(30), at);
            for (String finding : catalogue.findings()) {
                assertTrue(finding.contains("ended within a record"), at + ": " + finding);
            }
            for (int writer = 0; writer < WRITERS; writer++) {
                for (int group = 0; group < GROUPS; group++) {
                    History history = histories[writer][group];
                    String found = state(catalogue, writer, group, at);
                    List<String> possible = history.states.subList(history.acknowledged, history.states.size());
                    assertTrue(
                            found != null && possible.contains(found),
                            at + ": writer " + writer + " group " + group + " is " + found + " and none of "
                                    + possible);
                    settle(history, found);
                }
            }
            catalogue.closeWithoutCheckpoint();
        }
    }

    /// What was found is what there is from now on.
    private static void settle(History history, String found) {
        history.states.clear();
        history.states.add(found);
        history.acknowledged = 0;
    }

    /// @return null if the points of a group differ
    private static @Nullable String state(Catalogue catalogue, int writer, int group, String at) {
        if (catalogue.find("acme", group % 2 == 0 ? "docs" : "more").isEmpty()) {
            return ABSENT;
        }
        List<Hit> hits = collection(catalogue, group).retrieve(ids(writer, group), false);
        List<String> states = hits.stream()
                .map(hit -> String.valueOf(hit.payload().get("state")))
                .distinct()
                .toList();
        assertTrue(
                hits.isEmpty() || (hits.size() == BATCH && states.size() == 1),
                at + ": writer " + writer + " group " + group + " has " + hits.size() + " points in " + states);
        return hits.isEmpty() ? ABSENT : states.getFirst();
    }

    /// One flipped bit in any file costs what it hit, and is reported with the file and where.
    private static SimulatedDisk flipped(SimulatedDisk disk, History[][] histories, Random random, String at)
            throws IOException {
        List<Path> files = disk.files().stream()
                .filter(file -> disk.bytes(file).length > 0
                        && !file.toString().contains(".cut-")
                        && !file.toString().endsWith(".tmp"))
                .toList();
        check(disk, histories, at);
        SimulatedDisk sound = disk.restarted(new Random(0));
        if (files.isEmpty()) {
            return sound;
        }
        List<Path> live = files.stream()
                .filter(file -> disk.exists(file) && isLive(disk, file) && disk.bytes(file).length > 0)
                .toList();
        if (live.isEmpty()) {
            return sound;
        }
        Path victim = live.get(random.nextInt(live.size()));
        long bit = random.nextLong(disk.bytes(victim).length * 8L);
        SimulatedDisk damaged = disk.restarted(new Random(0));
        damaged.flip(victim, bit);
        String what = at + " bit " + bit + " of " + victim;
        for (int restart = 0; restart < 2; restart++) {
            try (Catalogue catalogue = Catalogue.open(damaged, HOME, 5)) {
                assertTrue(catalogue.awaitLinks(30), what);
                boolean isReported = catalogue.findings().stream()
                        .anyMatch(finding -> finding.contains(victim.toString())
                                && finding.contains("offset ")
                                && offset(finding) <= bit / 8);
                assertTrue(isReported || restart > 0, what + " is not among " + catalogue.findings());
                for (int writer = 0; writer < WRITERS; writer++) {
                    for (int group = 0; group < GROUPS; group++) {
                        try {
                            state(catalogue, writer, group, what);
                        } catch (Refused refused) {
                            assertEquals("storage_damaged", refused.refusal().code(), what);
                        }
                    }
                }
                catalogue.closeWithoutCheckpoint();
            }
        }
        return sound;
    }

    /// Whether a restart reads the file.
    private static boolean isLive(SimulatedDisk disk, Path file) {
        String name = file.getFileName().toString();
        if (!name.endsWith(".snapshot")) {
            return true;
        }
        Path manifest = HOME.resolve("MANIFEST");
        return disk.exists(manifest) && new String(disk.bytes(manifest), StandardCharsets.ISO_8859_1).contains(name);
    }

    private static long offset(String finding) {
        String rest = finding.substring(finding.indexOf("offset ") + 7);
        return Long.parseLong(rest.split("[^0-9]", 2)[0]);
    }

    private static List<PointId> ids(int writer, int group) {
        return IntStream.range(0, BATCH)
                .mapToObj(i -> PointId.of(writer * 1_000L + group * 10L + i))
                .toList();
    }
}
