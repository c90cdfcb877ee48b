package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class VectorsBenchTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --peers usearch     | there is no peer 'usearch'; there are hnswlib, jvector, jvector-fused, lucene,
                    --modes turbo       | there is no mode 'turbo'
                    --rounds 0          | --rounds 0 is not from 1 to 100
                    --runs 101          | --runs 101 is not from 1 to 100
                    --query-threads 0   | --query-threads 0 is not from 1 to 100
                    --warm-up -1        | --warm-up -1 is not from 0 to 600
                    --ef 9,20           | --ef [9, 20] is not all from 10 to 100000
                    --metric cosine     | there is no metric 'cosine'; there are l2 and ip
                    --name absent       | absent_base.fvecs
                    --hnswlib /nowhere  | /nowhere/hnswlib/hnswlib.h (Debian: apt-get install libhnswlib-dev g++)
                    """)
    void refusesAnArgumentThatCannotBeMeant(String argument, String why) {
        MadeSetTest.write(folder, 300);
        String[] wrong = argument.split(" ", -1);
        StartRefused refused =
                refusal("--data", folder.toString(), "--name", "clustered", "--metric", "l2", wrong[0], wrong[1]);
        assertTrue(refused.toString().contains(why), refused::toString);
    }

    @Test
    void needsASetOrAFolderToMakeOneIn() {
        assertTrue(refusal("--metric", "l2").toString().contains("needs --data, --name and --metric, or --make-data"));
    }

    private static StartRefused refusal(String... arguments) {
        VectorsBench bench = new VectorsBench();
        new CommandLine(bench).setOverwrittenOptionsAllowed(true).parseArgs(arguments);
        return assertThrows(StartRefused.class, bench::call);
    }

    @Test
    void aPeerIsAllItsSystemsOrOneOfThem() {
        assertEquals(List.of("lucene", "lucene-int7", "lucene-int4"), Contenders.ofPeer("lucene"));
        assertEquals(List.of("lucene-int7"), Contenders.ofPeer("lucene-int7"));
    }

    @Test
    void theModeOfTheDefaultHasTheNameOfTheSystem() {
        assertEquals("pagoda", PagodaContender.system(PagodaContender.MODES.getFirst()));
    }
}
