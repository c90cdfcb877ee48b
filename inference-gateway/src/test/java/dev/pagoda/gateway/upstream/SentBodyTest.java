package dev.pagoda.gateway.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentBodyTest {
    private static SentBody of(String body) throws SentBody.Unreadable {
        return SentBody.of(body.getBytes(StandardCharsets.UTF_8));
    }

    private static String rewritten(String body, String model) throws SentBody.Unreadable {
        return of(body).rewritten(model).toString();
    }

    @Test
    void onlyTheNameOfTheModelChanges() throws Exception {
        String body =
                "{ \"x\" : [1, {\"model\":\"inner\"}],\n\"model\" : \"mine\", \"messages\":[\"ü\"], \"future\":1e3 }";

        assertEquals(
                "{ \"x\" : [1, {\"model\":\"inner\"}],\n\"model\" : \"the\\\"irs\", \"messages\":[\"ü\"], \"future\":1e3 }",
                rewritten(body, "the\"irs"));
        assertEquals(body, rewritten(body, "mine"));
    }

    @Test
    void aBodyInWhichNothingChangesGoesOnAsItCame() throws Exception {
        Buffer came = Buffer.buffer("{\"model\":\"m\", \"stream\":false}");
        SentBody body = SentBody.of(came);
        assertSame(came, body.rewritten("m"));
        assertEquals(
                "{\"model\":\"theirs\", \"stream\":false}",
                body.rewritten("theirs").toString());
        body.cap("max_tokens", 7);
        assertEquals(
                "{\"model\":\"m\", \"stream\":false,\"max_tokens\":7}",
                body.rewritten("m").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'model':'m' } | {'model':'m' ,'max_tokens':7}",
                "{'model':'m','stream':true} | {'model':'m','stream':true,'stream_options':{'include_usage':true},'max_tokens':7}",
                "{'stream_options':{},'model':'m','stream':true} | {'stream_options':{'include_usage':true},'model':'m','stream':true,'max_tokens':7}"
            })
    void anAnswerGetsABound(String sent, String expected) throws Exception {
        SentBody body = of(sent.replace('\'', '"'));
        body.cap("max_tokens", 7);
        assertEquals(expected.replace('\'', '"'), body.rewritten("m").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'model':'m','n':3} | 3",
                "{'model':'m','n':2,'best_of':5,'prompt':'a'} | 5",
                "{'model':'m','n':2,'prompt':['a','b','c']} | 6",
                "{'model':'m','prompt':[[1,2],[3]]} | 2",
                "{'model':'m','prompt':[1,2,3]} | 1",
                "{'model':'m','prompt':[]} | 1"
            })
    void answersAreCountedByPrompt(String sent, long expected) throws Exception {
        assertEquals(expected, of(sent.replace('\'', '"')).choices());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'model':'m','stream':true} | {'model':'m','stream':true,'stream_options':{'include_usage':true}}",
                "{'stream_options':null,'stream':true,'model':'m'} | {'stream_options':{'include_usage':true},'stream':true,'model':'m'}",
                "{'stream':true,'stream_options':{ },'model':'m'} | {'stream':true,'stream_options':{'include_usage':true },'model':'m'}",
                "{'stream':true,'stream_options':{'x':1},'model':'m'} | {'stream':true,'stream_options':{'include_usage':true,'x':1},'model':'m'}",
                "{'stream':true,'stream_options':{'include_usage':false},'model':'m'} | {'stream':true,'stream_options':{'include_usage':true},'model':'m'}",
                "{'stream':true,'stream_options':{'include_usage':null,'x':{}},'model':'m'} | {'stream':true,'stream_options':{'include_usage':true,'x':{}},'model':'m'}",
                "{'stream':true,'stream_options':{'include_usage':true},'model':'m'} | {'stream':true,'stream_options':{'include_usage':true},'model':'m'}",
                "{'stream':false,'model':'m'} | {'stream':false,'model':'m'}"
            })
    void aStreamIsAskedForItsUsage(String sent, String expected) throws Exception {
        assertEquals(
                expected.replace('\'', '"').replace("\"m\"", "\"other\""), rewritten(sent.replace('\'', '"'), "other"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | expected an object",
                "{'model':'a','model':'b'} | stands in the body twice",
                "{'model':1} | expected a string",
                "{'messages':[]} | you must provide a model parameter",
                "{'model':'m'} {} | more follows its end",
                "{'model':'m' | not valid JSON",
                "{'model':'m','stream':'yes'} | expected a boolean",
                "{'model':'m','stream':true,'stream':false} | stands in the body twice",
                "{'model':'m','max_tokens':9223372036854775808} | out of range",
                "{'model':'m','max_tokens':0} | out of range",
                "{'model':'m','max_tokens':1.5} | expected an integer",
                "{'model':'m','temperature':NaN} | not valid JSON",
                "{'model':'m','n':129} | out of range"
            })
    void whatTheTwoEndsMightReadDifferentlyIsNotSentOn(String sent, String expected) {
        var unreadable = assertThrows(SentBody.Unreadable.class, () -> of(sent.replace('\'', '"')));
        String said = String.valueOf(unreadable.getMessage());

        assertEquals(expected, said.contains(expected) ? expected : said);
    }

    @Test
    void aDeepBodyIsRefused() {
        assertThrows(
                SentBody.Unreadable.class,
                () -> of("{\"model\":\"m\",\"messages\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}"));
    }

    @Test
    void theGreatestLimitOfTokensThatAServerMayGoByCounts() throws Exception {
        SentBody body =
                of("{\"model\":\"m\",\"max_tokens\":7,\"max_completion_tokens\":100,\"max_output_tokens\":1,\"n\":2}");

        assertEquals(
                100,
                body.maxTokens(List.of("max_completion_tokens", "max_tokens")).orElseThrow());
        assertEquals(7, body.maxTokens(List.of("max_tokens")).orElseThrow());
        assertEquals(1, body.maxTokens(List.of("max_output_tokens")).orElseThrow());
        assertTrue(of("{\"model\":\"m\",\"max_tokens\":null}")
                .maxTokens(List.of("max_tokens"))
                .isEmpty());
        assertEquals(2, body.choices());
        assertThrows(SentBody.Unreadable.class, () -> of("{\"model\":\"m\",\"max_tokens\":1,\"max_tokens\":9}"));
    }
}
