package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `POST /v1/moderations`: texts judged by lists of words, a score for each of OpenAI's categories.
///
/// A list knows no meaning: quotations and denials count as statements. Pictures are not looked at and never flagged.
final class Moderation {
    private static final int MAX_INPUTS = 32;
    private static final int MAX_CHARS = 100_000;
    private static final String MODEL = "omni-moderation-latest";
    private static final double FLAGGED = .5;

    /// A category is as likely as words of its list are many; in OpenAI's order.
    private static final Map<String, Pattern> CATEGORIES = new LinkedHashMap<>();

    static {
        put("harassment", "idiot|moron|loser|pathetic|worthless|shut up|stupid (?:person|fool)|i hate you");
        put("harassment/threatening", "i(?:'ll| will| am going to) (?:hurt|kill|beat|find) (?:you|him|her|them)");
        put(
                "hate",
                "hate (?:all )?(?:jews|muslims|christians|immigrants|gays|women|men|blacks|whites)|subhuman|vermin");
        put("hate/threatening", "(?:kill|exterminate|eliminate) (?:all )?(?:jews|muslims|christians|immigrants|gays)");
        put(
                "illicit",
                "(?:make|build|cook|buy) (?:a |an )?(?:bomb|meth|explosives?|cocaine|heroin|ghost gun)|shoplift");
        put("illicit/violent", "(?:make|build) (?:a |an )?(?:bomb|explosives?|pipe bomb|ghost gun)|hire a hitman");
        put("self-harm", "kill myself|suicide|cut(?:ting)? myself|self-harm|end my life");
        put("self-harm/intent", "i (?:want|plan|am going|intend) to (?:kill myself|die|end my life|hurt myself)");
        put("self-harm/instructions", "how (?:to|do i) (?:kill myself|commit suicide|cut myself)");
        put("sexual", "porn(?:ography)?|explicit sex|erotic|nude (?:pictures?|photos?)|orgasm");
        put("sexual/minors", "(?:child|minor|underage)\\w* (?:porn|sex|nude)\\w*");
        put(
                "violence",
                "(?:kill|murder|stab|shoot|strangle|behead|torture)(?:s|ed|ing)? (?:you|him|her|them|people|someone)");
        put("violence/graphic", "blood everywhere|guts|dismember(?:ed)?|behead(?:ed|ing)?|gore|severed");
    }

    private Moderation() {}

    private static void put(String category, String words) {
        CATEGORIES.put(category, Pattern.compile("\\b(?:" + words + ")\\b", Pattern.CASE_INSENSITIVE));
    }

    /// @param texts one for each result
    record Question(String model, List<String> texts) {
        static Question of(Parameters body) {
            return Moderation.question(body);
        }
    }

    private static Question question(Parameters body) {
        JsonNode input = body.raw("input");
        if (input.isMissingNode()) {
            throw BadParameter.missing("input");
        }
        String model = body.text("model").filter(name -> !name.isEmpty()).orElse(MODEL);
        if (input.isTextual()) {
            return new Question(model, List.of(bounded(input.textValue(), "input")));
        }
        if (!input.isArray()) {
            throw BadParameter.type("input", "one of a string, array of strings, or array of objects", input);
        }
        if (input.isEmpty()) {
            throw BadParameter.emptyArray("input");
        }
        if (input.size() > MAX_INPUTS) {
            throw BadParameter.longArray("input", MAX_INPUTS, input.size());
        }
        var texts = new ArrayList<String>(input.size());
        var parts = new StringBuilder();
        for (int i = 0; i < input.size(); i++) {
            String path = "input[" + i + "]";
            if (input.get(i).isTextual()) {
                texts.add(bounded(input.get(i).textValue(), path));
            } else {
                parts.append(part(Parameters.of(input.get(i), path))).append('\n');
            }
        }
        // parts are of one message, and get one result
        return new Question(model, texts.isEmpty() ? List.of(bounded(parts.toString(), "input")) : texts);
    }

    private static String part(Parameters part) {
        String type = part.choice("type", List.of("text", "image_url"))
                .orElseThrow(() -> BadParameter.missing(part.path("type")));
        if (type.equals("text")) {
            return part.text("text").orElseThrow(() -> BadParameter.missing(part.path("text")));
        }
        part.object("image_url")
                .orElseThrow(() -> BadParameter.missing(part.path("image_url")))
                .requiredText("url");
        return "";
    }

    private static String bounded(String text, String path) {
        if (text.length() > MAX_CHARS) {
            throw BadParameter.longString(path, MAX_CHARS, text.length());
        }
        return text;
    }

    static Buffer answer(Question question) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("id", "modr-" + UUID.randomUUID().toString().replace("-", ""));
            json.writeStringField("model", question.model());
            json.writeArrayFieldStart("results");
            for (String text : question.texts()) {
                Map<String, Double> scores = scores(text);
                json.writeStartObject();
                json.writeBooleanField("flagged", scores.values().stream().anyMatch(score -> score >= FLAGGED));
                json.writeObjectFieldStart("categories");
                for (var score : scores.entrySet()) {
                    json.writeBooleanField(score.getKey(), score.getValue() >= FLAGGED);
                }
                json.writeEndObject();
                json.writeObjectFieldStart("category_scores");
                for (var score : scores.entrySet()) {
                    json.writeNumberField(score.getKey(), score.getValue());
                }
                json.writeEndObject();
                json.writeObjectFieldStart("category_applied_input_types");
                for (String category : scores.keySet()) {
                    json.writeArrayFieldStart(category);
                    json.writeString("text");
                    json.writeEndArray();
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    static Map<String, Double> scores(String text) {
        var scores = new LinkedHashMap<String, Double>();
        CATEGORIES.forEach((category, words) -> {
            int found = 0;
            for (Matcher matcher = words.matcher(text); found < 8 && matcher.find(); ) {
                found++;
            }
            scores.put(category, found == 0 ? .0001 : 1 - .3 / found);
        });
        return scores;
    }
}
