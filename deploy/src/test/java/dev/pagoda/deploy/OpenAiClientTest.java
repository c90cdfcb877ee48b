package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// OpenAI's own Java client against the whole platform, unmodified but for its base URL and key.
@Tag("slow")
class OpenAiClientTest {
    private static final String CHAT_MODEL = "qwen2.5-7b-instruct";

    private static RunningPlatform platform;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.ephemeral();
        client = clientWith(platform.key());
    }

    @AfterAll
    static void stop() {
        client.close();
        platform.close();
    }

    @Test
    void listsTheServedModels() {
        List<String> ids =
                client.models().list().autoPager().stream().map(Model::id).toList();

        assertTrue(ids.contains(CHAT_MODEL), ids.toString());
        assertTrue(ids.contains("all-minilm-l6-v2"), ids.toString());
    }

    @Test
    void completesAChatFromTheGivenContext() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(chat(CHAT_MODEL).addUserMessage("""
                                [1] Opening hours
                                The shop opens at nine in the morning.

                                [2] Returns
                                A parcel can be sent back within thirty days.

                                When does the shop open?""").build());

        String answer = completion.choices().getFirst().message().content().orElseThrow();
        assertTrue(answer.contains("nine in the morning"), answer);
        assertTrue(answer.contains("[1]"), answer);
        assertFalse(answer.contains("thirty days"), answer);
        assertEquals(
                completion.usage().orElseThrow().promptTokens()
                        + completion.usage().orElseThrow().completionTokens(),
                completion.usage().orElseThrow().totalTokens());
    }

    @Test
    void streamsTheSameTextAsItCompletes() {
        ChatCompletionCreateParams.Builder request =
                chat(CHAT_MODEL).temperature(0).maxCompletionTokens(40).addUserMessage("What is a pagoda?");
        String whole = client.chat()
                .completions()
                .create(request.build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();

        StringBuilder streamed = new StringBuilder();
        long completionTokens = -1;
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(request.streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(streamed::append));
                if (chunk.usage().isPresent()) {
                    completionTokens = chunk.usage().get().completionTokens();
                }
            }
        }

        assertEquals(whole, streamed.toString());
        assertTrue(completionTokens > 0 && completionTokens <= 40, "completion tokens " + completionTokens);
    }

    @Test
    void embedsTextsThatMeanTheSameCloserThanOthers() {
        CreateEmbeddingResponse response = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("all-minilm-l6-v2")
                        .inputOfArrayOfStrings(List.of(
                                "The cat sleeps on the sofa.",
                                "A kitten naps on the couch.",
                                "Interest rates rose by half a point."))
                        .build());

        List<Float> cat = response.data().get(0).embedding();
        List<Float> kitten = response.data().get(1).embedding();
        List<Float> rates = response.data().get(2).embedding();
        assertEquals(384, cat.size());
        assertTrue(dot(cat, kitten) > dot(cat, rates) + 0.3, dot(cat, kitten) + " against " + dot(cat, rates));
        assertTrue(response.usage().promptTokens() > 0);
    }

    @Test
    void raisesTheClientsOwnErrors() {
        NotFoundException unknown = assertThrows(
                NotFoundException.class,
                () -> client.chat()
                        .completions()
                        .create(chat("gpt-none").addUserMessage("hi").build()));
        assertEquals("model_not_found", unknown.code().orElseThrow());
        assertNotEquals("", unknown.type().orElseThrow());

        BadRequestException negative = assertThrows(
                BadRequestException.class,
                () -> client.chat()
                        .completions()
                        .create(chat(CHAT_MODEL)
                                .maxCompletionTokens(-1)
                                .addUserMessage("hi")
                                .build()));
        assertEquals("max_completion_tokens", negative.param().orElseThrow());

        OpenAIClient stranger = clientWith("pgd-not-a-key");
        UnauthorizedException unauthorized = assertThrows(
                UnauthorizedException.class, () -> stranger.models().list());
        assertEquals("invalid_api_key", unauthorized.code().orElseThrow());
        stranger.close();
    }

    private static ChatCompletionCreateParams.Builder chat(String model) {
        return ChatCompletionCreateParams.builder().model(model);
    }

    private static OpenAIClient clientWith(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(platform.url("/v1"))
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static double dot(List<Float> a, List<Float> b) {
        double sum = 0;
        for (int i = 0; i < a.size(); i++) {
            sum += a.get(i) * b.get(i);
        }
        return sum;
    }
}
