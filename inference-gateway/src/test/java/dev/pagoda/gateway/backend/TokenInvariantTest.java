package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.backend.RequestFault.Kind;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whatever clients and replicas do, what was delivered, what is recorded and what the engines' metrics tell is the
/// same to the token. `-Dpagoda.invariant.requests=100000` takes the full count, and `-Dpagoda.invariant.timeScale=40`
/// does so in minutes, since most of the time goes into replicas that start again.
class TokenInvariantTest extends DeploymentsFixture {
    private static final int REQUESTS = Integer.getInteger("pagoda.invariant.requests", 2_000);
    private static final int TIME_SCALE = Integer.getInteger("pagoda.invariant.timeScale", 5);
    private static final int AT_ONCE = 150;
    /// Longer than a loaded machine may rest.
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final long SEED = 20_261_122;

    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(AT_ONCE);

    private record Told(int tokens, boolean aborted) {}

    @Test
    @Tag("slow")
    void responsesLedgerAndMetricsAgreeUnderAbortsAndKills() throws InterruptedException {
        var config =
                new GatewayConfig(2048, 64, 1_000, 10, 2, 1000, 100, List.of(), REPLICAS.withTimeScale(TIME_SCALE));
        start(config, FakePlatform.chat("tiny", 4, 4, 64, "least-requests", "fixed:4"));
        until(() -> status().deployments().getFirst().ready() == 4);
        var control = new DeploymentControl(deployments);
        await(control.faults("tiny", List.of(new FaultPlan.Rule(Kind.KILL, .1, 0, 0, 3)), SEED));
        Random random = new Random(SEED);
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            assertTrue(places.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS), "request " + i + " found no place");
            boolean leaves = random.nextInt(10) == 0;
            var client = new Client("r" + i, leaves ? 1 + random.nextInt(20) : Integer.MAX_VALUE);
            ChatRequest request = endless("tiny", 4 + random.nextInt(40)).withRequestId("r" + i);
            clients.add(client);
            caller.runOnContext(
                    v -> client.handle = deployments.chat(request, Call.within(ALICE, "trace", PATIENCE), client));
        }
        assertTrue(places.tryAcquire(AT_ONCE, PATIENCE.toSeconds(), TimeUnit.SECONDS), "not all came to an end");
        until(() -> platform.usage.size() == REQUESTS);

        long delivered = 0;
        long aborted = 0;
        for (Client client : clients) {
            assertNull(client.refusal);
            Told heard = told.get(client.id);
            UsageRecord record = platform.usage.get(client.id);
            assertNotNull(heard);
            assertNotNull(record);
            assertEquals(heard.tokens(), record.completionTokens(), client.id);
            assertEquals(
                    heard.aborted() ? UsageRecord.Outcome.ABORTED : UsageRecord.Outcome.COMPLETED, record.outcome());
            if (client.usage != null) {
                assertEquals(heard.tokens(), client.usage.completionTokens());
            }
            delivered += heard.tokens();
            aborted += heard.aborted() ? 1 : 0;
        }
        assertEquals(delivered, metric("vllm:generation_tokens_total"));
        var status = status().deployments().getFirst();
        // several that die in one turn take one replica with them
        assertTrue(status.crashes() > REQUESTS / 50, status.crashes() + " replicas died, seed " + SEED);
        assertTrue(aborted > REQUESTS / 30, aborted + " clients left, seed " + SEED);
        await(control.faults("tiny", List.of(), 0));
        eventually("tiny", now -> now.running() == 0 && now.queued() == 0 && now.ready() == 4);
        long[] blocks = await(deployments.blocks());
        assertEquals(blocks[1], blocks[0], "all KV blocks are free");
    }

    /// A caller who leaves after so many tokens.
    private final class Client extends Heard {
        private final String id;
        private final int enough;

        @Nullable
        ChatHandle handle;

        Client(String id, int enough) {
            super(1);
            this.id = id;
            this.enough = enough;
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            super.onDelta(choice, delta);
            if (tokens >= enough && handle != null) {
                isCancelled = true;
                handle.cancel();
                end(true);
            }
        }

        @Override
        public void onEnd(TokenUsage counted) {
            super.onEnd(counted);
            end(false);
        }

        @Override
        public void onFailure(Refusal why) {
            super.onFailure(why);
            end(false);
        }

        private void end(boolean aborted) {
            told.put(id, new Told(tokens, aborted));
            places.release();
        }
    }
}
