package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    /// An object that answers are to be.
    static final class Tower {
        public String name = "";
        public int floors = -1;
        public List<Roof> roofs = List.of();
    }

    enum Roof {
        TILED,
        THATCHED
    }

    @Test
    void answersInTheFormOfAClass() {
        Tower tower = client.chat()
                .completions()
                .create(chat(CHAT_MODEL)
                        .addUserMessage("Describe a pagoda.")
                        .responseFormat(Tower.class)
                        .build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();

        assertFalse(tower.name.isBlank());
        assertTrue(tower.floors >= 0, tower.floors + " floors");
        assertTrue(tower.roofs.size() <= 1_000, tower.roofs.toString());
    }

    @JsonClassDescription("Tells the weather of a city.")
    static final class GetWeather {
        @JsonPropertyDescription("of the city")
        public String city = "";
    }

    @Test
    void callsToolsWholeOrStreamedAndTakesTheirResults() {
        String question = "What is the weather in Oslo?";
        ChatCompletionCreateParams asked = chat(CHAT_MODEL)
                .addUserMessage(question)
                .addTool(GetWeather.class)
                .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                .build();
        ChatCompletionMessage called =
                client.chat().completions().create(asked).choices().getFirst().message();
        ChatCompletionMessageFunctionToolCall call =
                called.toolCalls().orElseThrow().getFirst().asFunction();
        assertEquals("GetWeather", call.function().name());
        assertFalse(call.function().arguments(GetWeather.class).city.isBlank());

        var accumulator = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(asked)) {
            stream.stream().forEach(accumulator::accumulate);
        }
        ChatCompletionMessageFunctionToolCall streamed = accumulator
                .chatCompletion()
                .choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction();
        assertFalse(streamed.function().arguments(GetWeather.class).city.isBlank());

        String answer = client.chat()
                .completions()
                .create(chat(CHAT_MODEL)
                        .addUserMessage(question)
                        .addMessage(called)
                        .addMessage(ChatCompletionToolMessageParam.builder()
                                .toolCallId(call.id())
                                .content("It snows in Oslo.")
                                .build())
                        .build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
        assertFalse(answer.isBlank());
    }

    @Test
    void aStreamThatIsClosedEndsItsChat() throws Exception {
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(chat(CHAT_MODEL)
                        .maxCompletionTokens(20_000)
                        .addUserMessage("Tell me all of pagodas.")
                        .build())) {
            assertTrue(stream.stream().findFirst().isPresent());
        }

        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!platform.get("/metrics").text().lines().anyMatch("pagoda_gateway_disconnects_total 1.0"::equals)) {
            assertTrue(System.nanoTime() < deadline, "the platform has not heard of it");
            Thread.onSpinWait();
        }
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
