package dev.pagoda.gateway.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaWriterTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void fillsAFormFromWhatTheTextStates() {
        JsonNode written = write(
                """
                {"type": "object", "properties": {
                   "city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 14},
                   "unit": {"enum": ["celsius", "fahrenheit"]}, "email": {"type": "string", "format": "email"},
                   "start": {"type": "string", "format": "date"}},
                 "required": ["city", "days", "unit", "email", "start"], "additionalProperties": false}
                """,
                "What will the weather be in Lisbon for 5 days from 2026-03-04, in fahrenheit? Mail ada@example.org.");

        assertEquals(parse("""
                {"city": "Lisbon", "days": 5, "unit": "fahrenheit", "email": "ada@example.org", "start": "2026-03-04"}
                """), written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "true",
                "{\"foo\": \"bar\"}",
                "{\"type\": \"array\", \"items\": {\"type\": \"integer\", \"multipleOf\": 7}, \"minItems\": 3, \"maxItems\": 3, \"uniqueItems\": true}",
                "{\"type\": \"string\", \"pattern\": \"^[A-Z]{3}-\\\\d{4}$\"}",
                "{\"type\": \"string\", \"minLength\": 50, \"maxLength\": 60}",
                "{\"type\": \"number\", \"exclusiveMinimum\": 0, \"exclusiveMaximum\": 1}",
                "{\"type\": [\"string\", \"null\"]}",
                "{\"anyOf\": [{\"type\": \"null\"}, {\"type\": \"object\", \"properties\": {\"a\": {\"const\": 4}}, \"required\": [\"a\"]}]}",
                "{\"allOf\": [{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": [\"a\"]}, {\"properties\": {\"b\": {\"type\": \"boolean\"}}, \"required\": [\"b\"]}]}",
                "{\"oneOf\": [{\"type\": \"integer\"}, {\"type\": \"string\"}]}",
                "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\"}, \"minProperties\": 2}",
                "{\"$defs\": {\"node\": {\"type\": \"object\", \"properties\": {\"value\": {\"type\": \"string\"}, \"next\": {\"anyOf\": [{\"$ref\": \"#/$defs/node\"}, {\"type\": \"null\"}]}}, \"required\": [\"value\", \"next\"], \"additionalProperties\": false}}, \"$ref\": \"#/$defs/node\"}",
                "{\"type\": \"object\", \"properties\": {\"children\": {\"type\": \"array\", \"items\": {\"$ref\": \"#\"}}}, \"required\": [\"children\"], \"additionalProperties\": false}",
                "{\"type\": \"array\", \"prefixItems\": [{\"type\": \"integer\"}, {\"type\": \"string\"}], \"items\": false}",
            })
    void keepsTheSchemaWhateverTheSeed(String schema) {
        for (int seed = 0; seed < 20; seed++) {
            JsonNode written = SchemaWriter.write(parse(schema), Facts.of("Ada met Bob in Rome 3 times."), seed, 0);

            assertEquals(Optional.empty(), SchemaCheck.of(parse(schema)).fault(written), written::toString);
            assertEquals(written, SchemaWriter.write(parse(schema), Facts.of("Ada met Bob in Rome 3 times."), seed, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5",
                "{\"type\": \"strin\"}",
                "{\"$ref\": \"#/$defs/none\"}",
                "{\"$ref\": \"https://example.com/schema.json\"}",
                "{\"allOf\": [{\"type\": \"string\"}, {\"type\": \"integer\"}, {\"type\": \"string\", \"const\": 4}]}",
                "{\"type\": \"object\", \"properties\": {\"self\": {\"$ref\": \"#\"}}, \"required\": [\"self\"]}",
                "{\"type\": \"string\", \"pattern\": \"(a{900}){900}\"}",
                "{\"type\": \"string\", \"pattern\": \"[\"}",
                "{\"type\": \"integer\", \"minimum\": 5, \"maximum\": 4}",
                "{\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"minItems\": 1000000000}",
            })
    void aSchemaThatNothingKeepsIsAFault(String schema) {
        assertThrows(SchemaFault.class, () -> write(schema, "Anything."));
    }

    @Test
    void aPatternThatBacktracksWithoutEndIsGivenUp() {
        SchemaCheck check = SchemaCheck.of(parse("{\"type\": \"string\", \"pattern\": \"^(a+)+$\"}"));

        assertTrue(check.fault(parse("\"" + "a".repeat(60) + "!\"")).isPresent());
    }

    @Test
    void randomObjectsOfScalarsAreKept() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            var schema = MAPPER.createObjectNode().put("type", "object");
            var properties = schema.putObject("properties");
            for (int i = 0; i < 5; i++) {
                String type = List.of("string", "integer", "number", "boolean", "array", "object")
                        .get(random.nextInt(6));
                properties.putObject("field" + i).put("type", type);
                schema.withArray("required").add("field" + i);
            }
            JsonNode written = SchemaWriter.write(schema, Facts.of("x"), random.nextLong(), 0);

            assertEquals(Optional.empty(), SchemaCheck.of(schema).fault(written), "seed " + seed);
        }
    }

    @Test
    void readsNamesWithoutTheWordsThatBeginSentences() {
        Facts facts = Facts.of("What's the weather in New York, San Francisco and Oslo? Please tell Ada.");

        assertEquals(List.of("New York", "San Francisco", "Oslo", "Ada"), facts.names());
    }

    private static JsonNode write(String schema, String text) {
        return SchemaWriter.write(parse(schema), Facts.of(text), 1, 0);
    }

    private static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException(broken);
        }
    }
}
