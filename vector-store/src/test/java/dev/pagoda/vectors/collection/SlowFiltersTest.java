package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SlowFiltersTest {
    private final CollectionConfig plain = CollectionConfig.of(1, Distance.DOT);
    private final CollectionConfig indexed = plain.withPayloadSchema(Map.of("city", "keyword"));
    private final Filter byCity = Filter.all(Condition.equal("city", "Rome"), Condition.equal("n", 1));
    private final SlowFilters filters = new SlowFilters();

    @Test
    void aSlowQueryTellsWhichKeysLackAnIndex() {
        filters.answered(byCity, plain, SlowFilters.SLOW_NANOS);
        assertEquals(List.of("city", "n"), keys(plain));
        assertEquals(List.of("keyword"), filters.open(plain).getFirst().kinds());
    }

    @Test
    void aFastQueryTellsNothing() {
        filters.answered(byCity, plain, SlowFilters.SLOW_NANOS - 1);
        assertEquals(List.of(), keys(plain));
    }

    @Test
    void aKeyWithAnIndexIsNoIssueBeforeOrAfter() {
        filters.answered(byCity, indexed, SlowFilters.SLOW_NANOS);
        assertEquals(List.of("n"), keys(indexed));
        filters.answered(byCity, plain, SlowFilters.SLOW_NANOS);
        assertEquals(List.of("n"), keys(indexed));
    }

    @Test
    void clearedIssuesAreGone() {
        filters.answered(byCity, plain, SlowFilters.SLOW_NANOS);
        filters.clear();
        assertEquals(List.of(), keys(plain));
    }

    private List<String> keys(CollectionConfig config) {
        return filters.open(config).stream().map(SlowFilters.Finding::key).toList();
    }
}
