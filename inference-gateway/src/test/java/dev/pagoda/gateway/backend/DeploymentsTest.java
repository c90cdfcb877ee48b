package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceActivity;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.api.ChatQuestion;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DeploymentsTest extends DeploymentsFixture {
    @Test
    void answersAndRecordsUsageBeforeTheEnd() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard heard = chat(request("tiny", "What is a pump?")).await();

        assertNotNull(heard.started);
        assertEquals("tiny", heard.started.model());
        assertEquals("1", heard.started.version());
        assertEquals(List.of(FinishReason.STOP), heard.finishes);
        assertTrue(heard.text().contains("What is a pump?"), heard.text());
        assertEquals(Tokens.count(heard.text()), heard.tokens);
        assertEquals(new TokenUsage(heard.started.promptTokens(), heard.tokens), heard.usage);
        assertTrue(heard.pieces >= 5, "streamed: " + heard.pieces + " of " + heard.tokens);
        UsageRecord record = platform.usage.values().iterator().next();
        assertEquals(UsageRecord.Outcome.COMPLETED, record.outcome());
        assertEquals(heard.tokens, record.completionTokens());
        assertEquals(heard.tokens * 10L, heard.costNanos);
    }

    @Test
    void tellsHowBusyDevicesAre() throws InterruptedException {
        BlockingQueue<DeviceActivity> told = new LinkedBlockingQueue<>();
        platform.bus.subscribe(Compute.DEVICE_ACTIVITY, (news, call) -> told.add(news));
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        assertNotNull(chat(request("tiny", "What is a pump?")).await().usage);
        double busy = 0;
        for (int news = 0; news < 5 && busy == 0; news++) {
            DeviceActivity next = told.poll(60, TimeUnit.SECONDS);
            assertNotNull(next, "nothing was told");
            assertEquals(1, next.busy().size());
            busy += next.busy().values().iterator().next();
        }
        assertTrue(busy > 0);
    }

    @Test
    void deploysWhatIsAnnouncedLaterAndEndsWhatIsServedNoMore() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        platform.announce(FakePlatform.chat("later", 2, 2, 100));
        eventually("later", status -> status.ready() == 2);
        assertNotNull(chat(request("later", "Hello?")).await().usage);

        platform.announce(FakePlatform.chat("later", 2, 2, 100).withServing(null));
        until(() -> platform.devicesHeld() == 1);
        Heard refused = chat(request("later", "Hello?")).await();
        assertEquals(Reason.NOT_FOUND, refused.refusal == null ? null : refused.refusal.reason());
    }

    @Test
    void refusesModelsThatItDoesNotKnowAndPromptsThatAreTooLong() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100), FakePlatform.embedding("all-minilm-l6-v2"));

        assertEquals("model_not_found", code(chat(request("gpt-9", "Hello?")).await()));
        assertEquals(
                "model_not_supported",
                code(chat(request("all-minilm-l6-v2", "Hello?")).await()));
        assertEquals(
                "context_length_exceeded",
                code(chat(request("tiny", "word ".repeat(5_000))).await()));
        assertEquals(0, platform.usage.size());
        eventually("tiny", status -> status.running() == 0 && status.queued() == 0);
        assertEquals(3, status().refused());
    }

    @Test
    void streamsSeveralChoicesFromOneReplica() {
        start(QUICK, FakePlatform.chat("tiny", 2, 2, 100));
        ChatRequest base = request("tiny", "What is a pump?");
        ChatRequest request = base.withChoices(5)
                .withLimits(LengthLimits.of(20))
                .withSampling(Sampling.defaults().withSeed(1));
        Heard heard = chat(request).await();

        assertEquals(5, heard.finishes.size());
        assertEquals(100, heard.tokens);
        assertEquals(
                3, heard.texts.stream().map(StringBuilder::toString).distinct().count(), "three openings in turn");
        assertNotNull(heard.usage);
        assertEquals(100, heard.usage.completionTokens());
    }

    @Test
    void refusesBeyondItsQueueAndSaysWhenToComeBack() {
        GatewayConfig narrow = new GatewayConfig(64, 1, 2, 3, 2, 1000, 100, List.of(), REPLICAS);
        start(narrow, FakePlatform.chat("tiny", 1, 1, 4096));
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(chat(endless("tiny", 200)));
        }
        all.forEach(Heard::await);

        List<Heard> refused =
                all.stream().filter(heard -> heard.refusal != null).toList();
        assertFalse(refused.isEmpty());
        for (Heard heard : refused) {
            assertEquals("queue_full", code(heard));
            assertEquals(Reason.EXHAUSTED, heard.refusal == null ? null : heard.refusal.reason());
            assertTrue(heard.refusal != null && heard.refusal.retryAfterSeconds() >= 1);
        }
        assertEquals(10 - refused.size(), platform.usage.size());
    }

    @Test
    void scalesWithItsLoadAndNeverCutsAStreamWhenItScalesDown() {
        start(QUICK.withReplicas(REPLICAS.withTimeScale(20)), FakePlatform.chat("tiny", 1, 3, 4));
        List<Heard> all = new ArrayList<>();
        until(() -> {
            long open = all.stream().filter(heard -> !heard.over.isDone()).count();
            for (; open < 24; open++) {
                all.add(chat(endless("tiny", 3_000)));
            }
            return status().deployments().getFirst().ready() == 3;
        });
        all.forEach(Heard::await);
        eventually("tiny", status -> status.ready() == 1 && status.draining() == 0);
        until(() -> platform.devicesHeld() == 1);

        assertTrue(all.stream().allMatch(heard -> heard.usage != null && heard.tokens == 3_000));
    }

    @Test
    void goesOnElsewhereWhenAReplicaLosesItsDevices() {
        start(QUICK, FakePlatform.chat("tiny", 2, 2, 100));
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(chat(endless("tiny", 800)));
        }
        until(() -> all.stream().allMatch(heard -> heard.tokens > 50));
        platform.lose(platform.placementIds().getFirst());
        all.forEach(Heard::await);

        for (Heard heard : all) {
            assertNull(heard.refusal);
            assertEquals(800, heard.tokens);
            assertEquals(all.getFirst().text(), heard.text(), "the text of an uninterrupted run");
        }
        eventually("tiny", status -> status.ready() == 2);
    }

    @Test
    void waitsForDevicesAndSaysWhyThereIsNoReplica() {
        platform.setDevices(0);
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        assertEquals("no_replica", code(chat(request("tiny", "Hello?")).await()));

        platform.setDevices(1);
        eventually("tiny", status -> status.ready() == 1 && status.trouble().isEmpty());
        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
    }

    @Test
    void endsAChatAtItsDeadlineAndRecordsWhatWasDelivered() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard heard = new Heard(1);
        Call brief = Call.within(ALICE, "trace", Duration.ofMillis(300));
        caller.runOnContext(v -> deployments.chat(endless("tiny", 4_000), brief, heard));
        heard.await();

        assertEquals("deadline_exceeded", code(heard));
        until(() -> platform.usage.size() == 1);
        UsageRecord record = platform.usage.values().iterator().next();
        assertEquals(UsageRecord.Outcome.FAILED, record.outcome());
        assertEquals(heard.tokens, record.completionTokens());
        assertTrue(heard.tokens > 0);
        eventually("tiny", status -> status.running() == 0 && status.kvUsage() == 0);
    }

    @Test
    void aCancelledChatFreesItsPlaceBeforeTheNextLook() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard heard = new Heard(1);
        var handle = new CompletableFuture<ChatHandle>();
        caller.runOnContext(v -> handle.complete(deployments.chat(endless("tiny", 4_000), call(), heard)));
        until(() -> heard.tokens > 10);
        var freed = new CompletableFuture<Boolean>();
        caller.runOnContext(v -> {
            heard.isCancelled = true;
            handle.join().cancel();
            deployments.blocks().onSuccess(blocks -> freed.complete(blocks[0] == blocks[1]));
        });

        assertTrue(freed.orTimeout(60, TimeUnit.SECONDS).join());
    }

    @Test
    void letsStreamsEndWhenItStopsAndTakesNothingNew() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard running = chat(endless("tiny", 400));
        until(() -> running.tokens > 10);
        Future<Void> stopping = deployments.stop();
        Heard late = chat(request("tiny", "Hello?")).await();

        assertEquals("shutting_down", code(late));
        assertEquals(400, running.await().tokens);
        assertNotNull(running.usage);
        await(stopping);
        assertEquals(0, platform.devicesHeld());
    }

    @Test
    void cutsWhatDoesNotEndInTimeWhenItStops() {
        GatewayConfig hasty = new GatewayConfig(2048, 32, 200, 0, 2, 1000, 100, List.of(), REPLICAS);
        start(hasty, FakePlatform.chat("tiny", 1, 1, 100));
        Heard running = chat(endless("tiny", 4_000));
        until(() -> running.tokens > 10);
        await(deployments.stop());

        assertEquals("shutting_down", code(running.await()));
        assertEquals(running.tokens, platform.usage.values().iterator().next().completionTokens());
    }

    @Test
    @Tag("slow")
    void quotesTheContextByRealEmbeddings() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        String context = "[1] The office opens at nine.\n\n[2] A refund takes ten working days.";
        ChatRequest request = ChatRequest.of(
                        "grounded",
                        "tiny",
                        List.of(
                                new ChatMessage(Role.SYSTEM, context),
                                new ChatMessage(Role.USER, "How long until I get my money back?")))
                .withSampling(Sampling.defaults().withTemperature(0));

        assertEquals(
                "A refund takes ten working days. [2]", chat(request).await().text());
    }

    @Test
    void aListenerThatThrowsEndsOnlyItsOwnChat() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard other = chat(endless("tiny", 200));
        Heard broken = new Heard(1) {
            @Override
            public void onDelta(int choice, ChatDelta delta) {
                super.onDelta(choice, delta);
                isCancelled = true;
                throw new IllegalStateException("the listener is broken");
            }
        };
        caller.runOnContext(v -> deployments.chat(endless("tiny", 200), call(), broken));

        assertEquals(200, other.await().tokens);
        until(() -> platform.usage.size() == 2);
        assertEquals(
                1,
                platform.usage.values().stream()
                        .filter(record -> record.outcome() == UsageRecord.Outcome.ABORTED)
                        .count());
        eventually("tiny", status -> status.running() == 0);
    }

    @Test
    void changesDevicesWithoutCuttingAStream() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(chat(endless("tiny", 600)));
        }
        until(() -> all.stream().allMatch(heard -> heard.tokens > 10));
        ModelVersion one = FakePlatform.chat("tiny", 1, 1, 100);
        platform.announce(one.withServing(new ServingSpec(Backend.SIMULATED, 1, 1, 2, List.of(), 100)));
        eventually("tiny", status -> status.devices() == 2 && status.ready() == 1);
        all.forEach(Heard::await);

        assertTrue(all.stream().allMatch(heard -> heard.tokens == 600 && heard.usage != null));
        assertNotNull(chat(request("tiny", "Hello?")).await().usage);
    }

    @Test
    void recordsUsageAgainWhenThePillarWasAway() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        platform.usageRefusals.set(1);
        Heard heard = chat(request("tiny", "Hello?")).await();

        assertNotNull(heard.usage);
        assertEquals(1, platform.usage.size());
        assertEquals(2, platform.usageAsked.get());
    }

    @Test
    void answersOverTheBus() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        var answer =
                await(platform.bus.ask(Gateway.CHAT, ChatQuestion.of("tiny", "Be brief.", "What is a pump?"), call()));

        assertEquals(Tokens.count(answer.text()), answer.completionTokens());
        assertTrue(answer.isComplete() && answer.costNanos() == answer.completionTokens() * 10L);
        assertTrue(answer.firstTokenMicros() > 0 && answer.totalMicros() >= answer.firstTokenMicros());
        var failure = failure(platform.bus.ask(Gateway.CHAT, ChatQuestion.of("none", "a", "b"), call()));
        assertEquals("model_not_found", failure.refusal().code());
    }

    @Test
    void tellsATenantOnlyItsOwnRequests() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        chat(request("tiny", "Hello?")).await();
        until(() -> status().latest().size() == 1);

        var other = new Principal("other", "t", "p", "k", Principal.Role.MEMBER);
        Call foreign = Call.within(other, "trace", Duration.ofSeconds(5));
        assertEquals(
                1,
                await(platform.bus.ask(Gateway.STATUS, new StatusQuery(), call()))
                        .latest()
                        .size());
        assertEquals(
                0,
                await(platform.bus.ask(Gateway.STATUS, new StatusQuery(), foreign))
                        .latest()
                        .size());
    }

    @Test
    void printsVllmsMetrics() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100));
        Heard heard = chat(request("tiny", "Hello?")).await();
        String page = telemetry.scrape();

        String labels = "{model_name=\"tiny\",engine=\"0\"";
        assertTrue(page.contains("vllm:generation_tokens_total" + labels + "} " + (double) heard.tokens), page);
        assertTrue(page.contains("vllm:request_success_total" + labels + ",finished_reason=\"stop\"} 1.0"), page);
        assertTrue(page.contains("vllm:request_success_total" + labels + ",finished_reason=\"repetition\"} 0.0"), page);
        assertTrue(page.contains("vllm:time_to_first_token_seconds_bucket" + labels + ",le=\"0.001\"}"), page);
        assertTrue(page.contains("vllm:time_to_first_token_seconds_count" + labels + "} 1\n"), page);
        assertTrue(page.contains("vllm:inter_token_latency_seconds_count" + labels + "} " + (heard.tokens - 1)), page);
        assertTrue(page.contains(
                "pagoda_gateway_replicas{model=\"tiny\",version=\"1\",backend=\"simulated\",state=\"ready\"}"));
    }

    @Test
    void namesTheModelsThatItServes() {
        start(QUICK, FakePlatform.chat("tiny", 1, 1, 100), FakePlatform.embedding("all-minilm-l6-v2"));

        List<ServedModel> models = await(deployments.models(call()));
        assertEquals(
                List.of("all-minilm-l6-v2", "tiny"),
                models.stream()
                        .filter(model -> !model.isWhole())
                        .map(ServedModel::name)
                        .toList());
        assertEquals(new ServedModel("tiny", "Test/tiny", 1, "test", 4096), models.get(1));
    }

    @Test
    @Tag("slow")
    void embedsBatchesAndRecordsTheirTokens() {
        start(QUICK, FakePlatform.embedding("all-minilm-l6-v2"));
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            inputs.add("text number " + i);
        }
        EmbedReply reply = await(
                deployments.embed(new EmbedRequest("e1", "all-minilm-l6-v2", inputs), call(), ResponseHeaders.UNHEARD));

        assertEquals(100, reply.vectors().size());
        try (var alone = new OnnxEmbedder(EmbeddingModel.ALL_MINILM_L6_V2)) {
            for (int i : new int[] {0, 7, 8, 99}) {
                assertArrayEquals(
                        alone.embed(inputs.get(i)).vector(), reply.vectors().get(i));
            }
        }
        UsageRecord record = platform.usage.get("e1");
        assertNotNull(record);
        assertEquals("embeddings", record.operation());
        assertEquals(reply.promptTokens(), record.promptTokens());
        List<String> many = Collections.nCopies(1_000, "x");
        Future<EmbedReply> first =
                deployments.embed(new EmbedRequest("e2", "all-minilm-l6-v2", many), call(), ResponseHeaders.UNHEARD);
        Future<EmbedReply> second =
                deployments.embed(new EmbedRequest("e3", "all-minilm-l6-v2", many), call(), ResponseHeaders.UNHEARD);
        assertEquals(Reason.EXHAUSTED, failure(second).refusal().reason());
        assertEquals(1_000, await(first).vectors().size());
    }
}
