package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.RequestPool.Served;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.gateway.model.RequestWork;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestPoolTest {
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    private static final RequestModel PAINTER = RequestModels.find("sdxl").orElseThrow();
    private static final RequestModel ENCODER =
            RequestModels.find("BAAI/bge-m3").orElseThrow();
    private static final RequestWork PICTURE = new RequestWork.Pictures(1, 1024, 1024, 0);

    private final List<Served<String>> served = new ArrayList<>();

    private static long nanos(RequestModel model, RequestWork... works) {
        return Math.round(1e3 * model.time(List.of(works), H100).micros());
    }

    @Test
    void picturesFollowEachOtherHoweverLateTheCall() {
        var pool = new RequestPool<String>(PAINTER, 10);
        pool.open(1, H100, 0);
        for (String name : List.of("a", "b", "c")) {
            assertTrue(pool.enter(name, PICTURE, 0));
        }
        long each = nanos(PAINTER, PICTURE);
        assertEquals(each, pool.dueNanos().orElseThrow());
        pool.advance(100 * each, served::add);
        assertEquals(List.of("a", "b", "c"), served.stream().map(Served::owner).toList());
        assertEquals(3 * each, served.getLast().endNanos());
        assertEquals(3 * each, pool.busyNanos(1, 100 * each));
    }

    @Test
    void textsThatWaitAreReadTogether() {
        var pool = new RequestPool<String>(ENCODER, 10);
        pool.open(1, H100, 0);
        var texts = new RequestWork.Texts(List.of(500, 500));
        List.of("a", "b", "c", "d").forEach(name -> pool.enter(name, texts, 0));
        pool.advance(Long.MAX_VALUE / 2, served::add);
        assertEquals(List.of(1, 3, 3, 3), served.stream().map(Served::together).toList());
        assertEquals(
                nanos(ENCODER, texts, texts, texts),
                served.getLast().endNanos() - served.getLast().startNanos());
        assertTrue(nanos(ENCODER, texts, texts, texts) < 3 * nanos(ENCODER, texts));
    }

    @Test
    void aBatchOfTextsIsBounded() {
        var pool = new RequestPool<String>(ENCODER, 10);
        var texts = new RequestWork.Texts(List.of(8_000));
        List.of("a", "b", "c").forEach(name -> pool.enter(name, texts, 0));
        pool.open(1, H100, 5);
        pool.advance(Long.MAX_VALUE / 2, served::add);
        assertEquals(List.of(2, 2, 1), served.stream().map(Served::together).toList());
        assertEquals(5, served.getFirst().startNanos());
    }

    @Test
    void aLostDeviceGivesItsWorkBackToTheHead() {
        var pool = new RequestPool<String>(PAINTER, 10);
        pool.open(1, H100, 0);
        List.of("a", "b").forEach(name -> pool.enter(name, PICTURE, 0));
        pool.close(1, 10);
        assertEquals(List.of("a", "b"), pool.queued());
        pool.open(2, H100, 20);
        pool.advance(Long.MAX_VALUE / 2, served::add);
        assertEquals(List.of("a", "b"), served.stream().map(Served::owner).toList());
        assertEquals(2, served.getFirst().device());
    }

    @Test
    void aDeviceThatWorksForNobodyAnyMoreTakesTheNextAtOnce() {
        var pool = new RequestPool<String>(PAINTER, 10);
        pool.open(1, H100, 0);
        List.of("a", "b").forEach(name -> pool.enter(name, PICTURE, 0));
        assertTrue(pool.leave("a", 1_000));
        assertEquals(0, pool.waiting());
        assertEquals(1, pool.running());
        assertEquals(1_000, pool.busyNanos(1, 1_000));
        var served = new ArrayList<Served<String>>();
        pool.advance(Long.MAX_VALUE / 2, served::add);
        assertEquals(1, served.size());
        assertEquals("b", served.getFirst().owner());
        assertEquals(1_000, served.getFirst().startNanos());
    }

    @Test
    void aDeviceThatWorksForOthersTooGoesOnWhenOneLeaves() {
        var pool = new RequestPool<String>(ENCODER, 10);
        var texts = new RequestWork.Texts(List.of(100));
        List.of("a", "b").forEach(name -> pool.enter(name, texts, 0));
        pool.open(1, H100, 0);
        long due = pool.dueNanos().orElseThrow();
        assertTrue(pool.leave("a", 1));
        assertEquals(due, pool.dueNanos().orElseThrow());
        var served = new ArrayList<Served<String>>();
        pool.advance(due, served::add);
        assertEquals(List.of("b"), served.stream().map(Served::owner).toList());
        assertTrue(pool.isFree(1));
    }

    @Test
    void refusesWhatIsTooMuchAndWhatItCannotDo() {
        var pool = new RequestPool<String>(PAINTER, 1);
        assertTrue(pool.enter("a", PICTURE, 0));
        assertFalse(pool.enter("b", PICTURE, 0));
        assertThrows(IllegalArgumentException.class, () -> pool.enter("c", new RequestWork.Sound(1), 0));
        assertTrue(pool.leave("a", 0));
        assertFalse(pool.leave("a", 0));
        assertTrue(pool.enter("b", PICTURE, 0));
    }

    @Test
    void noRequestIsLostOrAnsweredTwiceWhateverHappensToDevices() {
        for (long seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            var pool = new RequestPool<Integer>(ENCODER, 1_000);
            var answers = new HashSet<Integer>();
            var entered = new HashSet<Integer>();
            long now = 0;
            for (int i = 0; i < 300; i++) {
                now += random.nextInt(3_000_000);
                pool.advance(now, each -> assertTrue(answers.add(each.owner())));
                switch (random.nextInt(8)) {
                    case 0 -> {
                        if (pool.devices() < 4) {
                            pool.open(i, H100, now);
                        }
                    }
                    case 1 -> pool.close(random.nextInt(i + 1), now);
                    default -> {
                        if (pool.enter(i, new RequestWork.Texts(List.of(1 + random.nextInt(9_000))), now)) {
                            entered.add(i);
                        }
                    }
                }
                assertEquals(entered.size(), answers.size() + pool.waiting() + pool.running(), "seed " + seed);
            }
            pool.open(1_000, H100, now);
            pool.advance(Long.MAX_VALUE / 2, each -> assertTrue(answers.add(each.owner())));
            assertEquals(entered, answers, "seed " + seed);
        }
    }
}
