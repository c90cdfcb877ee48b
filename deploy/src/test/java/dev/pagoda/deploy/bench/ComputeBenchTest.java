package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import dev.pagoda.compute.trace.TraceText;
import dev.pagoda.deploy.StartRefused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ComputeBenchTest {
    @TempDir
    Path folder;

    private Path nodes;
    private Path pods;

    @BeforeEach
    void write() throws IOException {
        nodes = Files.writeString(folder.resolve("nodes.csv"), """
                sn,cpu_milli,memory_mib,gpu,model
                a,96000,393216,8,G2
                b,96000,393216,8,G2
                c,64000,262144,2,T4
                """);
        pods = Files.writeString(folder.resolve("pods.csv"), """
                name,cpu_milli,memory_mib,num_gpu,gpu_milli
                p0,8000,30720,1,1000
                p1,4000,15360,1,460
                p2,32000,65536,4,1000
                p3,4000,15360,0,0
                """);
    }

    @Test
    void fillsTheClusterUntilMoreIsAskedForThanThereIs() {
        var openb = new OpenbScheduler(OpenbNode.read(TraceText.read(nodes)), OpenbPod.read(TraceText.read(pods)));
        Scheduler scheduler = openb.idle("Pagoda");
        int came = openb.fill(scheduler, 2, 1);
        assertEquals(came, scheduler.jobs().size());
        assertTrue(scheduler.jobs().stream().anyMatch(job -> job.phase() == JobPhase.PENDING));
        assertEquals("G2", openb.usualNode().accelerator());
        assertEquals(scheduler.jobs(), filled(openb).jobs(), "the same seed gives the same cluster");
    }

    private static Scheduler filled(OpenbScheduler openb) {
        Scheduler scheduler = openb.idle("Pagoda");
        openb.fill(scheduler, 2, 1);
        return scheduler;
    }

    @Test
    @Tag("slow")
    void measuresAGangInAFreshProcessAndAQuestion() {
        var written = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try {
            System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
            assertEquals(0, run("--repeats", "2", "--gang", "16", "--more", "1").call());
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        } finally {
            System.setOut(before);
        }
        List<String> lines = written.toString(StandardCharsets.UTF_8).lines().toList();
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("GANG\tpagoda\topenb\tdevices=16\tplaced=16")));
        assertEquals(2, lines.stream().filter(line -> line.startsWith("BAR")).count());
    }

    @Test
    void refusesWhatCannotBeMeasured() throws IOException {
        assertRefused("needs --nodes and --pods", new ComputeBench());
        assertRefused("--repeats 0 is not from 1 to 1000", run("--repeats", "0"));
        assertRefused("there is no policy 'luck'", run("--policy", "luck"));
        Files.writeString(pods, "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np0,8000,many,1,1000\n");
        assertRefused("pods.csv:2:9", run());
        Files.writeString(pods, "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np0,8000,1,0,0\n");
        assertRefused("nothing can be measured", run());
    }

    private ComputeBench run(String... options) {
        var bench = new ComputeBench();
        var command = new CommandLine(bench);
        String[] all = new String[options.length + 4];
        System.arraycopy(options, 0, all, 4, options.length);
        all[0] = "--nodes";
        all[1] = nodes.toString();
        all[2] = "--pods";
        all[3] = pods.toString();
        command.parseArgs(all);
        return bench;
    }

    private static void assertRefused(String words, ComputeBench bench) {
        StartRefused refused = assertThrows(StartRefused.class, bench::call);
        assertTrue(String.valueOf(refused.getMessage()).contains(words), refused.getMessage());
    }
}
