package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// The served models that the demo asks.
///
/// @param chat    answers
/// @param english embeds English questions
/// @param chinese embeds Chinese questions
record Models(String chat, String english, String chinese) {
    private static final String CHAT = "qwen2.5-7b-instruct";
    private static final String ENGLISH = "all-minilm-l6-v2";
    private static final String CHINESE = "bge-small-zh-v1.5";

    String embedding(String language) {
        return language.equals("zh") ? chinese : english;
    }

    /// Takes the names as the platform spells them.
    ///
    /// @throws StepFailed when one is not served
    static Models served(Client client) throws InterruptedException {
        List<String> ids = new ArrayList<>();
        for (JsonNode model : client.get("/v1/models").path("data")) {
            ids.add(model.path("id").asText());
        }
        return new Models(find(CHAT, ids), find(ENGLISH, ids), find(CHINESE, ids));
    }

    private static String find(String name, List<String> ids) {
        return ids.stream()
                .filter(id -> id.equalsIgnoreCase(name)
                        || id.toLowerCase(java.util.Locale.ROOT).endsWith("/" + name))
                .findFirst()
                .orElseThrow(() -> new StepFailed("the model " + name + " is not served, only " + ids + " are"));
    }
}
