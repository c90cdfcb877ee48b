package dev.pagoda.compute.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterNodesTest {
    private static final String SHAPE = "num_switch,num_node_p_switch,num_gpu_p_node,num_cpu_p_node,mem_p_node\n";
    private static final String NODES = "sn,cpu_milli,memory_mib,gpu,model\n";

    @Test
    void readsAShapeOfTiresias() {
        assertEquals(Map.of("gpu", List.of(4, 4, 4, 4, 4, 4)), read(SHAPE + "2,3,4,40,256\n"));
    }

    @Test
    void readsNodesOfOpenbByModelWithoutThoseThatHaveNoDevice() {
        assertEquals(
                Map.of("T4", List.of(2, 4), "G2", List.of(8)),
                read(NODES + "a,1,1,2,T4\nb,1,1,0,\nc,1,1,8,G2\nd,1,1,4,T4\n"));
    }

    @Test
    void tellsWhereItIsBroken() {
        TraceFault fault = assertThrows(TraceFault.class, () -> read(SHAPE + "2,x,4,40,256\n"));
        assertEquals(2, fault.line());
        assertEquals(3, fault.column());
        assertThrows(TraceFault.class, () -> read(SHAPE + "1000000,1000000,4,40,256\n"));
        assertThrows(TraceFault.class, () -> read(NODES + "a,1,1,2,\n"));
        assertThrows(TraceFault.class, () -> read(SHAPE));
        assertThrows(TraceFault.class, () -> read(NODES + "a,1,1,0,\n"));
        assertThrows(TraceFault.class, () -> read(""));
    }

    @Test
    void namesTheColumnsItTakes() {
        TraceFault fault = assertThrows(TraceFault.class, () -> read("a,b\n1,2\n"));
        assertTrue(fault.getMessage().contains("num_switch"), fault::getMessage);
        assertTrue(fault.getMessage().contains("(openb)"), fault::getMessage);
    }

    private static Map<String, List<Integer>> read(String text) {
        return ClusterNodes.read(new TraceText("nodes.csv", text)).byModel();
    }
}
