package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.governance.api.UsageRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DeploymentsLeakTest extends DeploymentsFixture {
    @Test
    @Tag("slow")
    void twoThousandChatsWithCancelsLeaveNothingBehind() {
        GatewayConfig roomy = new GatewayConfig(2048, 64, 10_000, 5, 2, 1000, 100, List.of(), REPLICAS);
        start(roomy, FakePlatform.chat("tiny", 2, 4, 64));
        Random random = new Random(42);
        List<Heard> all = new ArrayList<>();
        List<CompletableFuture<Void>> cancels = new ArrayList<>();
        long expected = 0;
        for (int i = 0; i < 2_000; i++) {
            int n = random.nextInt(10) == 0 ? 3 : 1;
            ChatRequest request = ChatRequest.of(
                            "r" + i,
                            "tiny",
                            List.of(new ChatMessage(Role.USER, "Question " + i + " about pumps and turbines")))
                    .withChoices(n)
                    .withLimits(new LengthLimits(
                            OptionalInt.of(1 + random.nextInt(60)),
                            0,
                            random.nextBoolean(),
                            random.nextInt(8) == 0 ? List.of("simulated") : List.of()))
                    .withSampling(Sampling.defaults().withSeed(i));
            boolean cancelled = random.nextInt(10) == 0;
            long delay = random.nextInt(60);
            var heard = new Leaving(n, random.nextInt(10) == 0 ? 1 + random.nextInt(20) : Integer.MAX_VALUE);
            all.add(heard);
            var done = new CompletableFuture<Void>();
            caller.runOnContext(v -> {
                heard.handle = deployments.chat(request, call(), heard);
                if (cancelled) {
                    vertx.setTimer(1 + delay, timer -> {
                        heard.leave();
                        heard.leave();
                        done.complete(null);
                    });
                } else {
                    done.complete(null);
                }
            });
            cancels.add(done);
            if (i == 1_000) {
                platform.lose(platform.placementIds().getFirst());
            }
        }
        cancels.forEach(done -> done.orTimeout(60, TimeUnit.SECONDS).join());
        for (Heard heard : all) {
            until(() -> heard.isCancelled || heard.over.isDone());
        }
        until(() -> {
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).started != null && !platform.usage.containsKey("r" + i)) {
                    return false;
                }
            }
            return true;
        });

        for (int i = 0; i < all.size(); i++) {
            Heard heard = all.get(i);
            assertFalse(heard.over.isCompletedExceptionally());
            assertNull(heard.refusal);
            expected += heard.tokens;
            UsageRecord record = platform.usage.get("r" + i);
            if (record == null) {
                assertNull(heard.started, "a chat without a record was cancelled before anybody took it up");
            } else {
                assertEquals(heard.tokens, record.completionTokens());
            }
        }
        long aborted = platform.usage.values().stream()
                .filter(record -> record.outcome() == UsageRecord.Outcome.ABORTED && record.completionTokens() > 0)
                .count();
        // a chat that is cancelled after its last token, while its usage is being recorded, is complete
        long cutShort = all.stream()
                .filter(heard -> heard.isCancelled && heard.tokens > 0)
                .filter(heard -> heard.finishes.size() < heard.texts.size())
                .count();
        assertEquals(cutShort, aborted);
        assertTrue(aborted > 50, aborted + " were cut short");
        eventually("tiny", status -> status.running() == 0 && status.queued() == 0);
        long[] blocks = await(deployments.blocks());
        assertEquals(blocks[1], blocks[0], "all KV blocks are free");
        assertEquals(
                expected,
                platform.usage.values().stream()
                        .mapToLong(UsageRecord::completionTokens)
                        .sum());
        assertEquals(expected, metric("vllm:generation_tokens_total"), "the engines' counters agree");
        until(() -> status().deployments().getFirst().requests() == platform.usage.size());
    }

    /// A caller who leaves after so many tokens.
    private static final class Leaving extends Heard {
        private final int enough;

        @Nullable
        ChatHandle handle;

        Leaving(int choices, int enough) {
            super(choices);
            this.enough = enough;
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            super.onDelta(choice, delta);
            if (tokens >= enough) {
                leave();
            }
        }

        void leave() {
            if (!over.isDone()) {
                isCancelled = true;
            }
            if (handle != null) {
                handle.cancel();
            }
        }
    }
}
