package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// LangChain4j's client of OpenAI's API against the whole platform, unmodified but for its base URL and key.
@Tag("slow")
class LangChain4jTest {
    private static final String MODEL = "qwen2.5-7b-instruct";
    private static final UserMessage QUESTION = UserMessage.from("What is the weather in Oslo?");

    private static RunningPlatform platform;
    private static OpenAiChatModel model;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.ephemeral();
        model = chat(MODEL, 40);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void streamsWhatItAnswers() throws Exception {
        var asked = ChatRequest.builder()
                .messages(UserMessage.from("What is a pagoda?"))
                .build();
        ChatResponse whole = model.chat(asked);
        var heard = new Heard(false);
        streaming().chat(asked, heard);
        ChatResponse streamed = heard.end.get(60, TimeUnit.SECONDS);

        assertEquals(whole.aiMessage().text(), streamed.aiMessage().text());
        assertEquals(whole.aiMessage().text(), heard.text.toString());
        assertEquals(
                whole.tokenUsage().outputTokenCount(), streamed.tokenUsage().outputTokenCount());
        assertEquals(FinishReason.LENGTH, whole.finishReason());
    }

    @Test
    void callsToolsAndTakesTheirResults() throws Exception {
        var tool = ToolSpecification.builder()
                .name("get_weather")
                .description("Tells the weather of a city.")
                .parameters(JsonObjectSchema.builder()
                        .addStringProperty("city")
                        .required("city")
                        .build())
                .build();
        var asked = ChatRequest.builder()
                .messages(QUESTION)
                .toolSpecifications(tool)
                .toolChoice(ToolChoice.REQUIRED)
                .build();
        AiMessage called = model.chat(asked).aiMessage();
        ToolExecutionRequest call = called.toolExecutionRequests().getFirst();
        assertEquals("get_weather", call.name());
        assertTrue(json(call.arguments()).path("city").isTextual(), call.arguments());
        var heard = new Heard(false);
        streaming().chat(asked, heard);
        String streamed = heard.end
                .get(60, TimeUnit.SECONDS)
                .aiMessage()
                .toolExecutionRequests()
                .getFirst()
                .arguments();
        assertTrue(json(streamed).path("city").isTextual(), streamed);

        ChatResponse answer = model.chat(ChatRequest.builder()
                .messages(QUESTION, called, ToolExecutionResultMessage.from(call, "It snows in Oslo."))
                .build());
        assertFalse(answer.aiMessage().text().isBlank());
    }

    @Test
    void keepsASchema() {
        var schema = JsonSchema.builder()
                .name("tower")
                .rootElement(JsonObjectSchema.builder()
                        .addStringProperty("name")
                        .addIntegerProperty("floors")
                        .required("name", "floors")
                        .build())
                .build();
        ChatResponse answer = chat(MODEL, 400)
                .chat(ChatRequest.builder()
                        .messages(UserMessage.from("Describe a pagoda."))
                        .responseFormat(ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(schema)
                                .build())
                        .build());

        assertTrue(json(answer.aiMessage().text()).path("floors").isInt(), answer.toString());
    }

    @Test
    void embeds() {
        var embeddings = OpenAiEmbeddingModel.builder()
                .baseUrl(platform.url("/v1"))
                .apiKey(platform.key())
                .modelName("all-minilm-l6-v2")
                .build();

        assertEquals(List.of(384), List.of(embeddings.embed("a cat").content().dimension()));
    }

    @Test
    void raisesItsOwnErrors() {
        assertThrows(ModelNotFoundException.class, () -> chat("none", 1).chat("hi"));
    }

    @Test
    void canBeCancelledInMidStream() throws Exception {
        var heard = new Heard(true);
        OpenAiStreamingChatModel.builder()
                .baseUrl(platform.url("/v1"))
                .apiKey(platform.key())
                .modelName(MODEL)
                .maxCompletionTokens(20_000)
                .build()
                .chat(ChatRequest.builder().messages(QUESTION).build(), heard);

        heard.cancelled.get(60, TimeUnit.SECONDS);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!aborted()) {
            assertTrue(System.nanoTime() < deadline, "the platform has not heard of it");
            Thread.onSpinWait();
        }
    }

    private static boolean aborted() throws Exception {
        return platform.get("/metrics").text().lines().anyMatch("pagoda_gateway_disconnects_total 1.0"::equals);
    }

    private static OpenAiChatModel chat(String name, int mostTokens) {
        return OpenAiChatModel.builder()
                .baseUrl(platform.url("/v1"))
                .apiKey(platform.key())
                .modelName(name)
                .temperature(0.0)
                .maxCompletionTokens(mostTokens)
                .maxRetries(0)
                .build();
    }

    private static OpenAiStreamingChatModel streaming() {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(platform.url("/v1"))
                .apiKey(platform.key())
                .modelName(MODEL)
                .temperature(0.0)
                .maxCompletionTokens(40)
                .build();
    }

    private static JsonNode json(String text) {
        try {
            return RunningPlatform.JSON.readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException(text, e);
        }
    }

    private static final class Heard implements StreamingChatResponseHandler {
        final CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        final CompletableFuture<Void> cancelled = new CompletableFuture<>();
        final StringBuilder text = new StringBuilder();
        private final boolean leaves;

        /// @param leaves whether to cancel at the first words
        Heard(boolean leaves) {
            this.leaves = leaves;
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            text.append(partial.text());
            if (leaves) {
                context.streamingHandle().cancel();
                cancelled.complete(null);
            }
        }

        @Override
        public void onCompleteResponse(ChatResponse whole) {
            end.complete(whole);
        }

        @Override
        public void onError(Throwable error) {
            end.completeExceptionally(error);
        }
    }
}
