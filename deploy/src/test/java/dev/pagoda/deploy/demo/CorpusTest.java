package dev.pagoda.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.demo.Corpus.Paragraph;
import dev.pagoda.deploy.demo.Corpus.Question;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CorpusTest {
    @Test
    void holdsBothLanguagesWhole() {
        for (Corpus corpus : List.of(Corpus.english(), Corpus.chinese())) {
            assertEquals(240, corpus.paragraphs().size());
            assertEquals(1190, corpus.questions().size());
        }
    }

    @Test
    void everyQuestionIsAnsweredByItsParagraph() {
        for (Corpus corpus : List.of(Corpus.english(), Corpus.chinese())) {
            Map<String, String> texts = new HashMap<>();
            for (Paragraph paragraph : corpus.paragraphs()) {
                texts.put(paragraph.id(), paragraph.text());
            }
            for (Question question : corpus.questions()) {
                String text = texts.getOrDefault(question.paragraph(), "");
                assertTrue(question.isAnsweredBy(text), question::toString);
            }
        }
    }

    @Test
    void ignoresCaseAndWhiteSpaceInAnswers() {
        Question question = new Question("q", "?", List.of("136 次", "Jared Allen"), "p");
        assertTrue(question.isAnsweredBy("曾以136次擒杀"));
        assertTrue(question.isAnsweredBy("by jared\nallen in"));
        assertFalse(question.isAnsweredBy("by Jared, Allen"));
    }

    @Test
    void samplesEvenlyWithoutRepeating() {
        List<Question> sample = Corpus.english().sample(20);
        assertEquals(20, new HashSet<>(sample).size());
        assertEquals(Corpus.english().questions().get(29), sample.getFirst());
        assertEquals(Corpus.english().questions().get(1160), sample.getLast());
        assertEquals(1190, new HashSet<>(Corpus.chinese().sample(1190)).size());
    }
}
