package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContenderLoopTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"pagoda", "lucene"})
    void findsWithAndWithoutAFilter(String system) throws InterruptedException {
        finds(system);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lucene-int7", "lucene-int4", "jvector", "jvector-fused"})
    @Tag("slow")
    void everyOtherPeerDoesToo(String system) throws InterruptedException {
        finds(system);
    }

    private void finds(String system) throws InterruptedException {
        MadeSetTest.write(folder, 1_500);
        VectorSet set = VectorSet.open(folder, "clustered", Metric.L2);
        ContenderLoop loop = new ContenderLoop(Contenders.named(system, folder, 1));
        String loaded = loop.answer("load\t" + set.baseFile() + "\t" + set.queryFile() + "\tl2");
        assertTrue(loaded.startsWith("loaded\t1500\t"), loaded);
        String built = loop.answer("build\t2");
        assertTrue(built.matches("built\t\\d+\t\\d+\t\\d+\t[12]"), built);
        long bytes = Long.parseLong(built.split("\t", -1)[3]);
        assertTrue(bytes >= set.rawBytes(), "bytes " + bytes);
        for (ResultTag tag : set.truths().keySet()) {
            String found = loop.answer("search\t" + tag.modulus() + "\t100");
            int[] ids = Stream.of(found.split("\t", -1)[2].trim().split(" ", -1))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            double recall = set.recall(tag, ids);
            assertTrue(recall >= 0.9, tag.name() + " recall " + recall);
            for (int id : ids) {
                assertTrue(id == -1 || ResultTag.accepts(id, tag.modulus()), tag.name() + " id " + id);
            }
        }
        assertTrue(loop.answer("pace\t2\t20\t1").matches("paced\t\\d+"));
    }

    @Test
    void answersAFailureWithItsReason() throws InterruptedException {
        ContenderLoop loop = new ContenderLoop(new PagodaContender("fast", 1));
        assertEquals("failed\tthere is no command 'sing'", loop.answer("sing"));
        assertTrue(loop.answer("load\tnone\tnone\tl2").startsWith("failed\tthere is no file none"));
        assertTrue(loop.answer("search\t1\t10").startsWith("failed\t"));
    }
}
