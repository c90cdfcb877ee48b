package dev.pagoda.workflow.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttributeFilterTest {
    private static final String ATTRIBUTES = "{\"topic\":\"hours\",\"year\":2026,\"share\":0.5,\"public\":true}";

    private static boolean matches(String filter) {
        return AttributeFilter.of(Body.of(Buffer.buffer(filter))).matches(Body.parsed(ATTRIBUTES));
    }

    private static String comparison(String type, String key, String value) {
        return "{\"type\":\"" + type + "\",\"key\":\"" + key + "\",\"value\":" + value + "}";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    eq  | topic  | "hours"        | true
                    eq  | topic  | "Hours"        | false
                    eq  | year   | 2026.0         | true
                    eq  | year   | "2026"         | false
                    eq  | public | true           | true
                    eq  | none   | 1              | false
                    ne  | topic  | "hours"        | false
                    ne  | none   | "hours"        | true
                    gt  | year   | 2025           | true
                    gt  | year   | 2026           | false
                    gte | year   | 2026           | true
                    lt  | share  | 0.6            | true
                    lte | share  | 0.4            | false
                    gt  | topic  | "a"            | true
                    gt  | none   | 0              | false
                    lt  | topic  | 5              | false
                    in  | topic  | ["x","hours"]  | true
                    in  | year   | [1,2]          | false
                    nin | topic  | ["x"]          | true
                    nin | none   | ["x"]          | true
                    """)
    void comparesAsTheApiSays(String type, String key, String value, boolean expected) {
        assertEquals(expected, matches(comparison(type, key, value)));
    }

    @Test
    void combinesConditions() {
        String holds = comparison("eq", "year", "2026");
        String fails = comparison("eq", "year", "1");
        assertTrue(matches("{\"type\":\"and\",\"filters\":[" + holds + "," + holds + "]}"));
        assertEquals(false, matches("{\"type\":\"and\",\"filters\":[" + holds + "," + fails + "]}"));
        assertTrue(matches(
                "{\"type\":\"or\",\"filters\":[" + fails + ",{\"type\":\"and\",\"filters\":[" + holds + "]}]}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"type\":\"like\",\"key\":\"a\",\"value\":1}",
                "{\"type\":\"eq\",\"value\":1}",
                "{\"type\":\"eq\",\"key\":\"a\"}",
                "{\"type\":\"eq\",\"key\":\"a\",\"value\":[1]}",
                "{\"type\":\"in\",\"key\":\"a\",\"value\":1}",
                "{\"type\":\"and\",\"filters\":[1]}"
            })
    void refusesWhatIsNoFilter(String filter) {
        assertThrows(Refused.class, () -> matches(filter));
    }

    @Test
    void refusesFiltersWithoutBounds() {
        String deep = "{\"type\":\"and\",\"filters\":[".repeat(9) + comparison("eq", "a", "1") + "]}".repeat(9);
        assertThrows(Refused.class, () -> matches(deep));
        String one = comparison("eq", "a", "1");
        String fifty = "{\"type\":\"or\",\"filters\":[" + (one + ",").repeat(49) + one + "]}";
        String many = "{\"type\":\"or\",\"filters\":[" + fifty + "," + fifty + "]}";
        assertThrows(Refused.class, () -> matches(many));
    }
}
