package dev.pagoda.workflow.node;

import dev.pagoda.workflow.rag.Language;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The labelled utterances that ship with the platform: lines of `intent`, a tab and the utterance.
final class IntentExamples {

    /// An utterance and what whoever says it wants.
    record Labelled(Intent intent, Language language, String utterance) {}

    private IntentExamples() {}

    static List<Labelled> read(String resource) {
        var stream = IntentExamples.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new IllegalStateException("the resource " + resource + " is missing");
        }
        try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            var examples = new ArrayList<Labelled>();
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    int tab = line.indexOf('\t');
                    var utterance = line.substring(tab + 1);
                    examples.add(
                            new Labelled(Intent.of(line.substring(0, tab)), Language.detect(utterance), utterance));
                }
            }
            return examples;
        } catch (IOException unreadable) {
            throw new UncheckedIOException("the resource " + resource + " cannot be read", unreadable);
        }
    }
}
