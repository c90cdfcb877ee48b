package dev.pagoda.gateway.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.journal.LoggedRequest.Outcome;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceExportTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    private static LoggedRequest request(TraceParent trace) {
        return new LoggedRequest(
                "chat-1",
                new Principal("acme", "core", "search", "k-ada", Principal.Role.MEMBER),
                "chat",
                "qwen",
                "qwen@3",
                "r0",
                "",
                "",
                "",
                1_790_000_000_000_000L,
                100,
                200,
                300,
                20,
                11,
                22,
                0,
                5,
                Outcome.COMPLETED,
                "",
                "stop",
                trace,
                null,
                null);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void readsTraceparentAsTheRecommendationHasIt() {
        assertEquals(
                Optional.of(new TraceParent(TRACE, SPAN, true)), TraceParent.parse("00-" + TRACE + "-" + SPAN + "-01"));
        assertEquals(
                Optional.of(new TraceParent(TRACE, SPAN, false)),
                TraceParent.parse("cc-" + TRACE + "-" + SPAN + "-00-what-will-be"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
            })
    void beginsATraceOfItsOwnWhereTheHeaderSaysNothingValid(String header) {
        assertEquals(Optional.empty(), TraceParent.parse(header));
    }

    @Test
    void freshTracesAreWellFormed() {
        TraceParent fresh = TraceParent.fresh(1_700_000_000_000L, new Random(1));
        assertTrue(fresh.traceId().matches("[0-9a-f]{32}"), fresh.toString());
        assertTrue(fresh.isSampled());
    }

    @Test
    void sendsOneSpanARequestInTheCallersTraceAndNoneOfWhatHeDoesNotRecord() {
        Vertx vertx = Vertx.vertx();
        try {
            var sent = Promise.<Buffer>promise();
            int port = await(vertx.createHttpServer(ServerOptions.usual())
                            .requestHandler(request -> request.body().onSuccess(body -> {
                                sent.tryComplete(body);
                                request.response()
                                        .putHeader("content-type", "application/x-protobuf")
                                        .end();
                            }))
                            .listen(0, "127.0.0.1"))
                    .actualPort();
            var export = TraceExport.to("http://127.0.0.1:" + port + "/v1/traces");
            export.send(request(new TraceParent("f".repeat(32), SPAN, false)));
            export.send(request(new TraceParent(TRACE, SPAN, true)));
            export.close();

            byte[] body = await(sent.future()).getBytes();
            String hex = HexFormat.of().formatHex(body);
            assertTrue(hex.contains(TRACE) && hex.contains(SPAN), "trace and parent are told");
            assertTrue(!hex.contains("f".repeat(32)), "what is not sampled is not sent");
            String text = new String(body, StandardCharsets.ISO_8859_1);
            for (String told : new String[] {
                "chat qwen",
                "gen_ai.operation.name",
                "gen_ai.request.model",
                "gen_ai.usage.output_tokens",
                "gen_ai.response.finish_reasons",
                "service.name",
                "pagoda"
            }) {
                assertTrue(text.contains(told), told);
            }
        } finally {
            await(vertx.close());
        }
    }
}
