package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NodeSetTest {
    @Test
    void holdsWhatWasAcceptedBelowTheEnd() {
        NodeSet set = NodeSet.of(200, node -> node % 63 == 1);
        List<Integer> members = new ArrayList<>();
        for (int node = set.next(0); node >= 0; node = set.next(node + 1)) {
            members.add(node);
        }
        assertEquals(List.of(1, 64, 127, 190), members);
        assertEquals(4, set.size());
        assertEquals(members, IntStream.range(0, 1_000).filter(set).boxed().toList());
    }

    @Test
    void mayBeEmpty() {
        NodeSet set = NodeSet.of(0, node -> true);
        assertEquals(0, set.size());
        assertEquals(-1, set.next(0));
    }
}
