package dev.pagoda.workflow;

import dev.pagoda.gateway.api.ChatAnswer;
import dev.pagoda.gateway.api.EmbeddedTexts;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.governance.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/// A gateway that embeds a text as the set of its words (Chinese: characters) and answers with the first
/// passage.
final class FakeGateway {
    private static final Map<String, Integer> DIMENSIONS = Map.of("all-minilm-l6-v2", 384, "bge-small-zh-v1.5", 512);
    private static final Pattern FIRST = Pattern.compile("\\[1] [^\\n]*\\n([^\\n]*)");

    private final AtomicLong texts = new AtomicLong();
    private final List<String> prompts = new CopyOnWriteArrayList<>();
    private volatile Future<Void> permission = Future.succeededFuture();
    private volatile boolean knowsNothing;

    void serve(Bus bus) {
        bus.serve(Gateway.EMBED, (asked, call) -> {
            texts.addAndGet(asked.texts().size());
            int dimensions = DIMENSIONS.getOrDefault(asked.model(), 1);
            var vectors =
                    asked.texts().stream().map(text -> vector(text, dimensions)).toList();
            int read = asked.texts().size();
            return Future.succeededFuture(new EmbeddedTexts(asked.model(), vectors, read, 10L * read));
        });
        bus.serve(Gateway.CHAT, (asked, call) -> {
            var prompt = asked.turns().getLast().content();
            prompts.add(prompt);
            var first = FIRST.matcher(prompt);
            var answer = knowsNothing || !first.find() ? "I do not know." : first.group(1) + " [1]";
            return permission.map(_ -> new ChatAnswer(asked.model(), "1", answer, true, 60, 40, 5_000, 1, 2));
        });
    }

    /// Texts embedded so far.
    long texts() {
        return texts.get();
    }

    /// What the chat model was asked.
    List<String> prompts() {
        return prompts;
    }

    /// Answers no chat from now on until the promise completes.
    Promise<Void> hold() {
        Promise<Void> promise = Promise.promise();
        permission = promise.future();
        return promise;
    }

    /// Answers without a mark from now on.
    void knowNothing() {
        knowsNothing = true;
    }

    private static float[] vector(String text, int dimensions) {
        var vector = new float[dimensions];
        for (var word : words(text)) {
            vector[Math.floorMod(word.hashCode() * 31, dimensions)] += 1;
        }
        double length = 0;
        for (float value : vector) {
            length += value * value;
        }
        for (int i = 0; i < vector.length && length > 0; i++) {
            vector[i] = (float) (vector[i] / Math.sqrt(length));
        }
        return vector;
    }

    static Set<String> words(String text) {
        var words = new HashSet<String>();
        for (var word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", 0)) {
            if (!word.isEmpty() && word.codePoints().anyMatch(Character::isIdeographic)) {
                word.codePoints().mapToObj(Character::toString).forEach(words::add);
            } else if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }
}
