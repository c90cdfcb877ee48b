package dev.pagoda.gateway.openai;

import static dev.pagoda.gateway.openai.OpenAiServer.await;
import static dev.pagoda.gateway.openai.OpenAiServer.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.limit.LimitRule;
import dev.pagoda.gateway.limit.LimitScope;
import dev.pagoda.gateway.protocol.FakeChatService;
import dev.pagoda.gateway.upstream.UpstreamSpec;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RelayTest {
    private static final String ANSWER =
            "{\"id\":\"x\",\"odd\":[1, 2],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}";
    private static final String EVENT = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\n";
    private static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> seen = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private RelayServer server;

    @BeforeEach
    void open() {
        server = new RelayServer();
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private int upstream(String name, int priority, Handler<HttpServerRequest> handler) {
        HttpServer http = await(server.vertx
                .createHttpServer(ServerOptions.usual())
                .requestHandler(request -> request.body().onSuccess(body -> {
                    seen.add(name + " " + request.path() + " " + body);
                    handler.handle(request);
                }))
                .listen(0, "127.0.0.1"));
        declare(name, priority, http.actualPort());
        return http.actualPort();
    }

    private void declare(String name, int priority, int port) {
        await(server.upstreams.put(new UpstreamSpec(
                name,
                "http://127.0.0.1:" + port + "/base/v1",
                null,
                Map.of("big", "their-big"),
                priority,
                null,
                null,
                null,
                null,
                null,
                null)));
    }

    private HttpRequest request(String body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer good")
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private HttpResponse<String> post(String body) throws Exception {
        return client.send(request(body), BodyHandlers.ofString());
    }

    private static void json(HttpServerRequest request, int status, String body) {
        request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(body);
    }

    private static void events(HttpServerRequest request, String... events) {
        request.response().setChunked(true).putHeader("content-type", "text/event-stream");
        for (String event : events) {
            request.response().write(event);
        }
        request.response().end();
    }

    private UsageRecord booked() {
        awaitTrue(() -> !server.booked.isEmpty());
        return server.booked.getFirst().usage();
    }

    @Test
    void aWholeAnswerComesByteForByteAndItsUsageIsBooked() throws Exception {
        upstream("one", 0, request -> json(request, 200, ANSWER));
        var answer = post("{\"model\":\"big\",\"messages\":[],\"future\":{\"a\":1}}");

        assertEquals(200, answer.statusCode());
        assertEquals(ANSWER, answer.body());
        assertEquals(
                List.of("one /base/v1/chat/completions {\"model\":\"their-big\",\"messages\":[],\"future\":{\"a\":1}}"),
                seen);
        assertEquals("one", answer.headers().firstValue("x-pagoda-upstream").orElse(""));
        assertTrue(answer.headers().firstValue("x-pagoda-overhead-us").isPresent());
        UsageRecord usage = booked();
        assertEquals("big", usage.model());
        assertEquals(7, usage.promptTokens());
        assertEquals(3, usage.completionTokens());
        assertEquals(answer.headers().firstValue("x-request-id").orElse(""), usage.requestId());
    }

    @Test
    void aStreamIsAskedForItsUsageWithoutTheClientSeeingIt() throws Exception {
        upstream("one", 0, request -> events(request, EVENT, EVENT, USAGE, DONE));
        var answer = post("{\"model\":\"big\",\"stream\":true,\"messages\":[]}");

        assertEquals(EVENT.replace(",\"usage\":null", "").repeat(2) + DONE, answer.body());
        assertTrue(seen.getFirst().contains("\"stream_options\":{\"include_usage\":true}"));
        assertEquals(2, booked().completionTokens());
        assertEquals(7, booked().promptTokens());
    }

    @Test
    void anErrorOfTheServerComesInItsOwnWordsAndCostsNothing() throws Exception {
        upstream("one", 0, request -> json(request, 400, "{\"error\":{\"code\":\"theirs\"}}"));
        var answer = post("{\"model\":\"big\",\"messages\":[]}");

        assertEquals(400, answer.statusCode());
        assertEquals("{\"error\":{\"code\":\"theirs\"}}", answer.body());
        assertEquals(0, booked().promptTokens());
        assertEquals(UsageRecord.Outcome.FAILED, booked().outcome());
    }

    @Test
    void aDeadPrimaryCostsAtMostFiveRequestsAndNoClientAnError() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        upstream("first", 0, request -> {
            tries.incrementAndGet();
            request.connection().close();
        });
        upstream("second", 1, request -> json(request, 200, ANSWER));
        for (int i = 0; i < 40; i++) {
            assertEquals(200, post("{\"model\":\"big\",\"messages\":[]}").statusCode());
        }

        assertTrue(tries.get() <= 5, tries + " requests went to the dead server");
    }

    @Test
    void whenNobodyAnswersTheLastServerHasTheLastWord() throws Exception {
        upstream("one", 0, request -> json(request, 503, "{\"error\":{\"code\":\"overloaded\"}}"));
        var answer = post("{\"model\":\"big\",\"messages\":[]}");

        assertEquals(503, answer.statusCode());
        assertEquals("{\"error\":{\"code\":\"overloaded\"}}", answer.body());
        assertTrue(seen.size() > 1, "it was not tried again");
    }

    @Test
    void aServerThatIsNotThereIsAnErrorInOpenAisForm() throws Exception {
        declare("nowhere", 0, 1);
        var answer = post("{\"model\":\"big\",\"messages\":[]}");

        assertEquals(503, answer.statusCode());
        assertTrue(answer.body().contains("\"type\":\"server_error\""), answer.body());
        assertTrue(answer.body().contains("no server answered for model big"), answer.body());
    }

    @Test
    void aClientThatLeavesEndsTheAnswerAtTheServerToo() throws Exception {
        AtomicBoolean cancelled = new AtomicBoolean();
        upstream("one", 0, request -> {
            request.response().setChunked(true).putHeader("content-type", "text/event-stream");
            request.response().exceptionHandler(gone -> cancelled.set(true));
            request.response().closeHandler(gone -> cancelled.set(true));
            request.response().write(EVENT);
        });
        var answer = client.send(
                request("{\"model\":\"big\",\"stream\":true,\"messages\":[]}"), BodyHandlers.ofInputStream());
        assertEquals('d', answer.body().read());
        answer.body().close();

        awaitTrue(cancelled::get);
        assertEquals(UsageRecord.Outcome.ABORTED, booked().outcome());
        assertEquals(1, booked().completionTokens());
    }

    @Test
    void anAnswerThatBreaksOffEndsInAnErrorEvent() throws Exception {
        upstream("one", 0, request -> {
            request.response().setChunked(true).putHeader("content-type", "text/event-stream");
            request.response()
                    .write(EVENT)
                    .onComplete(written -> request.connection().close());
        });
        var answer = post("{\"model\":\"big\",\"stream\":true,\"messages\":[]}");

        assertTrue(
                answer.body().startsWith("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"), answer.body());
        assertTrue(answer.body().contains("broke off in the middle"), answer.body());
        assertTrue(answer.body().endsWith(DONE), answer.body());
        assertEquals(UsageRecord.Outcome.FAILED, booked().outcome());
    }

    @Test
    void aStreamThatEndsWithoutItsMarkWasInterrupted() throws Exception {
        upstream("one", 0, request -> events(request, EVENT, EVENT));
        var answer = post("{\"model\":\"big\",\"stream\":true,\"messages\":[]}");

        assertTrue(answer.body().contains("\"code\":\"upstream_broke_off\""), answer.body());
        assertTrue(answer.body().endsWith(DONE), answer.body());
        assertEquals(UsageRecord.Outcome.FAILED, booked().outcome());
        assertEquals(2, booked().completionTokens());
    }

    @Test
    void whereALimitIsNearTheServerIsToldWhatIsLeft() throws Exception {
        limit(1_000);
        upstream("one", 0, request -> json(request, 200, ANSWER));
        String body = "{\"model\":\"big\",\"messages\":[]}";
        assertEquals(200, post(body).statusCode());
        assertEquals(
                200,
                post("{\"model\":\"big\",\"max_tokens\":20,\"messages\":[]}").statusCode());

        String sent = body.replace("big", "their-big").replace("}", ",\"max_completion_tokens\":%d}");
        assertEquals(
                "one /base/v1/chat/completions " + String.format(java.util.Locale.ROOT, sent, 1_000 - body.length()),
                seen.getFirst());
        assertTrue(seen.getLast().endsWith("\"max_tokens\":20,\"messages\":[]}"), seen.getLast());
        // both used ten, and gave the rest back
        assertEquals(
                20,
                server.limits.use(scope -> true, System.nanoTime()).getFirst().tokens());
    }

    @Test
    void aRequestOfAMegabyteIsPassedOnLikeASmallOne() throws Exception {
        upstream("one", 0, request -> json(request, 200, ANSWER));
        String words = "salt water ".repeat(100_000);

        assertEquals(
                200,
                post("{\"model\":\"big\",\"messages\":[{\"role\":\"user\",\"content\":\"" + words + "\"}]}")
                        .statusCode());
        assertTrue(seen.getLast().endsWith("\"content\":\"" + words + "\"}]}"), "it came as it was sent");
        assertEquals(
                400, post("{\"model\":\"big\",\"messages\":[\"" + words + "\"").statusCode());
        assertEquals(1, seen.size());
    }

    @Test
    void whereALimitIsFarNothingIsAdded() throws Exception {
        limit(1_000_000_000);
        upstream("one", 0, request -> json(request, 200, ANSWER));
        post("{\"model\":\"big\",\"messages\":[]}");

        assertEquals(List.of("one /base/v1/chat/completions {\"model\":\"their-big\",\"messages\":[]}"), seen);
    }

    @Test
    void aPromptThatFitsOnlyWhenItIsCountedIsCounted() throws Exception {
        limit(100);
        upstream("one", 0, request -> json(request, 200, ANSWER));
        String words = "salt water ".repeat(20);
        String body = "{\"model\":\"big\",\"max_tokens\":10,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";

        assertEquals(200, post(body.replace("%s", words)).statusCode());
        assertEquals(429, post(body.replace("%s", words.repeat(3))).statusCode());
    }

    @Test
    void parallelRequestsTakeNoTokenMoreThanTheLimit() throws Exception {
        limit(200);
        upstream("one", 0, request -> {
            int most = Integer.parseInt(seen.getLast().replaceAll(".*\"max_completion_tokens\":(\\d+).*", "$1"));
            json(request, 200, ANSWER.replace("\"completion_tokens\":3", "\"completion_tokens\":" + most));
        });
        var answers = IntStream.range(0, 50)
                .mapToObj(
                        i -> client.sendAsync(request("{\"model\":\"big\",\"messages\":[]}"), BodyHandlers.ofString()))
                .toList();
        int answered = 0;
        for (var answer : answers) {
            int status = answer.get().statusCode();
            assertTrue(status == 200 || status == 429, "status " + status);
            answered += status == 200 ? 1 : 0;
        }
        int wanted = answered;
        awaitTrue(() -> server.booked.size() >= wanted);

        long used = server.booked.stream()
                .mapToLong(entry -> entry.usage().promptTokens() + entry.usage().completionTokens())
                .sum();
        assertTrue(used > 0 && used <= 200, "used " + used);
    }

    private void limit(long tokensPerMinute) {
        server.limits.replace(List.of(new LimitRule(LimitScope.ofTenant("acme"), null, tokensPerMinute, null, null)));
    }

    @Test
    void otherModelsGoTheirOwnWay() throws Exception {
        upstream("one", 0, request -> json(request, 200, ANSWER));
        var answer = post("{\"model\":\"" + FakeChatService.MODELS.getFirst()
                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

        assertEquals(List.of(), seen);
        assertEquals(200, answer.statusCode());
    }

    @Test
    void whatHasToBeReadIsTranslatedBothWays() throws Exception {
        server.isRead.set(true);
        upstream(
                "one",
                0,
                request -> events(
                        request,
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Salt\"}}]}\n\n",
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\","
                                + "\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"a\\\"\"}}]}}]}\n\n",
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
                                + "\"function\":{\"arguments\":\":1}\"}}]}}]}\n\n",
                        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
                        USAGE,
                        DONE));
        var answer = post(
                "{\"model\":\"big\",\"max_tokens\":9,\"seed\":4,\"tools\":[{\"type\":\"function\",\"function\":{"
                        + "\"name\":\"look\",\"parameters\":{\"type\":\"object\"}}}],"
                        + "\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"hi\"}]}");

        assertEquals(200, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("\"content\":\"Salt\""), answer.body());
        assertTrue(answer.body().contains("\"arguments\":\"{\\\"a\\\":1}\""), answer.body());
        assertTrue(answer.body().contains("\"finish_reason\":\"tool_calls\""), answer.body());
        assertTrue(answer.body().contains("\"prompt_tokens\":7"), answer.body());
        String asked = seen.getFirst();
        assertTrue(asked.contains("\"model\":\"their-big\""), asked);
        assertTrue(
                asked.contains("{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"hi\"}"),
                asked);
        assertTrue(asked.contains("\"max_tokens\":9"), asked);
        assertTrue(asked.contains("\"seed\":4"), asked);
        assertTrue(asked.contains("\"name\":\"look\""), asked);
        assertEquals(2, booked().completionTokens());
    }

    @Test
    void embeddingsThatHaveToBeReadAreTranslatedBothWays() throws Exception {
        server.isRead.set(true);
        upstream(
                "one",
                0,
                request -> json(
                        request,
                        200,
                        "{\"object\":\"list\",\"data\":["
                                + "{\"object\":\"embedding\",\"index\":1,\"embedding\":[0.5,-1]},"
                                + "{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.25,2]}],"
                                + "\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}"));
        var answer = embed("{\"model\":\"big\",\"input\":[\"so\",\"it\"],\"encoding_format\":\"float\"}");

        assertEquals(200, answer.statusCode(), answer.body());
        assertTrue(answer.body().contains("[0.25,2.0]"), answer.body());
        assertTrue(answer.body().indexOf("[0.25,2.0]") < answer.body().indexOf("[0.5,-1.0]"), answer.body());
        assertTrue(answer.body().contains("\"prompt_tokens\":5"), answer.body());
        assertTrue(seen.getFirst().startsWith("one /base/v1/embeddings {\"model\":\"their-big\""), seen.getFirst());
        assertEquals(5, booked().promptTokens());
        assertEquals("embeddings", booked().operation());
    }

    @Test
    void embeddingsThatCannotBeReadAreRefused() throws Exception {
        server.isRead.set(true);
        upstream("one", 0, request -> json(request, 200, "{\"data\":[{\"index\":7,\"embedding\":[1]}]}"));
        assertEquals(503, embed("{\"model\":\"big\",\"input\":\"so\"}").statusCode());
    }

    private HttpResponse<String> embed(String body) throws Exception {
        HttpRequest asked = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port + "/v1/embeddings"))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer good")
                .POST(BodyPublishers.ofString(body))
                .build();
        return client.send(asked, BodyHandlers.ofString());
    }

    @Test
    void anErrorThatHasToBeReadKeepsItsKindAndItsWords() throws Exception {
        server.isRead.set(true);
        upstream(
                "one", 0, request -> json(request, 400, "{\"error\":{\"message\":\"too long\",\"code\":\"context\"}}"));
        var answer = post("{\"model\":\"big\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

        assertEquals(400, answer.statusCode());
        assertTrue(answer.body().contains("too long"), answer.body());
        assertEquals(UsageRecord.Outcome.FAILED, booked().outcome());
    }

    @Test
    void theClientsTraceGoesOn() throws Exception {
        AtomicReference<String> trace = new AtomicReference<>("");
        upstream("one", 0, request -> {
            trace.set(request.getHeader("traceparent"));
            json(request, 200, ANSWER);
        });
        String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        HttpRequest asked = HttpRequest.newBuilder(
                        request("{\"model\":\"big\",\"messages\":[]}"), (name, value) -> true)
                .header("traceparent", parent)
                .build();

        assertEquals(200, client.send(asked, BodyHandlers.ofString()).statusCode());
        assertEquals(parent, trace.get());
    }
}
