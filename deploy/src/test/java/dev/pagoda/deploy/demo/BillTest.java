package dev.pagoda.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class BillTest {
    @Test
    void addsUpByKindInOrder() {
        Bill bill = new Bill();
        bill.add("chats", 100, 7);
        bill.add("workflows", 30, 2);
        bill.add("chats", 11, 1);
        assertEquals(List.of(new Bill.Sum("chats", 2, 111, 8), new Bill.Sum("workflows", 1, 30, 2)), bill.sums());
        assertEquals(new Bill.Sum("total", 3, 141, 10), bill.total());
    }

    @Test
    void writesNanoDollarsExactly() {
        assertEquals("$0.000000007", Bill.dollars(7));
        assertEquals("$12.345678901", Bill.dollars(12_345_678_901L));
        assertEquals("$0.000000000", Bill.dollars(0));
    }
}
