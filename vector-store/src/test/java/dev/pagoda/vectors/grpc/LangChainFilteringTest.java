package dev.pagoda.vectors.grpc;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithFilteringIT;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThan;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsIn;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThan;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotIn;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// langchain4j's own contract of stores with metadata and filters, with that of stores without metadata in it.
///
/// As in langchain4j's tests against Qdrant itself, what its Qdrant store cannot say is left out: equality and lists of
/// fractions, order of anything but whole numbers, and "not in" for points that lack the key.
@Tag("slow")
class LangChainFilteringTest extends EmbeddingStoreWithFilteringIT {
    private static LangChainStore chain;

    @BeforeAll
    static void start() {
        chain = new LangChainStore();
    }

    @AfterAll
    static void stop() {
        chain.close();
    }

    @Override
    protected EmbeddingStore<TextSegment> embeddingStore() {
        return chain.store();
    }

    @Override
    protected EmbeddingModel embeddingModel() {
        return chain.model();
    }

    @Override
    protected void clearStore() {
        chain.clear();
    }

    @Override
    protected boolean supportsContains() {
        return true;
    }

    @Override
    @ParameterizedTest
    @MethodSource("sayable")
    protected void should_filter_by_metadata(Filter filter, List<Metadata> matching, List<Metadata> others) {
        super.should_filter_by_metadata(filter, matching, others);
    }

    @Override
    @ParameterizedTest
    @MethodSource("sayableNegations")
    protected void should_filter_by_metadata_not(Filter filter, List<Metadata> matching, List<Metadata> others) {
        super.should_filter_by_metadata_not(filter, matching, others);
    }

    static Stream<Arguments> sayable() {
        return should_filter_by_metadata().filter(LangChainFilteringTest::isSayable);
    }

    static Stream<Arguments> sayableNegations() {
        return should_filter_by_metadata_not().filter(LangChainFilteringTest::isSayable);
    }

    private static boolean isSayable(Arguments arguments) {
        return switch ((Filter) arguments.get()[0]) {
            case IsEqualTo equal -> isDiscrete(equal.comparisonValue());
            case IsNotEqualTo unequal -> isDiscrete(unequal.comparisonValue());
            case IsIn in -> in.comparisonValues().stream().allMatch(LangChainFilteringTest::isDiscrete);
            case IsNotIn notIn ->
                notIn.comparisonValues().stream().allMatch(LangChainFilteringTest::isDiscrete)
                        && ((List<?>) arguments.get()[1])
                                .stream().allMatch(each -> ((Metadata) each).containsKey(notIn.key()));
            case IsGreaterThan greater -> isWhole(greater.comparisonValue());
            case IsGreaterThanOrEqualTo greater -> isWhole(greater.comparisonValue());
            case IsLessThan less -> isWhole(less.comparisonValue());
            case IsLessThanOrEqualTo less -> isWhole(less.comparisonValue());
            default -> true;
        };
    }

    private static boolean isDiscrete(Object value) {
        return value instanceof String || value instanceof UUID || isWhole(value);
    }

    private static boolean isWhole(Object value) {
        return value instanceof Integer || value instanceof Long;
    }
}
