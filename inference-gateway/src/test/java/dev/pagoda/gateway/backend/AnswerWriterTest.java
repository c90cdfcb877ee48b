package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.backend.Tools.Choice;
import dev.pagoda.gateway.backend.Tools.Tool;
import dev.pagoda.governance.bus.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AnswerWriterTest {
    private static final Tool WEATHER = new Tool.Function("get_weather", "Current weather of a city", parse("""
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}"""), true);
    private static final Tool SEND = new Tool.Function("send_mail", "Sends a letter", parse("""
            {"type": "object", "properties": {"to": {"type": "string", "format": "email"}}, "required": ["to"]}"""), true);

    private final ChatPlanner planner = new ChatPlanner(new GroundedResponder((language, texts) -> {
        throw new AssertionError("nothing is embedded without a context");
    }));

    @Test
    void callsTheToolThatFitsWithWhatTheQuestionNames() {
        List<ChatDelta> deltas =
                answer(ask("What is the weather in Paris?", new Choice.Auto()), FinishReason.TOOL_CALLS);

        assertEquals(List.of("get_weather {\"city\":\"Paris\"}"), calls(deltas));
    }

    @Test
    void callsOncePerListedNameUnlessCallsMustNotBeParallel() {
        ChatRequest request = ask("Tell me the weather in Paris, New York and Oslo", new Choice.Auto());

        assertEquals(
                List.of(
                        "get_weather {\"city\":\"Paris\"}",
                        "get_weather {\"city\":\"New York\"}",
                        "get_weather {\"city\":\"Oslo\"}"),
                calls(answer(request, FinishReason.TOOL_CALLS)));
        Tools one = new Tools(List.of(WEATHER, SEND), new Choice.Auto(), false);
        assertEquals(
                1,
                calls(answer(request.withTools(one), FinishReason.TOOL_CALLS)).size());
    }

    @Test
    void answersWithTextWhenNoToolFitsOrNoneMayBeCalled() {
        assertEquals(List.of(), calls(answer(ask("Good morning!", new Choice.Auto()), FinishReason.STOP)));
        assertEquals(
                List.of(), calls(answer(ask("What is the weather in Paris?", new Choice.None()), FinishReason.STOP)));
    }

    @Test
    void heedsEveryOtherChoice() {
        String question = "Good morning, mail bob@example.com!";
        assertEquals(
                1,
                calls(answer(ask(question, new Choice.Required()), FinishReason.TOOL_CALLS))
                        .size());
        assertEquals(
                "get_weather",
                calls(answer(ask(question, new Choice.Named("get_weather")), FinishReason.TOOL_CALLS))
                        .getFirst()
                        .split(" ", -1)[0]);
        assertEquals(
                List.of("send_mail {\"to\":\"bob@example.com\"}"),
                calls(answer(
                        ask("What is the weather? bob@example.com", new Choice.Allowed(Set.of("send_mail"), true)),
                        FinishReason.TOOL_CALLS)));
    }

    @Test
    void tellsWhatToolsAnswered() {
        ChatRequest asked = ask("What is the weather in Paris?", new Choice.Auto());
        var messages = new ArrayList<>(asked.messages());
        messages.add(new ChatMessage(
                Role.ASSISTANT, List.of(), List.of(new ToolCall("c1", "get_weather", "{\"city\":\"Paris\"}")), ""));
        messages.add(ChatMessage.ofTool("c1", "22 degrees"));

        String text = text(answer(asked.withMessages(messages), FinishReason.STOP));

        assertTrue(text.contains("get_weather: 22 degrees"), text);
    }

    @Test
    void writesJsonThatKeepsTheSchema() throws JsonProcessingException {
        JsonNode schema = parse("""
                {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                 "required": ["name", "age"], "additionalProperties": false}""");
        ChatRequest request = ask("Ada is 36 years old.", new Choice.None())
                .withFormat(new OutputFormat.JsonSchema("person", schema, true));

        assertEquals(parse("{\"name\":\"Ada\",\"age\":36}"), parse(text(answer(request, FinishReason.STOP))));
        assertTrue(parse(text(answer(
                        ask("Anything as json", new Choice.None()).withFormat(new OutputFormat.JsonObject()),
                        FinishReason.STOP)))
                .isObject());
    }

    @Test
    void aSchemaThatIsNoneIsRefused() {
        ChatRequest request = ask("x", new Choice.None())
                .withFormat(new OutputFormat.JsonSchema("n", parse("{\"type\":\"strin\"}"), true));

        assertEquals(
                "invalid_json_schema",
                assertThrows(Refused.class, () -> planner.plan(request, 4096))
                        .refusal()
                        .code());
    }

    @Test
    void thinksWithinItsBudgetBeforeItAnswers() {
        ChatRequest request = ask("How do pumps work?", new Choice.None()).withThinking(Thinking.upTo(100));
        List<ChatDelta> deltas = answer(request, FinishReason.STOP);
        int thought = deltas.stream()
                .filter(ChatDelta.Reasoning.class::isInstance)
                .mapToInt(ChatDelta::tokens)
                .sum();

        assertTrue(deltas.getFirst() instanceof ChatDelta.Reasoning);
        assertTrue(deltas.getLast() instanceof ChatDelta.Text);
        assertTrue(thought > 10 && thought <= 100, "thought " + thought);
        assertEquals(thought + Tokens.count(text(deltas)), planned(request).tokens());
    }

    @Test
    void everyTokenOfTextHasItsLogprobs() {
        ChatRequest request = ask("How do pumps work?", new Choice.None())
                .withSampling(Sampling.defaults().withTopLogprobs(3));
        var logprobs = answer(request, FinishReason.STOP).stream()
                .flatMap(delta -> ((ChatDelta.Text) delta).logprobs().stream())
                .toList();

        assertEquals(planned(request).tokens(), logprobs.size());
        for (TokenLogprob logprob : logprobs) {
            assertEquals(3, logprob.top().size());
            assertEquals(logprob.chosen(), logprob.top().getFirst());
            double sum = logprob.top().stream()
                    .mapToDouble(one -> Math.exp(one.logprob()))
                    .sum();
            assertTrue(sum <= 1, "probabilities add up to " + sum);
        }
    }

    @Test
    void aTokenLimitCutsACall() {
        ChatRequest request =
                ask("What is the weather in Paris?", new Choice.Auto()).withLimits(LengthLimits.of(3));
        List<ChatDelta> deltas = answer(request, FinishReason.LENGTH);

        assertEquals(3, deltas.stream().mapToInt(ChatDelta::tokens).sum());
        assertFalse(calls(deltas).isEmpty());
    }

    @Test
    void noTokensAreNoText() {
        ChatRequest request = ask("What is a pump?", new Choice.None()).withLimits(LengthLimits.of(0));

        assertEquals(List.of(), answer(request, FinishReason.LENGTH));
    }

    private static ChatRequest ask(String question, Choice choice) {
        return ChatRequest.of("r", "tiny", List.of(new ChatMessage(Role.USER, question)))
                .withSampling(Sampling.defaults().withSeed(1))
                .withTools(new Tools(List.of(WEATHER, SEND), choice, true));
    }

    private Script planned(ChatRequest request) {
        return planner.plan(request, 4096).scripts().getFirst();
    }

    private List<ChatDelta> answer(ChatRequest request, FinishReason finish) {
        Script script = planned(request);
        assertEquals(finish, script.finish());
        Script.Reader reader = script.reader();
        var writer = new DeltaWriter(reader, request.sampling().topLogprobs());
        var deltas = new ArrayList<ChatDelta>();
        while (!reader.atEnd()) {
            if (writer.advance()) {
                deltas.addAll(writer.take());
            }
        }
        return deltas;
    }

    private static List<String> calls(List<ChatDelta> deltas) {
        var calls = new ArrayList<String>();
        for (ChatDelta delta : deltas) {
            if (delta instanceof ChatDelta.ToolCall call) {
                if (call.opens()) {
                    calls.add(call.name() + " ");
                }
                calls.set(call.index(), calls.get(call.index()) + call.arguments());
            }
        }
        return calls;
    }

    private static String text(List<ChatDelta> deltas) {
        var text = new StringBuilder();
        for (ChatDelta delta : deltas) {
            if (delta instanceof ChatDelta.Text words) {
                text.append(words.text());
            }
        }
        return text.toString();
    }

    private static JsonNode parse(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException(broken);
        }
    }
}
