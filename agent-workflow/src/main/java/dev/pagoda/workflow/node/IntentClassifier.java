package dev.pagoda.workflow.node;

import dev.pagoda.workflow.rag.Language;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Tells what a customer wants by the nearest of labelled utterances in the same language.
///
/// An utterance that is far from every example is a question: what customers ask of a knowledge base cannot
/// be listed, what else they want can. An explicit wording, such as asking to be put through to a person,
/// brings its examples nearer but decides nothing alone. Immutable.
final class IntentClassifier {

    /// A labelled utterance with its unit vector.
    record Example(Intent intent, float[] vector) {}

    /// What was understood; confidence is the nearness of the deciding example, at most about 1.
    record Verdict(Intent intent, double confidence) {}

    /// Nearness below which an utterance is no greeting, complaint or wish, by the scale of each language's
    /// model.
    private static final Map<Language, Double> NEAR = Map.of(Language.EN, 0.33, Language.ZH, 0.55);

    private static final double EXPLICIT_BONUS = 0.15;

    private static final Map<Intent, Pattern> EXPLICIT = Map.of(
            Intent.HUMAN,
            pattern("\\b(speak|talk|chat|connect|transfer|put)\\b.{0,40}"
                    + "\\b(human|person|agent|representative|operator|manager|supervisor|colleague|someone|staff)\\b"
                    + "|(转|接|找|要).{0,6}(人工|真人|客服|主管|经理)"),
            Intent.COMPLAINT,
            pattern("\\b(make|lodge|raise|submit)\\b.{0,20}\\bcomplaint\\b|\\bwant to complain\\b|(我要|我想|正式)投诉"),
            Intent.REFUND,
            pattern("\\b(want|need|demand|give|like)\\b.{0,30}\\b(refund|refunded|money back|payment back)\\b"
                    + "|\\b(please|can you) (process a )?refund\\b"
                    + "|(我要|我想|申请|办理|请|帮我|给我).{0,10}(退款|退钱|钱退)"));

    private final Map<Language, List<Example>> examples;

    IntentClassifier(Map<Language, List<Example>> examples) {
        this.examples = Map.copyOf(examples);
    }

    /// @param vector of the utterance, unit length, by the model of its language
    Verdict classify(String utterance, Language language, float[] vector) {
        var best = new Verdict(Intent.QUESTION, 0);
        for (var example : examples.getOrDefault(language, List.of())) {
            double near = dot(vector, example.vector) + bonus(example.intent, utterance);
            if (near > best.confidence) {
                best = new Verdict(example.intent, near);
            }
        }
        return best.confidence < NEAR.getOrDefault(language, 1.0)
                ? new Verdict(Intent.QUESTION, 1 - best.confidence)
                : best;
    }

    private static double bonus(Intent intent, String utterance) {
        var explicit = EXPLICIT.get(intent);
        return explicit != null && explicit.matcher(utterance).find() ? EXPLICIT_BONUS : 0;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }
}
