package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class UnsettledTest {
    private final Unsettled unsettled = new Unsettled();

    @Test
    void keepsAMarkUntilItsReadersAreForgotten() {
        unsettled.mark(3);
        unsettled.published(7);
        unsettled.settle(epoch -> epoch < 7);
        assertEquals(Set.of(3), marks());
        unsettled.settle(epoch -> epoch <= 7);
        assertEquals(Set.of(), marks());
    }

    @Test
    void keepsTheMarkOfADeadPointUntilItHasLeftTheIndexes() {
        unsettled.mark(3);
        unsettled.hold(3);
        unsettled.hold(200);
        unsettled.published(7);
        unsettled.settle(_ -> true);
        assertEquals(Set.of(3, 200), marks());
        unsettled.mark(3);
        unsettled.published(9);
        unsettled.settle(_ -> true);
        assertEquals(Set.of(200), marks());
    }

    private Set<Integer> marks() {
        Set<Integer> marks = new TreeSet<>();
        unsettled.forEach(marks::add);
        return marks;
    }
}
