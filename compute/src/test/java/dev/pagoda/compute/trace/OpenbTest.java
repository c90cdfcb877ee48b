package dev.pagoda.compute.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenbTest {
    private static final String NODES = "sn,cpu_milli,memory_mib,gpu,model\n";
    private static final String PODS = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos\n";

    @TempDir
    Path folder;

    private TraceText file(String text) {
        try {
            return TraceText.read(Files.write(folder.resolve("trace.csv"), text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException unwritable) {
            throw new AssertionError(unwritable);
        }
    }

    @Test
    void readsNodesWithAndWithoutGpus() {
        assertEquals(
                List.of(new OpenbNode("a", 64_000, 262_144, 2, "P100"), new OpenbNode("b", 32_000, 1, 0, "")),
                OpenbNode.read(file(NODES + "a,64000,262144,2,P100\nb,32000,1,0,\n")));
    }

    @Test
    void readsPodsWhoseSpecRepeatsAModel() {
        OpenbPod pod = OpenbPod.read(file(PODS + "a,1,2,1,460,V100M16|V100M32|V100M32,LS\n"))
                .getFirst();
        assertEquals(new OpenbPod("a", 1, 2, 1, 460, "V100M16|V100M32|V100M32"), pod);
        assertEquals(List.of("V100M16", "V100M32"), pod.models());
    }

    @Test
    void readsPodsOfFiveColumns() {
        assertEquals(
                List.of(new OpenbPod("a", 1, 2, 8, 1000, "")),
                OpenbPod.read(file("name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,2,8,1000\n")));
    }

    @Test
    void quotesMarksOfOrderAndBothKindsOfLineEndsAreTaken() {
        assertEquals(
                List.of(new OpenbPod("a,\"b\"", 1, 2, 1, 1000, "T4"), new OpenbPod("c", 1, 2, 0, 0, "")),
                OpenbPod.read(file("\uFEFF\"name\",cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\r\n"
                        + "\"a,\"\"b\"\"\",\"1\",2,1,1000,\"T4\"\r\nc,1,2,0,0,\n\n")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a,-1,2,1,1000,,LS       | 3 | 3  | cpu_milli to be an integer from 0 to 1099511627776
            a,1e12,2,1,1000,,LS     | 3 | 3  | cpu_milli to be an integer
            a,1,2,65,1000,,LS       | 3 | 7  | num_gpu to be an integer from 0 to 64
            a,1,2,1,1001,,LS        | 3 | 9  | gpu_milli to be an integer from 0 to 1000
            a,1,2,2,500,,LS         | 3 | 9  | gpu_milli to be 1000 of each GPU
            a,1,2,1,0,,LS           | 3 | 9  | gpu_milli to be 1 to 1000 of the GPU
            a,1,2,0,500,,LS         | 3 | 9  | gpu_milli to be 0 without a GPU
            x,1,2,1,500,,LS         | 3 | 1  | name to be that of no earlier pod
            ,1,2,1,500,,LS          | 3 | 1  | name to be the name of a pod
            a,1,2,1,500             | 3 | 12 | 7 fields
            "a,1,2,1,500,,LS        | 3 | 1  | a closing quote in the same line
            "a"b,1,2,1,500,,LS      | 3 | 1  | nothing after the closing quote
            """)
    void tellsWhereAPodIsBroken(String line, int number, int column, String expected) {
        TraceText text = file(PODS + "x,1,1,0,0,,LS\n" + line.strip() + "\n");
        TraceFault fault = assertThrows(TraceFault.class, () -> OpenbPod.read(text));
        assertEquals(number, fault.line());
        assertEquals(column, fault.column(), fault::getMessage);
        assertTrue(fault.expected().startsWith(expected), fault::expected);
        assertTrue(fault.getMessage().contains("trace.csv:3:" + column + ": expected "), fault::getMessage);
    }

    @Test
    void tellsWhatANodeLacks() {
        assertEquals(
                "model to be that of the node's GPUs",
                assertThrows(TraceFault.class, () -> OpenbNode.read(file(NODES + "a,1,1,2,\n")))
                        .expected());
        assertEquals(
                "1 to 100000 nodes",
                assertThrows(TraceFault.class, () -> OpenbNode.read(file(NODES)))
                        .expected());
        assertEquals(
                "a column sn",
                assertThrows(TraceFault.class, () -> OpenbNode.read(file(PODS))).expected());
    }
}
