package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.Grounding.Passage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Ranks the sentences of passages by how well they answer a question: meaning by embeddings, words by overlap
/// weighted with their rarity in the passages.
final class EvidenceRanking {
    /// More sentences than this are not embedded; those with the most words in common go first.
    private static final int MAX_EMBEDDED = 40;

    private static final double MEANING = .45;
    private static final double WORDS = .40;
    private static final double PASSAGE_WORDS = .15;

    /// @param passage index of the passage that holds it
    /// @param order   position among all sentences
    /// @param words   share of the question's terms it holds, by rarity, 0 to 1
    /// @param meaning dot product of its vector and the question's
    /// @param score   the blend that ranks
    record Evidence(int passage, int order, String sentence, double words, double meaning, double score) {}

    private record Candidate(int passage, int order, String sentence, double words, double passageWords) {
        double lexical() {
            return words + passageWords / 2;
        }
    }

    private EvidenceRanking() {}

    /// The sentences, best first; ties in the order of the passages.
    static List<Evidence> rank(Grounding grounding, Language language, SentenceEmbedder embedder) {
        List<Candidate> candidates = candidates(grounding);
        List<String> texts = new ArrayList<>(candidates.size() + 1);
        texts.add(grounding.question());
        candidates.forEach(candidate -> texts.add(candidate.sentence()));
        List<float[]> vectors = embedder.embed(language, texts);
        float[] question = vectors.getFirst();
        var ranked = new ArrayList<Evidence>(candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            Candidate c = candidates.get(i);
            double meaning = dot(question, vectors.get(i + 1));
            double score = MEANING * meaning + WORDS * c.words() + PASSAGE_WORDS * c.passageWords();
            ranked.add(new Evidence(c.passage(), c.order(), c.sentence(), c.words(), meaning, score));
        }
        ranked.sort(Comparator.comparingDouble(Evidence::score).reversed().thenComparingInt(Evidence::order));
        return ranked;
    }

    private static List<Candidate> candidates(Grounding grounding) {
        Set<String> asked = Terms.of(grounding.question());
        var sentences = new ArrayList<String>();
        var owners = new ArrayList<Integer>();
        var terms = new ArrayList<Set<String>>();
        var passageTerms = new ArrayList<Set<String>>();
        List<Passage> passages = grounding.passages();
        for (int i = 0; i < passages.size(); i++) {
            passageTerms.add(Terms.of(passages.get(i).text()));
            List<String> pieces = Sentences.split(passages.get(i).text());
            boolean anyWhole = pieces.stream().anyMatch(Sentences::isWhole);
            for (String sentence : pieces) {
                if (anyWhole && !Sentences.isWhole(sentence)) {
                    continue; // a heading says what a passage is about, not what it says
                }
                sentences.add(sentence);
                owners.add(i);
                terms.add(Terms.of(sentence));
            }
        }
        Map<String, Double> rarity = rarity(asked, terms);
        double total = rarity.values().stream().mapToDouble(Double::doubleValue).sum();
        var candidates = new ArrayList<Candidate>();
        for (int i = 0; i < sentences.size(); i++) {
            double words = overlap(rarity, terms.get(i), total);
            double passageWords = overlap(rarity, passageTerms.get(owners.get(i)), total);
            candidates.add(new Candidate(owners.get(i), i, sentences.get(i), words, passageWords));
        }
        if (candidates.size() <= MAX_EMBEDDED) {
            return candidates;
        }
        candidates.sort(
                Comparator.comparingDouble(Candidate::lexical).reversed().thenComparingInt(Candidate::order));
        return candidates.subList(0, MAX_EMBEDDED);
    }

    private static Map<String, Double> rarity(Set<String> asked, List<Set<String>> sentences) {
        var rarity = new HashMap<String, Double>();
        for (String term : asked) {
            long holders =
                    sentences.stream().filter(terms -> terms.contains(term)).count();
            rarity.put(term, Math.log1p((sentences.size() - holders + .5) / (holders + .5)));
        }
        return rarity;
    }

    private static double overlap(Map<String, Double> rarity, Set<String> terms, double total) {
        if (total == 0) {
            return 0;
        }
        double sum = 0;
        for (var entry : rarity.entrySet()) {
            if (terms.contains(entry.getKey())) {
                sum += entry.getValue();
            }
        }
        return sum / total;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
