package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.bench.QdrantBench;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class QdrantBenchTest {
    private static final Pattern RECALL = Pattern.compile("recall10=([0-9.]+)");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --url ftp://host    | --url ftp://host does not begin with http:// or https:// and a host
                    --url http:nowhere  | --url http:nowhere does not begin with http:// or https:// and a host
                    --url http://[      | --url http://[ is no URL
                    --url http://127.0.0.1:1 | nobody answers as Qdrant at http://127.0.0.1:1
                    --points 5          | --points 5 is not from 100 to 10000000
                    --connections 0     | --connections 0 is not from 1 to 1024
                    --grpc 0            | --grpc 0 is not from 1 to 65535
                    --dimensions 65537  | --dimensions 65537 is not from 1 to 65536
                    """)
    void refusesAnArgumentThatCannotBeMeant(String argument, String why) {
        QdrantBench bench = new QdrantBench();
        new CommandLine(bench).parseArgs(argument.split(" ", -1));
        StartRefused refused = assertThrows(StartRefused.class, bench::call);
        assertTrue(refused.toString().contains(why), refused::toString);
    }

    @Test
    @Tag("slow")
    void loadsAndSearchesARunningPlatformAndLeavesNothing() throws Exception {
        try (RunningPlatform platform = RunningPlatform.ephemeral()) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            PrintStream before = System.out;
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            int exit;
            try {
                exit = new CommandLine(new QdrantBench())
                        .execute(
                                "--url",
                                platform.url(""),
                                "--api-key",
                                platform.key(),
                                "--grpc",
                                Integer.toString(platform.grpcPort()),
                                "--points",
                                "1500",
                                "--dimensions",
                                "24",
                                "--queries",
                                "50",
                                "--warm-up",
                                "0",
                                "--seconds",
                                "1");
            } finally {
                System.setOut(before);
            }

            String report = said.toString(StandardCharsets.UTF_8);
            assertEquals(0, exit, report);
            for (String wire : List.of("rest", "grpc")) {
                List<String> results = report.lines()
                        .filter(line -> line.startsWith("RESULT\t" + wire + "\t"))
                        .toList();
                assertEquals(4, results.size(), report);
                for (String result : results.subList(1, 4)) {
                    Matcher recall = RECALL.matcher(result);
                    assertTrue(recall.find() && Double.parseDouble(recall.group(1)) > 0.9, result);
                }
            }
            assertEquals(
                    0,
                    platform.get("/collections")
                            .json()
                            .at("/result/collections")
                            .size());
        }
    }
}
