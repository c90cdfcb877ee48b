package dev.pagoda.deploy.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.pagoda.deploy.StartRefused;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The main class of a child process that holds one system of the JVM.
///
/// Standard input has one command a line, standard output one answer a line, fields separated by tabs; an answer that
/// begins with `failed` says why. The process ends at once when its input does, also in the middle of a command.
///
/// | command | answer |
/// |---|---|
/// | `load BASE QUERIES METRIC` | `loaded ROWS ABOUT` |
/// | `build THREADS` | `built WALL_NANOS PROCESS_CPU_NANOS BYTES THREADS` |
/// | `search MODULUS EF`: every query once, in one thread | `found THREAD_CPU_NANOS ID ID ...`, [#LIMIT] ids a query |
/// | `pace THREADS EF PASSES`: every query so often in each thread | `paced WALL_NANOS` |
final class ContenderLoop {
    static final int LIMIT = 10;

    private final Contender contender;
    private float[][] base = new float[0][];
    private float[][] queries = new float[0][];
    private Metric metric = Metric.L2;
    private Contender.@Nullable Searcher searcher;

    ContenderLoop(Contender contender) {
        this.contender = contender;
    }

    /// @param args name of the system, scratch folder, seed
    public static void main(String[] args) throws InterruptedException {
        PrintStream answers = System.out;
        // libraries may print what they like, elsewhere
        System.setOut(System.err);
        BlockingQueue<String> commands = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().start(() -> read(commands));
        ContenderLoop loop = new ContenderLoop(Contenders.named(args[0], Path.of(args[1]), Long.parseLong(args[2])));
        while (true) {
            String answer = loop.answer(commands.take());
            answers.println(answer);
            answers.flush();
        }
    }

    private static void read(BlockingQueue<String> commands) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                commands.add(line);
            }
        } catch (IOException gone) {
            System.err.println("standard input: " + gone.getMessage());
        }
        Runtime.getRuntime().halt(0);
    }

    /// Carries out a command; the boundary where a failure becomes an answer.
    String answer(String line) throws InterruptedException {
        String[] fields = line.split("\t", -1);
        try {
            return switch (fields[0]) {
                case "load" -> load(Path.of(fields[1]), Path.of(fields[2]), Metric.named(fields[3]));
                case "build" -> build(Integer.parseInt(fields[1]));
                case "search" -> search(Integer.parseInt(fields[1]), Integer.parseInt(fields[2]));
                case "pace" ->
                    pace(Integer.parseInt(fields[1]), Integer.parseInt(fields[2]), Integer.parseInt(fields[3]));
                default -> "failed\tthere is no command '" + fields[0] + "'";
            };
        } catch (StartRefused refused) {
            return "failed\t" + refused.getMessage();
        } catch (IOException | RuntimeException | LinkageError failure) {
            failure.printStackTrace();
            return "failed\t" + String.valueOf(failure).replaceAll("\\s+", " ");
        }
    }

    private String load(Path baseFile, Path queryFile, Metric wanted) {
        base = VectorFile.readFloats(baseFile);
        queries = VectorFile.readFloats(queryFile);
        metric = wanted;
        return "loaded\t" + base.length + "\t" + contender.about();
    }

    private String build(int threads) throws IOException, InterruptedException {
        var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = process.getProcessCpuTime();
        long wall = System.nanoTime();
        int used = contender.build(base, metric, threads);
        wall = System.nanoTime() - wall;
        cpu = process.getProcessCpuTime() - cpu;
        base = new float[0][];
        searcher = contender.searcher();
        // gives back what building took, since all systems are in memory at once
        System.gc();
        return String.join(
                "\t",
                "built",
                Long.toString(wall),
                Long.toString(cpu),
                Long.toString(contender.bytes()),
                Integer.toString(used));
    }

    private String search(int modulus, int ef) throws IOException {
        if (searcher == null) {
            throw new IllegalStateException("nothing is built");
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        int[][] found = new int[queries.length][LIMIT];
        long cpu = threads.getCurrentThreadCpuTime();
        for (int query = 0; query < queries.length; query++) {
            searcher.search(queries[query], ef, modulus, found[query]);
        }
        cpu = threads.getCurrentThreadCpuTime() - cpu;
        StringBuilder answer = new StringBuilder("found\t").append(cpu).append('\t');
        for (int[] ids : found) {
            for (int id : ids) {
                answer.append(id).append(' ');
            }
        }
        return answer.toString();
    }

    private String pace(int threads, int ef, int passes) throws IOException, InterruptedException {
        AtomicReference<@Nullable IOException> failed = new AtomicReference<>();
        Thread[] workers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            Contender.Searcher own = contender.searcher();
            workers[t] = Thread.ofPlatform().daemon().unstarted(() -> {
                try {
                    int[] found = new int[LIMIT];
                    for (int pass = 0; pass < passes; pass++) {
                        for (float[] query : queries) {
                            own.search(query, ef, 1, found);
                        }
                    }
                } catch (IOException broken) {
                    failed.set(broken);
                }
            });
        }
        long wall = System.nanoTime();
        for (Thread worker : workers) {
            worker.start();
        }
        for (Thread worker : workers) {
            worker.join();
        }
        wall = System.nanoTime() - wall;
        IOException broken = failed.get();
        if (broken != null) {
            throw broken;
        }
        return "paced\t" + wall;
    }
}
