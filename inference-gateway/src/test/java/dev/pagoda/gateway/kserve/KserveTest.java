package dev.pagoda.gateway.kserve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.protocol.Catalogues;
import dev.pagoda.gateway.protocol.ProtocolServer;
import dev.pagoda.gateway.protocol.ProtocolServer.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KserveTest {
    private static final ProtocolServer SERVER = new ProtocolServer((base, root) -> new KserveRoutes(
                    new KserveRoutes.Ground(base.floor, base.exchanges, Catalogues.fake(), () -> true),
                    base.service,
                    ProtocolServer.BOUNDS)
            .mount(root));

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Test
    void tellsItsHealthAndWhatItIs() {
        assertTrue(SERVER.get("/v2/health/live").json().path("live").asBoolean());
        assertTrue(SERVER.get("/v2/health/ready").json().path("ready").asBoolean());
        assertEquals("pagoda", SERVER.get("/v2").json().path("name").asText());
        assertTrue(SERVER.get("/v2/models/echo/ready").json().path("ready").asBoolean());
        assertEquals(503, SERVER.get("/v2/models/embed/ready").status());
    }

    @Test
    void describesAModelsTensors() {
        JsonNode model = SERVER.get("/v2/models/embed/versions/1").json();

        assertEquals("embed", model.path("name").asText());
        assertEquals("[\"1\"]", model.path("versions").toString());
        assertEquals("BYTES", model.at("/inputs/0/datatype").asText());
        assertEquals("[-1,384]", model.at("/outputs/0/shape").toString());
        assertEquals(404, SERVER.get("/v2/models/embed/versions/2").status());
        assertEquals(400, SERVER.get("/v2/models/echo").status());
    }

    @Test
    void infersARowForEachText() {
        Answer answer = SERVER.post("/v2/models/embed/infer", """
                {"id":"42","inputs":[{"name":"text","shape":[2,1],"datatype":"BYTES","data":[["ab"],["c"]]}],
                 "outputs":[{"name":"embedding"}]}""");

        assertEquals(200, answer.status(), answer.body());
        JsonNode body = answer.json();
        assertEquals("42", body.path("id").asText());
        assertEquals("1", body.path("model_version").asText());
        assertEquals("[2,3]", body.at("/outputs/0/shape").toString());
        assertEquals("[2.0,97.0,0.5,1.0,99.0,0.5]", body.at("/outputs/0/data").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{} | Missing required parameter: 'inputs'.",
                "{'inputs':[]} | expected 1 inputs but got 0 inputs: the model takes one tensor 'text'",
                "{'inputs':[{'name':'x','shape':[1],'datatype':'BYTES','data':['a']}]} | unexpected inference input 'x'; the model takes 'text'",
                "{'inputs':[{'name':'text','shape':[1],'datatype':'FP32','data':[1]}]} | inference input 'text' data-type is 'FP32', but the model expects 'BYTES'",
                "{'inputs':[{'name':'text','shape':[2],'datatype':'BYTES','data':['a']}]} | inference input 'text' has 1 elements, but its shape has 2",
                "{'inputs':[{'name':'text','shape':[0],'datatype':'BYTES','data':[]}]} | 'inputs[0].shape' has a side that is no positive 32-bit integer",
                "{'inputs':[{'name':'text','shape':[1],'datatype':'BYTES','data':['a']}],'outputs':[{'name':'y'}]} | unexpected inference output 'y'; the model gives 'embedding'",
            })
    void tellsWhatIsWrong(String body, String message) {
        Answer answer = SERVER.post("/v2/models/embed/infer", body.replace("'", "\""));

        assertEquals(400, answer.status());
        assertEquals(message.replace("\"", "'"), answer.json().path("error").asText());
    }

    @Test
    void refusesWhatItCannotInfer() {
        String body = "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"a\"]}]}";
        assertEquals(404, SERVER.post("/v2/models/none/infer", body).status());
        assertEquals(400, SERVER.post("/v2/models/echo/infer", body).status());
        assertEquals(404, SERVER.get("/v2/nothing").status());
        assertEquals(405, SERVER.get("/v2/models/embed/infer").status());
    }
}
