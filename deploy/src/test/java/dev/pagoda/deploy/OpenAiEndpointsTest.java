package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionListParams;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionUpdateParams;
import com.openai.models.conversations.Conversation;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseRetrieveParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// OpenAI's own Java client against what is kept, sent in parts and worked on in the background; it checks each answer
/// against the description that it is generated from.
@Tag("slow")
class OpenAiEndpointsTest {
    private static final String MODEL = "qwen2.5-7b-instruct";

    private static RunningPlatform platform;
    private static OpenAIClient client;

    /// What an answer is to be like.
    static final class Tower {
        public String name = "";
        public int floors;
    }

    @BeforeAll
    static void start() {
        platform = RunningPlatform.ephemeral();
        client = OpenAIOkHttpClient.builder()
                .baseUrl(platform.url("/v1"))
                .apiKey(platform.key())
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        platform.close();
    }

    @Test
    void callsToolsAndTakesTheirResults() {
        var weather = ChatCompletionFunctionTool.builder()
                .function(FunctionDefinition.builder()
                        .name("get_weather")
                        .parameters(FunctionParameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                                .build())
                        .build())
                .build();
        ChatCompletionCreateParams.Builder asked =
                chat("What is the weather in Oslo?").addTool(weather);
        ChatCompletion calling = client.chat()
                .completions()
                .create(asked.toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                        .build());

        ChatCompletion.Choice choice = calling.choices().getFirst();
        assertEquals(ChatCompletion.Choice.FinishReason.TOOL_CALLS, choice.finishReason());
        ChatCompletionMessageToolCall call =
                choice.message().toolCalls().orElseThrow().getFirst();
        assertEquals("get_weather", call.asFunction().function().name());
        assertTrue(call.asFunction().function().arguments().contains("city"));
    }

    @Test
    void anAnswerIsAnObjectOfAClass() {
        var answer = client.chat()
                .completions()
                .create(chat("Describe a pagoda.").responseFormat(Tower.class).build());

        Tower tower = answer.choices().getFirst().message().content().orElseThrow();
        assertFalse(tower.name.isEmpty());
    }

    @Test
    void keepsCompletionsUntilTheyAreDeleted() {
        ChatCompletion made = client.chat()
                .completions()
                .create(chat("What is a pagoda?")
                        .store(true)
                        .metadata(ChatCompletionCreateParams.Metadata.builder()
                                .putAdditionalProperty("run", JsonValue.from("java"))
                                .build())
                        .build());

        var list = client.chat()
                .completions()
                .list(ChatCompletionListParams.builder()
                        .metadata(ChatCompletionListParams.Metadata.builder()
                                .putAdditionalProperty("run", "java")
                                .build())
                        .build());
        assertEquals(
                List.of(made.id()),
                list.autoPager().stream().map(ChatCompletion::id).toList());
        assertEquals(
                made.choices(), client.chat().completions().retrieve(made.id()).choices());
        client.chat()
                .completions()
                .update(ChatCompletionUpdateParams.builder()
                        .completionId(made.id())
                        .metadata(ChatCompletionUpdateParams.Metadata.builder()
                                .putAdditionalProperty("run", JsonValue.from("changed"))
                                .build())
                        .build());
        assertTrue(client.chat().completions().delete(made.id()).deleted());
        assertThrows(NotFoundException.class, () -> client.chat().completions().retrieve(made.id()));
    }

    @Test
    void aResponseInTheBackgroundIsStreamedAgainFromAnyEvent() {
        ResponseCreateParams asked = ResponseCreateParams.builder()
                .model(MODEL)
                .input("What is a pagoda?")
                .maxOutputTokens(20)
                .background(true)
                .build();
        List<ResponseStreamEvent> told;
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(asked)) {
            told = stream.stream().toList();
        }
        Response response = told.getLast().incomplete().orElseThrow().response();

        assertEquals(response.id(), client.responses().retrieve(response.id()).id());
        try (StreamResponse<ResponseStreamEvent> stream = client.responses()
                .retrieveStreaming(ResponseRetrieveParams.builder()
                        .responseId(response.id())
                        .startingAfter(3)
                        .build())) {
            assertEquals(told.subList(4, told.size()), stream.stream().toList());
        }
        Response next = client.responses()
                .create(ResponseCreateParams.builder()
                        .model(MODEL)
                        .input("And then?")
                        .previousResponseId(response.id())
                        .build());
        assertEquals(ResponseStatus.COMPLETED, next.status().orElseThrow());
    }

    @Test
    void goesOnWithAConversation() {
        Conversation conversation = client.conversations().create();
        client.responses()
                .create(ResponseCreateParams.builder()
                        .model(MODEL)
                        .input("My name is Ada.")
                        .conversation(conversation.id())
                        .build());

        assertEquals(
                2,
                client.conversations().items().list(conversation.id()).autoPager().stream()
                        .count());
        assertTrue(client.conversations().delete(conversation.id()).deleted());
    }

    @Test
    void makesOneFileOfPartsAndWorksOnItAsABatch(@TempDir Path folder) throws IOException {
        String line =
                "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\""
                        + MODEL
                        + "\",\"max_completion_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}}\n";
        byte[] first = line.formatted("a").getBytes(StandardCharsets.UTF_8);
        byte[] second = line.formatted("b").getBytes(StandardCharsets.UTF_8);
        Upload upload = client.uploads()
                .create(UploadCreateParams.builder()
                        .bytes(first.length + second.length)
                        .filename("in.jsonl")
                        .mimeType("application/jsonl")
                        .purpose(FilePurpose.BATCH)
                        .build());
        String last = part(upload, second);
        Upload done = client.uploads()
                .complete(UploadCompleteParams.builder()
                        .uploadId(upload.id())
                        .partIds(List.of(part(upload, first), last))
                        .build());
        assertEquals(Upload.Status.COMPLETED, done.status());

        Batch begun = batch(done.file().orElseThrow().id());
        Batch ended = until(
                () -> client.batches().retrieve(begun.id()),
                batch -> batch.status().equals(Batch.Status.COMPLETED));
        assertEquals(2, ended.requestCounts().orElseThrow().completed());
        try (HttpResponse output = client.files().content(ended.outputFileId().orElseThrow());
                InputStream body = output.body()) {
            String lines = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(lines.contains("\"custom_id\":\"b\""), lines);
        }

        Path nonsense = Files.writeString(folder.resolve("in.jsonl"), "no json\n");
        FileObject file = client.files()
                .create(FileCreateParams.builder()
                        .file(nonsense)
                        .purpose(FilePurpose.BATCH)
                        .build());
        Batch failing = batch(file.id());
        Batch failed = until(
                () -> client.batches().retrieve(failing.id()),
                batch -> batch.status().equals(Batch.Status.FAILED));
        assertEquals(
                1,
                failed.errors()
                        .orElseThrow()
                        .data()
                        .orElseThrow()
                        .getFirst()
                        .line()
                        .orElseThrow());
    }

    private static String part(Upload upload, byte[] content) {
        return client.uploads()
                .parts()
                .create(PartCreateParams.builder()
                        .uploadId(upload.id())
                        .data(MultipartField.<InputStream>builder()
                                .value(new ByteArrayInputStream(content))
                                .filename("part")
                                .build())
                        .build())
                .id();
    }

    private static Batch batch(String file) {
        return client.batches()
                .create(BatchCreateParams.builder()
                        .inputFileId(file)
                        .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                        .completionWindow(BatchCreateParams.CompletionWindow._24H)
                        .build());
    }

    private static <T> T until(Supplier<T> read, Predicate<T> isDone) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        T now = read.get();
        while (!isDone.test(now)) {
            assertTrue(System.nanoTime() < deadline, String.valueOf(now));
            now = read.get();
        }
        return now;
    }

    private static ChatCompletionCreateParams.Builder chat(String question) {
        return ChatCompletionCreateParams.builder().model(MODEL).temperature(0).addUserMessage(question);
    }
}
