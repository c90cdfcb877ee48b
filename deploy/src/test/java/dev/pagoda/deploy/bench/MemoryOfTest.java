package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MemoryOfTest {
    private static final String SMAPS = """
            80000000-95560000 rw-p 00000000 00:00 0
            Size:             349568 kB
            Rss:              102400 kB
            Anonymous:        102400 kB
            VmFlags: rd wr mr mw me nr sd
            7f0000000000-7f0000800000 rw-s 00000000 fe:00 42    /data/usage/0000000000000001.usage
            Rss:                2048 kB
            Anonymous:             0 kB
            7f0001000000-7f0001200000 r-xp 00000000 fe:00 43    /lib/a library.so
            Rss:                1024 kB
            Anonymous:            512 kB
            7f0002000000-7f0002200000 rw-p 00000000 00:00 0     [stack]
            Rss:                3072 kB
            Anonymous:          3072 kB
            """;
    private static final String HEAP = """
            1234:
             DefNew     total 88576K, used 2048K [0x0000000080000000, 0x0000000086000000, 0x00000000aaaa0000)
              eden space 78784K,   2% used [0x0000000080000000, 0x0000000080200000, 0x0000000084cf0000)
             Tenured    total 65536K, used 1024K [0x00000000aaaa0000, 0x00000000aeaa0000, 0x0000000100000000)
               the  space 65536K,   1% used [0x00000000aaaa0000, 0x00000000aaba0000, 0x00000000aeaa0000)
             Metaspace       used 50000K, committed 51000K, reserved 1114112K
            """;

    @Test
    void memoryIsOfTheHeapOfFilesOrOfNeither() {
        MemoryOf memory = MemoryOf.read(SMAPS, HEAP);
        assertEquals(106, memory.resident());
        assertEquals(100, memory.heap());
        assertEquals(2.5, memory.files());
        assertEquals(3.5, memory.others());
        assertEquals(3, memory.used());
    }

    @Test
    void theOwnProcessIsRead() throws Exception {
        MemoryOf memory = MemoryOf.process(ProcessHandle.current().pid());
        assertTrue(memory.used() > 0 && memory.used() <= memory.resident(), memory::toString);
        assertTrue(memory.heap() > 0 && memory.heap() <= memory.resident(), memory::toString);
    }
}
