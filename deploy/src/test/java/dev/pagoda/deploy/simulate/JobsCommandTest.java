package dev.pagoda.deploy.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class JobsCommandTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeTraces() throws IOException {
        StringBuilder tiresias = new StringBuilder("job_id,num_gpu,submit_time,duration\n");
        StringBuilder gavel = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            tiresias.append(i)
                    .append(',')
                    .append(1 + i % 4)
                    .append(',')
                    .append(20 * i)
                    .append(",600\n");
            gavel.append(i % 2 == 0 ? "A" : "B")
                    .append("\tx\tx\t0\t9000\t")
                    .append(60 * i)
                    .append("\t1\n");
        }
        Files.writeString(folder.resolve("t.csv"), tiresias);
        Files.writeString(folder.resolve("g.trace"), gavel);
        Files.writeString(
                folder.resolve("shape.csv"),
                "num_switch,num_node_p_switch,num_gpu_p_node,num_cpu_p_node,mem_p_node\n1,2,4,40,256\n");
        Files.writeString(folder.resolve("past.csv"), "duration\n100\n600\n5000\n");
        Files.writeString(folder.resolve("rates.json"), """
                {"v100": {"('A', 1)": {"null": 10, "('B', 1)": [1, 2]}, "('B', 1)": {"null": 2}},
                 "k80": {"('A', 1)": {"null": 1}, "('B', 1)": {"null": 1.5}}}
                """);
    }

    @Test
    void tellsEveryPolicyOnATraceOfTiresias() throws IOException {
        String said =
                call("--trace", file("t.csv"), "--cluster", file("shape.csv"), "--policy", "fifo,srtf,las,pagoda");
        assertTrue(said.contains("40 jobs on 8 gpu in 2 nodes; decisions at every event"), said);
        assertEquals(
                4,
                said.lines()
                        .filter(line -> line.contains("gpu ") && line.contains(" %"))
                        .count(),
                said);
    }

    @Test
    void tellsEveryPolicyOnATraceOfGavel() throws IOException {
        String said = call(
                "--trace",
                file("g.trace"),
                "--throughputs",
                file("rates.json"),
                "--service-times",
                file("past.csv"),
                "--cluster",
                "v100=3,k80=3",
                "--policy",
                "all",
                "--svg",
                file("p.svg"));
        assertTrue(said.contains("rounds of 360 s"), said);
        assertEquals(
                10,
                said.lines()
                        .filter(line -> line.contains("v100 ") && line.contains(" %"))
                        .count(),
                said);
        String picture = Files.readString(folder.resolve("p.svg"));
        assertEquals(10, picture.split("<path", -1).length - 1);
        assertTrue(picture.contains(">finish-time-fairness</text>"), picture);
    }

    @Test
    void sameSeedGivesTheSameBytesAndARowForEachPolicyAndSeed() throws IOException {
        for (String name : List.of("a.csv", "b.csv")) {
            call(
                    "--arrivals",
                    "30",
                    "--jobs",
                    "120",
                    "--throughputs",
                    file("rates.json"),
                    "--cluster",
                    "v100=3,k80=3",
                    "--policy",
                    "fifo,max-min-agnostic",
                    "--seeds",
                    "1-2",
                    "--csv",
                    file(name));
        }
        List<String> rows = Files.readAllLines(folder.resolve("a.csv"));
        assertEquals(rows, Files.readAllLines(folder.resolve("b.csv")));
        assertEquals(5, rows.size());
        assertTrue(rows.getFirst().endsWith(",preemptions,util_v100,util_k80"), rows.getFirst());
        assertTrue(rows.get(1).startsWith("gavel-single-30.0,fifo,1,120,"), rows.get(1));
    }

    @Test
    void letsOnlyTheJobsOfTheWindowCount() throws IOException {
        call("--trace", file("t.csv"), "--cluster", "x=8", "--window", "10-20", "--csv", file("w.csv"));
        assertTrue(Files.readAllLines(folder.resolve("w.csv")).get(1).startsWith("t,pagoda,1,10,"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--trace t.csv | needs --cluster",
                "--cluster x=8 | either --trace or --arrivals",
                "--trace t.csv --arrivals 3 --cluster x=8 | either --trace or --arrivals",
                "--trace t.csv --cluster x=8 --policy fast | there is no policy fast for jobs; there are fifo",
                "--trace t.csv --cluster x=8 --policy max-min | needs rounds",
                "--trace t.csv --cluster x=8 --policy gittins | --service-times",
                "--trace t.csv --cluster x=2 | 20 of 40 jobs need more devices of a kind",
                "--trace t.csv --cluster x= | neither a file nor a list like",
                "--trace t.csv --cluster x=8,x=8 | is there twice",
                "--trace t.csv --cluster x=0 | at least one of each",
                "--trace t.csv --cluster x=8 --format gavel | expected 7 fields",
                "--trace t.csv --cluster x=8 --format csv | is none of gavel, tiresias, sia, openb",
                "--trace t.csv --cluster x=8 --round 0.5 | neither 0 nor within",
                "--trace t.csv --cluster x=8 --restore -1 | --restore -1.0",
                "--trace t.csv --cluster x=8 --seeds x | --seeds x",
                "--trace t.csv --cluster x=8 --window 30-99 | --window 30-99",
                "--trace t.csv --cluster x=8 --thresholds 5,4 | ascending",
                "--trace t.csv --cluster x=8 --speeds x=-1 | the speed -1.0 of x",
                "--trace t.csv --cluster t.csv | num_switch",
                "--trace shape.csv --cluster x=8 | (tiresias)",
                "--trace absent.csv --cluster x=8 | nothing of that name",
                "--trace g.trace --cluster v100=8 | no throughputs say",
                "--trace g.trace --cluster h100=8 --throughputs rates.json | the throughputs have only v100, k80",
                "--trace g.trace --cluster v100=8 --throughputs t.csv | expected JSON",
                "--arrivals 5 --cluster v100=8 | --arrivals needs --throughputs",
                "--arrivals -5 --cluster v100=8 --throughputs rates.json | -5.0 jobs an hour",
            })
    void refusesWhatItCannotDoWithWhatItWouldTake(String arguments, String sentence) {
        List<String> given = new ArrayList<>();
        for (String each : arguments.split(" ", -1)) {
            given.add(each.endsWith(".csv") || each.endsWith(".trace") || each.endsWith(".json") ? file(each) : each);
        }
        StartRefused refused = assertThrows(StartRefused.class, () -> call(given.toArray(String[]::new)));
        assertTrue(String.valueOf(refused.getMessage()).contains(sentence), refused::getMessage);
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private static String call(String... arguments) {
        JobsCommand command = new JobsCommand();
        new CommandLine(command).setOverwrittenOptionsAllowed(true).parseArgs(arguments);
        PrintStream before = System.out;
        var said = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            assertEquals(0, command.call());
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
