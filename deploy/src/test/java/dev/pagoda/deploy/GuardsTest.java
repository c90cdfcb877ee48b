package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.RunningPlatform.Reply;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Checks of messages and answers, on a whole platform.
class GuardsTest {
    private static Reply ask(RunningPlatform platform, String key, String question, String more)
            throws IOException, InterruptedException {
        return platform.send(
                "POST",
                "/v1/chat/completions",
                "{\"model\":\"qwen2.5-7b-instruct\",\"temperature\":0,\"messages\":[{\"role\":\"system\",\"content\":\"[1] Contact\\n"
                        + "Write to jane.doe@example.com about returns.\"},{\"role\":\"user\",\"content\":\"" + question
                        + "\"}]" + more + "}",
                key);
    }

    @Test
    void policiesBlockAndMaskWhatGoesInAndWhatComesOut() throws Exception {
        try (var platform = RunningPlatform.ephemeral()) {
            String key = platform.keyOfNewTenant("careful");
            String question = "To whom do I write about returns?";
            String plain = ask(platform, key, question, "")
                    .json()
                    .at("/choices/0/message/content")
                    .asText();
            assertTrue(plain.contains("jane.doe@example.com"), plain);

            Reply set = platform.put("/platform/guards/careful", """
                    {"input":[{"kind":"words","name":"secrets","words":["falcon"]}],
                     "output":[{"kind":"pii","types":["email"],"action":"mask"}]}""");
            assertEquals(200, set.status(), set.toString());

            Reply refused = ask(platform, key, "Tell me of project FALCON", "");
            assertEquals(400, refused.status(), refused.toString());
            assertEquals(
                    "content_policy_violation", refused.json().at("/error/code").asText());
            assertEquals(
                    "input secrets word block",
                    refused.response().headers().firstValue("x-pagoda-guard").orElse(""));

            Reply call = platform.send("POST", "/v1/chat/completions", """
                    {"model":"qwen2.5-7b-instruct","messages":[
                     {"role":"user","content":"which project?"},
                     {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                      "function":{"name":"find","arguments":"{\\"project\\":\\"falcon\\"}"}}]},
                     {"role":"tool","tool_call_id":"c1","content":"found"}]}""", key);
            assertEquals(400, call.status(), call.toString());
            assertEquals(
                    "content_policy_violation", call.json().at("/error/code").asText());

            Reply masked = ask(platform, key, question, "");
            assertEquals(
                    plain.replace("jane.doe@example.com", "[EMAIL]"),
                    masked.json().at("/choices/0/message/content").asText());
            Reply stream = ask(platform, key, question, ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
            assertTrue(!stream.text().contains("jane") && stream.text().contains("[EMAIL]"), stream.text());

            assertEquals(
                    200,
                    platform.put(
                                    "/platform/guards/careful",
                                    "{\"output\":[{\"kind\":\"pii\",\"types\":[\"email\"],\"action\":\"block\"}]}")
                            .status());
            Reply blocked = ask(platform, key, question, "");
            assertEquals(
                    "content_filter",
                    blocked.json().at("/choices/0/finish_reason").asText());
            assertTrue(!blocked.text().contains("jane"), blocked.text());

            String other = platform.keyOfNewTenant("other");
            assertEquals(
                    plain,
                    ask(platform, other, question, "")
                            .json()
                            .at("/choices/0/message/content")
                            .asText());
            assertEquals(
                    403,
                    platform.send("GET", "/platform/guards/careful", null, other)
                            .status());
            assertEquals(
                    400,
                    platform.put("/platform/guards/careful", "{\"input\":[{\"kind\":\"smell\"}]}")
                            .status());
        }
    }
}
