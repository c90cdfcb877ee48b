package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.protocol.Parameters;
import java.text.BreakIterator;
import java.util.List;
import java.util.Locale;

/// Thoughts in short, for clients that asked for a summary of them: their first sentences. Pure.
///
/// @param sentences at most so many, 0 for no summary
record ReasoningSummary(int sentences) {
    private static final List<String> FORMS = List.of("auto", "concise", "detailed");

    /// @param reasoning of a request, where the older name counts too
    static ReasoningSummary of(Parameters reasoning) {
        return new ReasoningSummary(reasoning
                .choice("summary", FORMS)
                .or(() -> reasoning.choice("generate_summary", FORMS))
                .map(form -> switch (form) {
                    case "concise" -> 1;
                    case "detailed" -> Integer.MAX_VALUE;
                    default -> 3;
                })
                .orElse(0));
    }

    /// The summary of some thoughts, empty for none.
    String of(String thoughts) {
        BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
        ends.setText(thoughts);
        int end = 0;
        for (int i = 0; i < sentences; i++) {
            int next = ends.next();
            if (next == BreakIterator.DONE) {
                break;
            }
            end = next;
        }
        return thoughts.substring(0, end).strip();
    }
}
