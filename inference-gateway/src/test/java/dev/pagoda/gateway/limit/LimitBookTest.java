package dev.pagoda.gateway.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.limit.Decision.Denied;
import dev.pagoda.gateway.limit.Decision.Granted;
import dev.pagoda.governance.api.Principal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitBookTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Principal ADA = new Principal("acme", "core", "search", "k-ada", Principal.Role.MEMBER);
    private static final Principal BOB = new Principal("acme", "core", "chat", "k-bob", Principal.Role.MEMBER);
    private static final Principal EVE = new Principal("other", "core", "search", "k-eve", Principal.Role.MEMBER);

    private final LimitBook book = new LimitBook(LimitDefaults.NONE);

    private static LimitScope key(String key) {
        return new LimitScope("acme", "", "", key, "");
    }

    private static LimitRule tokens(LimitScope scope, long perMinute) {
        return new LimitRule(scope, null, perMinute, null, null);
    }

    private static LimitRule requests(LimitScope scope, long perMinute) {
        return new LimitRule(scope, perMinute, null, null, null);
    }

    private Grant granted(Principal who, TokenAsk ask, long now) {
        return assertInstanceOf(Granted.class, book.reserve(who, "m", ask, now)).grant();
    }

    private Denied denied(Principal who, TokenAsk ask, long now) {
        return assertInstanceOf(Denied.class, book.reserve(who, "m", ask, now));
    }

    @Test
    void thousandParallelRequestsOnAKeyOfHundredTokensAMinuteTakeNoTokenTooMany() throws InterruptedException {
        book.replace(List.of(tokens(key("k-ada"), 100)));
        var used = new AtomicLong();
        var go = new CountDownLatch(1);
        var done = new ArrayList<Future<Boolean>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1_000; i++) {
                int number = i;
                done.add(threads.submit(() -> {
                    go.await();
                    long now = number * 1_000_000L;
                    if (book.reserve(ADA, "m", TokenAsk.of(3, 1L + number % 7), now) instanceof Granted granted) {
                        long spent = 3L + number % (1 + number % 7);
                        book.settle(granted.grant(), spent, now);
                        used.addAndGet(spent);
                    }
                    return true;
                }));
            }
            go.countDown();
        }
        assertTrue(done.stream().allMatch(Future::isDone));
        assertTrue(used.get() <= 100, used + " tokens in one second");
        assertEquals(used.get(), book.use(scope -> true, SECOND).getFirst().tokens());
        assertEquals(0, book.use(scope -> true, SECOND).getFirst().open());
        granted(ADA, TokenAsk.of(100 - used.get(), 0), SECOND);
        denied(ADA, TokenAsk.of(1, 0), SECOND);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void noSixtySecondsHoldMoreThanALimitAllows(long seed) {
        var random = new Random(seed);
        book.replace(List.of(new LimitRule(key("k-ada"), 40L, 1_000L, null, null)));
        var taken = new ArrayDeque<long[]>();
        var running = new ArrayList<Object[]>();
        long now = random.nextLong(1_000 * SECOND) - 500 * SECOND;
        int grants = 0;
        for (int i = 0; i < 5_000; i++) {
            now += random.nextLong(SECOND);
            int prompt = random.nextInt(60);
            int completion = random.nextInt(60);
            if (book.reserve(ADA, "m", TokenAsk.of(prompt, completion), now) instanceof Granted granted) {
                grants++;
                running.add(new Object[] {granted.grant(), now, prompt, completion});
            }
            if (!running.isEmpty() && random.nextInt(3) > 0) {
                Object[] done = running.remove(random.nextInt(running.size()));
                int used = (int) done[2] + random.nextInt((int) done[3] + 1);
                book.settle((Grant) done[0], used, now);
                taken.add(new long[] {(long) done[1], used});
            }
        }
        List<long[]> all = taken.stream().toList();
        for (long[] begin : all) {
            long sum = 0;
            long count = 0;
            for (long[] each : all) {
                if (each[0] >= begin[0] && each[0] < begin[0] + 60 * SECOND) {
                    sum += each[1];
                    count++;
                }
            }
            assertTrue(sum <= 1_000, "seed " + seed + ": " + sum + " tokens within a minute");
            assertTrue(count <= 40, "seed " + seed + ": " + count + " requests within a minute");
        }
        assertTrue(grants > 300, "seed " + seed + ": only " + grants + " were granted");
    }

    @Test
    void reservesWhatARequestMayUseAndGivesTheRestBack() {
        book.replace(List.of(tokens(key("k-ada"), 100)));
        Grant first = granted(ADA, TokenAsk.of(20, 60), 0);
        assertEquals(80, denied(ADA, TokenAsk.of(20, 10), 0).used());

        book.settle(first, 30, SECOND);

        assertEquals(30, book.use(scope -> true, SECOND).getFirst().tokens());
        granted(ADA, TokenAsk.of(20, 50), SECOND);
    }

    @Test
    void settlesOnce() {
        book.replace(List.of(tokens(key("k-ada"), 100)));
        Grant grant = granted(ADA, TokenAsk.of(20, 60), 0);
        book.settle(grant, 30, 0);
        book.settle(grant, 0, 0);

        assertEquals(30, book.use(scope -> true, 0).getFirst().tokens());
        assertEquals(0, book.use(scope -> true, 0).getFirst().open());
    }

    @Test
    void countsWhatWasUsedAboveTheReservation() {
        book.replace(List.of(tokens(key("k-ada"), 100)));
        book.settle(granted(ADA, TokenAsk.of(20, 60), 0), 130, 0);

        assertEquals(130, book.use(scope -> true, 0).getFirst().tokens());
        assertEquals(60 * SECOND + SECOND / 2, denied(ADA, TokenAsk.of(0, 1), 0).waitNanos());
    }

    @Test
    void whatIsReservedComesBackAfterAMinute() {
        book.replace(List.of(requests(key("k-ada"), 1)));
        granted(ADA, TokenAsk.of(1, 1), 0);

        assertEquals(60 * SECOND, denied(ADA, TokenAsk.of(1, 1), SECOND / 2).waitNanos());
        denied(ADA, TokenAsk.of(1, 1), 60 * SECOND);
        granted(ADA, TokenAsk.of(1, 1), 61 * SECOND);
    }

    @Test
    void aRequestTakesUnderEveryRuleThatCoversItOrUnderNone() {
        var tenant = LimitScope.ofTenant("acme");
        var project = new LimitScope("acme", "core", "search", "", "");
        book.replace(List.of(tokens(tenant, 1_000), tokens(project, 50)));
        granted(BOB, TokenAsk.of(100, 0), 0);
        Denied tooMuch = denied(ADA, TokenAsk.of(60, 0), 0);

        assertEquals(project, tooMuch.scope());
        assertEquals(Long.MAX_VALUE, tooMuch.waitNanos());
        assertEquals(
                List.of(100L),
                book.use(scope -> scope.equals(tenant), 0).stream()
                        .map(LimitUse::tokens)
                        .toList());
    }

    @Test
    void tenantsDoNotTakeFromEachOther() {
        book.replace(List.of(requests(LimitScope.ofTenant("acme"), 1), requests(LimitScope.ofTenant("other"), 1)));

        granted(ADA, TokenAsk.of(1, 1), 0);
        granted(EVE, TokenAsk.of(1, 1), 0);
        denied(BOB, TokenAsk.of(1, 1), 0);
    }

    @Test
    void aRuleOfAModelLeavesOtherModelsAlone() {
        book.replace(List.of(requests(new LimitScope("", "", "", "", "big"), 1)));

        assertInstanceOf(Granted.class, book.reserve(ADA, "big", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Denied.class, book.reserve(EVE, "big", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Granted.class, book.reserve(EVE, "small", TokenAsk.of(1, 1), 0));
    }

    /// The registry takes them for the same model.
    @ParameterizedTest
    @CsvSource({
        "qwen2.5-7b,QWEN2.5-7B",
        "qwen2.5-7b,qwen2.5-7b:1",
        "Qwen2.5-7b,qwen2.5-7B@production",
        "llama3:8b,llama3:8b"
    })
    void aRuleOfAModelCoversItHoweverItIsSpelled(String ruled, String asked) {
        book.replace(List.of(requests(new LimitScope("", "", "", "", ruled), 1)));

        assertInstanceOf(Granted.class, book.reserve(ADA, ruled, TokenAsk.of(1, 1), 0));
        assertInstanceOf(Denied.class, book.reserve(ADA, asked, TokenAsk.of(1, 1), 0));
        assertInstanceOf(Granted.class, book.reserve(ADA, "other", TokenAsk.of(1, 1), 0));
    }

    @Test
    void boundsRequestsUnderWay() {
        book.replace(List.of(new LimitRule(key("k-ada"), null, null, 2, null)));
        Grant first = granted(ADA, TokenAsk.of(1, 1), 0);
        granted(ADA, TokenAsk.of(1, 1), 0);
        assertEquals(LimitKind.CONCURRENT, denied(ADA, TokenAsk.of(1, 1), 0).kind());

        book.settle(first, 2, 0);
        granted(ADA, TokenAsk.of(1, 1), 0);
    }

    @Test
    void aCompletionWithoutABoundGetsWhatIsLeftAndThenMoreWhileThereIsRoom() {
        book.replace(List.of(tokens(key("k-ada"), 100)));
        Grant grant = granted(ADA, new TokenAsk(10, 1_000, 1), 0);
        assertEquals(90, grant.completionTokens());
        assertEquals(0, book.extend(grant, 1, 0));
        book.settle(grant, 20, 0);

        Grant open = granted(ADA, new TokenAsk(10, 30, 1), 0);
        assertEquals(30, open.completionTokens());
        assertEquals(30, book.extend(open, 30, SECOND));
        assertEquals(10, book.extend(open, 30, SECOND));
        book.settle(open, 45, 2 * SECOND);
        assertEquals(65, book.use(scope -> true, 2 * SECOND).getFirst().tokens());
    }

    @Test
    void tellsWhereTheTightestLimitsStand() {
        book.replace(List.of(
                new LimitRule(LimitScope.ofTenant("acme"), 100L, 1_000L, null, null),
                new LimitRule(key("k-ada"), 10L, 5_000L, null, null)));
        Standing standing = book.reserve(ADA, "m", TokenAsk.of(10, 20), 0).standing();

        assertEquals(new Standing.Level(10, 9, 60 * SECOND + SECOND / 2), standing.requests());
        assertEquals(new Standing.Level(1_000, 970, 60 * SECOND + SECOND / 2), standing.tokens());
    }

    @Test
    void saysAsOpenAiWhatWasExceeded() {
        book.replace(List.of(tokens(key("k-ada"), 100)));
        granted(ADA, TokenAsk.of(20, 60), 0);

        assertEquals(
                "Rate limit reached for m in key k-ada on tokens per min (TPM): Limit 100, Used 80, Requested 40."
                        + " Please try again in 1m0.5s.",
                denied(ADA, TokenAsk.of(20, 20), 0).refusal("m").message());
        assertEquals(61, denied(ADA, TokenAsk.of(20, 20), 0).refusal("m").retryAfterSeconds());
        assertEquals(
                "Request too large for m in key k-ada on tokens per min (TPM): Limit 100, Requested 140. The input or"
                        + " output tokens must be reduced in order to run successfully.",
                denied(ADA, TokenAsk.of(20, 120), 0).refusal("m").message());
    }

    @Test
    void changedRulesKeepWhatWasTaken() {
        book.replace(List.of(requests(key("k-ada"), 100)));
        Grant grant = granted(ADA, TokenAsk.of(20, 60), 0);
        book.replace(List.of(tokens(key("k-ada"), 100)));
        denied(ADA, TokenAsk.of(20, 20), 0);
        book.settle(grant, 30, 0);

        assertEquals(30, book.use(scope -> true, 0).getFirst().tokens());
        book.replace(List.of());
        granted(ADA, TokenAsk.of(500, 500), 0);
    }

    @Test
    void enterprisesWithoutARuleHaveTheDefaults() {
        var bounded = new LimitBook(new LimitDefaults(1, 0, 0));
        assertInstanceOf(Granted.class, bounded.reserve(ADA, "m", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Denied.class, bounded.reserve(BOB, "m", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Granted.class, bounded.reserve(EVE, "m", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Granted.class, bounded.reserve(Principal.PLATFORM, "m", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Granted.class, bounded.reserve(Principal.PLATFORM, "m", TokenAsk.of(1, 1), 0));

        bounded.replace(List.of(requests(LimitScope.ofTenant("acme"), 2)));
        assertInstanceOf(Granted.class, bounded.reserve(ADA, "m", TokenAsk.of(1, 1), 0));
        assertInstanceOf(Denied.class, bounded.reserve(ADA, "m", TokenAsk.of(1, 1), 0));
    }

    @Test
    void refusesRulesThatSayNothingOrNameAPartWithoutItsWhole() {
        assertThrows(IllegalArgumentException.class, () -> new LimitRule(key("k"), null, null, null, null));
        assertThrows(IllegalArgumentException.class, () -> new LimitRule(key("k"), -1L, null, null, null));
        assertThrows(IllegalArgumentException.class, () -> new LimitRule(key("k"), null, null, null, 2));
        assertThrows(IllegalArgumentException.class, () -> new LimitScope("", "", "", "k", ""));
        assertThrows(IllegalArgumentException.class, () -> new LimitScope("acme", "", "search", "", ""));
    }
}
