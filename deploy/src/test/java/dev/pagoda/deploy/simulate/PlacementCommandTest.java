package dev.pagoda.deploy.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class PlacementCommandTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeTraces() throws IOException {
        StringBuilder nodes = new StringBuilder("sn,cpu_milli,memory_mib,gpu,model\n");
        IntStream.range(0, 20).forEach(i -> nodes.append("n").append(i).append(",64000,262144,8,G2\n"));
        Files.writeString(folder.resolve("nodes.csv"), nodes);
        StringBuilder pods = new StringBuilder("name,cpu_milli,memory_mib,num_gpu,gpu_milli\n");
        IntStream.range(0, 100)
                .forEach(i ->
                        pods.append("p").append(i).append(i % 2 == 0 ? ",6000,100,1,460\n" : ",9000,100,1,1000\n"));
        Files.writeString(folder.resolve("pods.csv"), pods);
    }

    private static int call(String... arguments) {
        PlacementCommand command = new PlacementCommand();
        new CommandLine(command).setOverwrittenOptionsAllowed(true).parseArgs(arguments);
        PrintStream before = System.out;
        try {
            System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
            return command.call();
        } finally {
            System.setOut(before);
        }
    }

    private String[] with(String... more) {
        List<String> arguments = new java.util.ArrayList<>(List.of(
                "--nodes",
                folder.resolve("nodes.csv").toString(),
                "--pods",
                folder.resolve("pods.csv").toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private List<String> csv(String name) throws IOException {
        assertEquals(
                0,
                call(with(
                        "--policy",
                        "random,best-fit",
                        "--seeds",
                        "1-3",
                        "--csv",
                        folder.resolve(name).toString())));
        return Files.readAllLines(folder.resolve(name));
    }

    @Test
    void writesARowForEachPolicyAndSeed() throws IOException {
        List<String> rows = csv("table.csv");
        assertEquals(
                "workload,policy,seed,alloc_80,alloc_90,alloc_95,alloc_100,alloc_130,"
                        + "frag_20,frag_40,frag_60,frag_80,frag_100,frag_130,pods_per_s",
                rows.getFirst());
        assertEquals(7, rows.size());
        assertTrue(rows.get(1).startsWith("pods,Random,1,"), rows.get(1));
        assertTrue(rows.get(6).startsWith("pods,BestFit,3,"), rows.get(6));
        rows.forEach(row -> assertEquals(15, row.split(",", -1).length));
    }

    @Test
    void theSameSeedGivesTheSameBytesButForTheSpeed() throws IOException {
        assertEquals(withoutSpeed(csv("one.csv")), withoutSpeed(csv("two.csv")));
    }

    private static List<String> withoutSpeed(List<String> rows) {
        return rows.stream().map(row -> row.substring(0, row.lastIndexOf(','))).toList();
    }

    @Test
    void drawsBothCurves() throws IOException {
        Path picture = folder.resolve("picture.svg");
        call(with("--seeds", "1", "--svg", picture.toString()));
        String svg = Files.readString(picture);
        assertTrue(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"), svg);
        assertEquals(2, svg.split("<path ", -1).length - 1);
        assertTrue(svg.contains(">Pagoda<"), svg);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --policy best        | there is no policy 'best'; there are Random, DotProd
            --seeds 5-1          | --seeds 5-1 is not a list of numbers and ranges
            --seeds 1-20000      | at most 10000 seeds
            --inflation 0        | --inflation 0.0 is not above 0 and at most 10
            --inflation NaN      | --inflation NaN is not above 0
            --nodes absent.csv   | absent.csv: expected a file, found nothing of that name
            --csv no/such/folder | no/such/folder cannot be written
            """)
    void refusesAnArgumentThatCannotBeMeant(String argument, String why) {
        String[] wrong = argument.split(" ", -1);
        StartRefused refused = assertThrows(StartRefused.class, () -> call(with(wrong[0], wrong[1])));
        assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::toString);
    }

    @Test
    void aBrokenLineLeavesTheTableOfBeforeAsItWas() throws IOException {
        Path table = Files.writeString(folder.resolve("table.csv"), "of before");
        Files.writeString(
                folder.resolve("pods.csv"), "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,1,1,460\nb,x,1,1,460\n");
        StartRefused refused = assertThrows(StartRefused.class, () -> call(with("--csv", table.toString())));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("pods.csv:3:3: expected cpu_milli to be an integer"),
                refused::toString);
        assertEquals("of before", Files.readString(table));
        assertFalse(Files.exists(folder.resolve("picture.svg")));
    }

    @Test
    void seedsAreNumbersAndRanges() {
        assertEquals(List.of(1L, 3L, 10L, 11L, 12L), Seeds.parse("1, 3,10-12,11"));
    }
}
