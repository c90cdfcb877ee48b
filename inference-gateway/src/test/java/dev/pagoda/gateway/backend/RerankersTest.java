package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.RerankerConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Cross-encoders of the settings among the other models.
class RerankersTest extends DeploymentsFixture {
    private final TinyReranker tiny = new TinyReranker();

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void write() throws IOException {
        tiny.write(folder);
    }

    private GatewayConfig serving(String... names) {
        var rerankers = new ArrayList<RerankerConfig>();
        for (String name : names) {
            rerankers.add(new RerankerConfig(name, folder.toString(), null, 32));
        }
        return QUICK.withRerankers(rerankers);
    }

    private Future<EmbedReply> rank(String model, Call call, Future<Void> left, String... texts) {
        var request = new EmbedRequest("r" + ++requests, model, List.of(texts), Hints.none(), true).until(left);
        return deployments.embed(request, call, ResponseHeaders.UNHEARD);
    }

    private EmbedReply rank(String model, String... texts) {
        return await(rank(model, call(), RequestService.nobodyLeaves(), texts));
    }

    @Test
    void scoresDocumentsInTheirOwnOrderAndBooksWhatWasRead() {
        start(serving("Ours/Tiny-Reranker"));
        String[] texts = new String[301];
        texts[0] = "pump leaks oil";
        for (int i = 1; i < texts.length; i++) {
            texts[i] = String.join(" ", Collections.nCopies(i * 7 % 50, TinyReranker.WORDS.get(4 + i % 12)));
        }
        EmbedReply reply = rank("tiny-reranker", texts);
        int tokens = 0;
        for (int i = 1; i < texts.length; i++) {
            assertEquals(tiny.score(texts[0], texts[i], 32), reply.scores().get(i - 1), 1e-5, texts[i]);
            tokens += tiny.tokens(texts[0], texts[i], 32).size();
        }
        assertEquals(List.of(), reply.vectors());
        assertEquals("Ours/Tiny-Reranker", reply.model());
        assertEquals(tokens, reply.promptTokens());
        UsageRecord booked = Objects.requireNonNull(platform.usage.get("r1"));
        assertEquals(tokens, booked.promptTokens());
        assertEquals("rerank", booked.operation());
        GatewayStatus.DeploymentStatus status = status().deployments().getFirst();
        assertEquals(GatewayStatus.Backend.ONNX, status.backend());
        assertEquals(1, status.requests());
        assertEquals(tokens, status.promptTokens());
    }

    @Test
    void isListedOnceInThePlaceOfASimulatedOne() {
        start(serving("BAAI/bge-reranker-v2-m3", "tiny"));
        List<String> names = await(deployments.models(call())).stream()
                .filter(ServedModel::isWhole)
                .map(ServedModel::name)
                .filter(name -> name.contains("rerank") || name.contains("tiny"))
                .toList();
        assertEquals(List.of("BAAI/bge-reranker-v2-m3", "tiny"), names);
        assertEquals(1, rank("bge-reranker-v2-m3", "a", "b").scores().size());
        ServedModel model = await(deployments.models(call())).getFirst();
        assertEquals(32, model.contextTokens());
        assertTrue(model.createdSeconds() > 1_700_000_000);
    }

    @Test
    void makesNothingButRankings() {
        start(serving("tiny"));
        var texts = new EmbedRequest("e", "tiny", List.of("x"));
        assertEquals(
                "model tiny makes rankings, not embeddings",
                failure(deployments.embed(texts, call(), ResponseHeaders.UNHEARD))
                        .refusal()
                        .message());
        Heard chat = chat(request("tiny", "Hello?")).await();
        assertEquals(
                "model tiny makes rankings, not chats",
                Objects.requireNonNull(chat.refusal).message());
        assertEquals(
                "model_not_found",
                failure(rank("nonesuch", call(), RequestService.nobodyLeaves(), "a", "b"))
                        .refusal()
                        .code());
        assertThrows(
                IllegalArgumentException.class, () -> new EmbedRequest("r", "tiny", List.of("x"), Hints.none(), true));
    }

    @Test
    void readsNoDocumentForOneWhoHasLeftOrCannotWait() {
        start(serving("tiny"));
        Future<EmbedReply> left = rank("tiny", call(), Future.succeededFuture(), "a", "b");
        until(left::isComplete);
        assertInstanceOf(RequestService.GivenUp.class, left.cause());
        UsageRecord booked = Objects.requireNonNull(platform.usage.get("r1"));
        assertEquals(UsageRecord.Outcome.ABORTED, booked.outcome());
        assertEquals(0, booked.promptTokens());

        Call late = Call.within(ALICE, "trace", Duration.ofNanos(1));
        assertEquals(
                "deadline_exceeded",
                failure(rank("tiny", late, RequestService.nobodyLeaves(), "a", "b"))
                        .refusal()
                        .code());
    }

    @Test
    void refusesMoreDocumentsThanMayWait() {
        start(new GatewayConfig(2048, 32, 200, 3, 1, 10, 100, serving("tiny").rerankers(), REPLICAS));
        String[] many = Collections.nCopies(9, "a").toArray(String[]::new);
        List<Future<EmbedReply>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(rank("tiny", call(), RequestService.nobodyLeaves(), many));
        }
        until(() -> all.stream().allMatch(Future::isComplete));
        assertTrue(all.getFirst().succeeded());
        assertTrue(all.stream().anyMatch(Future::failed));
        all.stream()
                .filter(Future::failed)
                .forEach(each -> assertEquals(
                        "embedding_queue_full", failure(each).refusal().code()));
    }

    @Test
    void doesNotStartWithFilesThatCannotBeServed() {
        start(QUICK);
        var broken = QUICK.withRerankers(List.of(
                new RerankerConfig("tiny", folder.toString(), null, null),
                new RerankerConfig("gone", folder.resolve("gone").toString(), null, null)));
        var others = new Deployments(vertx, platform.bus, telemetry, broken, InstantSource.system());
        Throwable why = assertThrows(CompletionException.class, () -> await(others.start()))
                .getCause();
        assertEquals(
                "gateway.rerankers: gone: there is no folder " + folder.resolve("gone"),
                assertInstanceOf(UnusableModel.class, why).getMessage());
        await(others.stop());
    }
}
