package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import dev.pagoda.gateway.protocol.FakeChatService;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// OpenAI's own Java client, with its validation of responses on.
class OpenAiClientTest {
    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());
    private final OpenAIClient client = client("good");

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void chats() {
        ChatCompletion answer =
                client.chat().completions().create(question("echo").build());

        assertEquals(
                "so it goes", answer.choices().getFirst().message().content().orElseThrow());
        assertEquals(
                ChatCompletion.Choice.FinishReason.STOP,
                answer.choices().getFirst().finishReason());
        assertEquals(10, answer.usage().orElseThrow().totalTokens());
        assertEquals(OpenAiServer.NOW, answer.created());
        answer.validate();
    }

    @Test
    void streamsWithUsage() {
        var accumulator = ChatCompletionAccumulator.create();
        int chunks = 0;
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(question("echo")
                        .n(2)
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                accumulator.accumulate(chunk.validate());
                chunks++;
            }
        }

        ChatCompletion whole = accumulator.chatCompletion();
        assertEquals(2 + 2 * 3 + 2 + 1, chunks);
        assertEquals(2, whole.choices().size());
        for (ChatCompletion.Choice choice : whole.choices()) {
            assertEquals("so it goes", choice.message().content().orElseThrow());
        }
        assertEquals(6, whole.usage().orElseThrow().completionTokens());
    }

    @Test
    void anErrorInMidStreamIsRaised() {
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(question("breaks").build())) {
            OpenAIException raised =
                    assertThrows(OpenAIException.class, () -> stream.stream().forEach(chunk -> {}));

            assertTrue(String.valueOf(raised.getMessage()).contains("replica was lost"), raised.getMessage());
        }
    }

    @Test
    void closingAStreamEarlyEndsItsChat() {
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(question("endless").build())) {
            assertEquals(5, stream.stream().limit(5).count());
        }

        OpenAiServer.awaitTrue(() -> server.service.cancelled.get() == 1);
    }

    @Test
    void embedsInTheClientsDefaultEncodingAndInFloats() {
        EmbeddingCreateParams.Builder asked =
                EmbeddingCreateParams.builder().model("embed").inputOfArrayOfStrings(List.of("abc", "z"));
        CreateEmbeddingResponse byDefault = client.embeddings().create(asked.build());
        CreateEmbeddingResponse floats = client.embeddings()
                .create(asked.encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());

        assertEquals(List.of(3f, 97f, 0.5f), byDefault.data().getFirst().embedding());
        assertEquals(
                byDefault.data().getFirst().embedding(),
                floats.data().getFirst().embedding());
        assertEquals(1, floats.data().getLast().index());
        assertEquals(4, floats.usage().totalTokens());
    }

    @Test
    void listsAndFindsModels() {
        List<String> names =
                client.models().list().data().stream().map(Model::id).toList();
        Model model = client.models().retrieve("echo");

        assertEquals(FakeChatService.MODELS, names);
        assertEquals("acme", model.validate().ownedBy());
        assertEquals("acme/echo", client.models().retrieve("acme/echo").id());
    }

    @Test
    void errorsBecomeTheClientsOwnTypes() {
        var unknown = assertThrows(NotFoundException.class, () -> ask(client, "gpt-9"));
        var busy = assertThrows(RateLimitException.class, () -> ask(client, "busy"));
        var bad = assertThrows(
                BadRequestException.class,
                () -> client.chat()
                        .completions()
                        .create(question("echo").maxCompletionTokens(-1).build()));
        OpenAIClient stranger = client("bad");
        var refused = assertThrows(UnauthorizedException.class, () -> ask(stranger, "echo"));
        stranger.close();

        assertEquals("invalid_api_key", refused.code().orElseThrow());
        assertEquals("model_not_found", unknown.code().orElseThrow());
        assertEquals("rate_limit_exceeded", busy.code().orElseThrow());
        assertEquals(List.of("3"), busy.headers().values("retry-after"));
        assertEquals("max_completion_tokens", bad.param().orElseThrow());
        assertEquals("integer_below_min_value", bad.code().orElseThrow());
        assertEquals("invalid_request_error", bad.type().orElseThrow());
    }

    private static void ask(OpenAIClient by, String model) {
        by.chat().completions().create(question(model).build()).validate();
    }

    private static ChatCompletionCreateParams.Builder question(String model) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage("so it goes");
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + server.port + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }
}
