package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.RequestService.Served;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.RequestModel.Kind;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.api.UsageRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Models that answer requests as a whole, on devices that compute gave them.
class LiveRequestsTest extends DeploymentsFixture {
    private static final RequestWork PICTURE = new RequestWork.Pictures(1, 1024, 1024, 0);

    private Future<Served> serve(String model, Kind kind, RequestWork work) {
        return serve(model, kind, work, RequestService.nobodyLeaves());
    }

    private Future<Served> serve(String model, Kind kind, RequestWork work, Future<Void> left) {
        return deployments.requests().serve(model, kind, work, call(), left);
    }

    private DeploymentStatus only() {
        return status().deployments().getFirst();
    }

    private void startQuick() {
        start(QUICK.withReplicas(REPLICAS.withTimeScale(100)));
    }

    @Test
    void aPictureTakesTheTimeOfItsModelOnTheDeviceThatComputeGave() {
        startQuick();
        Served served = await(serve("stabilityai/stable-diffusion-xl-base-1.0", Kind.IMAGE, PICTURE));
        Device device = ReplicaModel.device(FakePlatform.H100);
        double micros = RequestModels.find("sdxl")
                .orElseThrow()
                .time(List.of(PICTURE), device)
                .micros();
        assertEquals(micros * 1e3, (double) served.workedNanos(), 1);
        assertEquals("stable-diffusion-xl-base-1.0-1", served.replica());
        assertTrue(telemetry
                .scrape()
                .contains("pagoda_gateway_request_work_seconds_count" + "{model=\"stable-diffusion-xl-base-1.0\"} 1"));
        assertEquals(1, only().requests());
    }

    @Test
    void asManyDevicesComeAsTheQueueNeedsAndGoWhenNothingIsLeft() {
        startQuick();
        List<Future<Served>> all = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            all.add(serve("sdxl", Kind.IMAGE, PICTURE));
        }
        until(() -> only().devices() == 4);
        all.forEach(each -> assertTrue(await(each).workedNanos() > 0));
        assertTrue(all.stream().map(each -> each.result().replica()).distinct().count() > 1);
        until(() -> platform.devicesHeld() == 0);
        assertEquals(9, only().requests());
    }

    @Test
    void whoLeavesFreesTheDeviceForTheNext() {
        // a picture of this model takes hours at this pace
        start(QUICK.withReplicas(REPLICAS.withTimeScale(1)));
        platform.setDevices(1);
        Promise<Void> first = Promise.promise();
        Promise<Void> second = Promise.promise();
        var huge = new RequestWork.Pictures(10, 4096, 4096, 1_000);
        Future<Served> worked = serve("flux.1-dev", Kind.IMAGE, huge, first.future());
        until(() -> status().deployments().stream().anyMatch(each -> each.running() == 1));
        Future<Served> waiting = serve("flux.1-dev", Kind.IMAGE, huge, second.future());
        until(() -> only().queued() == 1);
        Future<Served> small = serve("flux.1-dev", Kind.IMAGE, new RequestWork.Pictures(1, 64, 64, 1));
        until(() -> only().queued() == 2);

        second.complete();
        assertFalse(givenUp(waiting).hadBegun());
        first.complete();
        assertTrue(givenUp(worked).hadBegun());
        assertTrue(await(small).workedNanos() > 0);
        assertEquals(1, only().requests(), "those who left are not counted as served");
        assertEquals(0, only().running() + only().queued());
    }

    @Test
    void whoLeavesWhileTextsAreReadFreesTheDevice() {
        start(QUICK.withReplicas(REPLICAS.withTimeScale(0.1)));
        platform.setDevices(1);
        // half a minute at this pace
        List<String> many = Collections.nCopies(999, "word ".repeat(600));
        Promise<Void> first = Promise.promise();
        Promise<Void> second = Promise.promise();
        Future<EmbedReply> read = rank("r1", many, first.future());
        until(() -> status().deployments().stream().anyMatch(each -> each.running() == 1));
        Future<EmbedReply> waiting = rank("r2", many, second.future());
        until(() -> only().queued() == 1);

        second.complete();
        assertEquals(0, givenUp(waiting).readTokens());
        first.complete();
        RequestService.GivenUp left = givenUp(read);
        UsageRecord booked = Objects.requireNonNull(platform.usage.get("r1"));
        assertEquals(UsageRecord.Outcome.ABORTED, booked.outcome());
        assertTrue(left.readTokens() > 998 * 512);
        assertEquals(left.readTokens(), booked.promptTokens());
        assertEquals(0, Objects.requireNonNull(platform.usage.get("r2")).promptTokens());
        assertEquals(0, only().running() + only().queued());
        assertEquals(0, only().requests(), "those who left are not counted as served");
        assertEquals(0, status().refused());
    }

    @Test
    void whoHasLeftBeforeHisTextsAreCountedTakesNoDevice() {
        startQuick();
        Future<EmbedReply> gone = rank("r1", List.of("question", "document"), Future.succeededFuture());
        assertFalse(givenUp(gone).hadBegun());
        assertEquals(List.of(), status().deployments());
    }

    private Future<EmbedReply> rank(String id, List<String> texts, Future<Void> left) {
        var request = new EmbedRequest(id, "bge-reranker-v2-m3", texts, Hints.none(), true).until(left);
        return deployments.embed(request, call(), ResponseHeaders.UNHEARD);
    }

    private static RequestService.GivenUp givenUp(Future<?> future) {
        until(future::isComplete);
        return assertInstanceOf(RequestService.GivenUp.class, future.cause());
    }

    @Test
    void theyAreListedBehindThoseThatAreRegistered() {
        start(QUICK, FakePlatform.chat("zebra", 1, 1, 10), FakePlatform.simulatedEmbedding("BGE-M3"));
        List<ServedModel> models = await(deployments.models(call()));
        List<String> names = models.stream().map(ServedModel::name).toList();
        assertEquals(List.of("BGE-M3", "zebra"), names.subList(0, 2));
        assertTrue(
                names.containsAll(List.of("FLUX.1-dev", "whisper-1", "tts-1", "bge-reranker-v2-m3")), names::toString);
        assertFalse(names.contains("bge-m3"), "the registered one is that");
        assertEquals(names.stream().distinct().toList(), names);
        for (ServedModel each : models.subList(2, models.size())) {
            assertTrue(each.isWhole() && RequestModels.find(each.name()).isPresent(), each.name());
        }
    }

    @Test
    void aLostDeviceLosesNoRequest() {
        start(QUICK.withReplicas(REPLICAS.withTimeScale(20)));
        Future<Served> picture = serve("flux.1-dev", Kind.IMAGE, PICTURE);
        until(() -> !platform.placementIds().isEmpty() && only().running() == 1);
        platform.lose(platform.placementIds().getFirst());
        assertEquals("FLUX.1-dev-2", await(picture).replica());
        assertEquals(1, only().crashes());
    }

    @Test
    void saysWhichModelIsUnknownAndWhichMakesSomethingElse() {
        startQuick();
        assertEquals(
                "model_not_found",
                failure(serve("nonesuch", Kind.IMAGE, PICTURE)).refusal().code());
        assertEquals(
                "model whisper-1 makes transcriptions, not images",
                failure(serve("whisper-1", Kind.IMAGE, PICTURE)).refusal().message());
        assertEquals("model_not_supported", code(chat(request("sdxl", "Hello?")).await()));
        assertEquals("model_not_found", code(chat(request("nonesuch", "Hello?")).await()));
        var texts = new EmbedRequest("e", "sdxl", List.of("x"));
        assertEquals(
                "model_not_supported",
                failure(deployments.embed(texts, call(), ResponseHeaders.UNHEARD))
                        .refusal()
                        .code());
    }

    @Test
    void embedsWithoutWeightsSoThatTextsWithWordsInCommonAreNear() {
        startQuick();
        var headers = new ArrayList<String>();
        var request = new EmbedRequest(
                "e1", "bge-m3", List.of("The pump leaks oil.", "Oil leaks from the pump.", "Nine kittens sleep."));
        EmbedReply reply = await(deployments.embed(request, call(), (name, value) -> headers.add(name)));
        assertEquals(List.of(RequestService.HEADER), headers);
        float[] first = reply.vectors().getFirst();
        assertEquals(1024, first.length);
        assertEquals(1, dot(first, first), 1e-5);
        assertTrue(dot(first, reply.vectors().get(1))
                > 2 * Math.abs(dot(first, reply.vectors().get(2))));
        assertEquals(
                reply.promptTokens(),
                Objects.requireNonNull(platform.usage.get("e1")).promptTokens());
        assertEquals(reply.promptTokens(), only().promptTokens());
    }

    @Test
    void aRerankerReadsTheQuestionWithEachDocument() {
        startQuick();
        List<String> texts = List.of("one two three", "four", "five six");
        EmbedReply pairs = await(deployments.embed(
                new EmbedRequest("r1", "bge-reranker-v2-m3", texts, Hints.none(), true),
                call(),
                ResponseHeaders.UNHEARD));
        assertEquals(2 * 3 + 1 + 2, pairs.promptTokens());
        assertEquals("rerank", Objects.requireNonNull(platform.usage.get("r1")).operation());
        assertEquals(
                "model bge-reranker-v2-m3 makes rankings, not embeddings",
                failure(deployments.embed(
                                new EmbedRequest("r2", "bge-reranker-v2-m3", texts), call(), ResponseHeaders.UNHEARD))
                        .refusal()
                        .message());
    }

    @Test
    void aRegisteredEncoderIsServedOnSimulatedDevices() {
        start(QUICK, FakePlatform.simulatedEmbedding("our-encoder"));
        until(() -> only().ready() == 1);
        EmbedReply reply = await(deployments.embed(
                new EmbedRequest("e1", "our-encoder", List.of("x")), call(), ResponseHeaders.UNHEARD));
        assertEquals(384, reply.vectors().getFirst().length);
        assertEquals(1, only().requests());
    }

    private static double dot(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += one[i] * other[i];
        }
        return sum;
    }
}
