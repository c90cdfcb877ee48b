package dev.pagoda.gateway.limit;

import dev.pagoda.governance.api.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/// What limits cost a request: reserve and settle, with the clock read for each. Time is that of both together.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LimitBookBenchmark {
    private static final String MODEL = "model";
    private static final TokenAsk ASK = TokenAsk.of(200, 300);

    /// Rules that cover a request: of its enterprise, team, project and key, in this order.
    @Param({"1", "4"})
    public int rules = 1;

    /// Enterprises with the same rules; the benchmark's requests are of the first two.
    @Param({"2", "1000"})
    public int tenants = 2;

    private LimitBook book = new LimitBook(LimitDefaults.NONE);

    @Setup
    public void fill() {
        book = new LimitBook(LimitDefaults.NONE);
        List<LimitRule> all = new ArrayList<>();
        for (int tenant = 0; tenant < tenants; tenant++) {
            String name = "tenant" + tenant;
            List<LimitScope> scopes = List.of(
                    LimitScope.ofTenant(name),
                    new LimitScope(name, "team", "", "", ""),
                    new LimitScope(name, "team", "project", "", ""),
                    new LimitScope(name, "", "", "key" + tenant, ""));
            for (LimitScope scope : scopes.subList(0, rules)) {
                all.add(new LimitRule(scope, LimitRule.MAX_PER_MINUTE, LimitRule.MAX_PER_MINUTE, 1_000_000, null));
            }
        }
        // covers nobody who asks
        all.add(new LimitRule(LimitScope.ofTenant("empty"), null, 0L, null, null));
        book.replace(all);
    }

    /// Whose requests a thread makes: each those of another enterprise.
    @State(Scope.Thread)
    public static class Caller {
        private Principal own = Principal.PLATFORM;
        private Principal other = Principal.PLATFORM;
        private final Principal empty = principal("empty", "key");
        private boolean turn;

        @Setup
        public void name(ThreadParams threads) {
            int index = threads.getThreadIndex() % 2;
            own = principal("tenant" + index, "key" + index);
            other = principal("tenant" + (1 - index), "key" + (1 - index));
        }

        private static Principal principal(String tenant, String key) {
            return new Principal(tenant, "team", "project", key, Principal.Role.MEMBER);
        }
    }

    private Decision request(Principal principal) {
        Decision decision = book.reserve(principal, MODEL, ASK, System.nanoTime());
        if (decision instanceof Decision.Granted granted) {
            book.settle(granted.grant(), 400, System.nanoTime());
            return decision;
        }
        throw new IllegalStateException("nothing bounds this request");
    }

    @Benchmark
    @Threads(1)
    public Decision oneThread(Caller caller) {
        return request(caller.own);
    }

    @Benchmark
    @Threads(2)
    public Decision twoThreads(Caller caller) {
        return request(caller.own);
    }

    /// Requests of two enterprises by turns, of which no two neighbours are of one key.
    @Benchmark
    @Threads(1)
    public Decision byTurns(Caller caller) {
        caller.turn = !caller.turn;
        return request(caller.turn ? caller.own : caller.other);
    }

    @Benchmark
    @Threads(1)
    public Decision denied(Caller caller) {
        Decision decision = book.reserve(caller.empty, MODEL, ASK, System.nanoTime());
        if (decision instanceof Decision.Granted) {
            throw new IllegalStateException("a request without room was granted");
        }
        return decision;
    }
}
