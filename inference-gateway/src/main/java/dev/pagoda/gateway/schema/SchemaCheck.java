package dev.pagoda.gateway.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.Dialects;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Whether JSON keeps a JSON schema (draft 2020-12).
///
/// Nothing is fetched for a `$ref`. A pattern that takes too many steps counts as not matched. Safe from any thread.
public final class SchemaCheck {
    /// Characters of a whole schema.
    private static final int MAX_CHARS = 200_000;

    private static final int MAX_PATTERN_CHARS = 1_000;
    /// Characters a pattern may look at, a bound on backtracking.
    private static final int MAX_PATTERN_STEPS = 200_000;

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            registry -> registry.schemaCacheEnabled(false)
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .regularExpressionFactory(SchemaCheck::expression)
                            .build()));

    private static final class Meta {
        static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of(Dialects.getDraft202012().getId()));
    }

    private final Schema schema;

    private SchemaCheck(Schema schema) {
        this.schema = schema;
    }

    /// @throws SchemaFault if it is no schema
    public static SchemaCheck of(JsonNode schema) {
        if (!schema.isObject() && !schema.isBoolean()) {
            throw new SchemaFault("a schema is an object, but this is " + schema.getNodeType());
        }
        if (schema.toString().length() > MAX_CHARS) {
            throw new SchemaFault("the schema is longer than " + MAX_CHARS + " characters");
        }
        List<Error> faults = Meta.SCHEMA.validate(schema.toString(), InputFormat.JSON);
        if (!faults.isEmpty()) {
            throw new SchemaFault(faults.getFirst().toString());
        }
        try {
            return new SchemaCheck(REGISTRY.getSchema(schema));
        } catch (RuntimeException broken) {
            throw new SchemaFault(String.valueOf(broken.getMessage()));
        }
    }

    /// The first way in which a value breaks the schema; empty when it keeps it.
    ///
    /// @throws SchemaFault if the schema refers to what is not there
    public Optional<String> fault(JsonNode value) {
        try {
            return schema.validate(value).stream().findFirst().map(Error::toString);
        } catch (StackOverflowError | RuntimeException broken) {
            throw new SchemaFault("the schema cannot be applied: " + broken.getMessage());
        }
    }

    private static com.networknt.schema.regex.RegularExpression expression(String pattern) {
        if (pattern.length() > MAX_PATTERN_CHARS) {
            throw new SchemaFault("a pattern is longer than " + MAX_PATTERN_CHARS + " characters");
        }
        Pattern compiled;
        try {
            compiled = Pattern.compile(pattern);
        } catch (PatternSyntaxException broken) {
            throw new SchemaFault("the pattern '" + pattern + "' is not valid: " + broken.getDescription());
        }
        return value -> {
            try {
                return compiled.matcher(new Counted(value, new int[1])).find();
            } catch (StepsExceeded tooMany) {
                return false;
            }
        };
    }

    @SuppressWarnings("serial") // never serialised: exceptions stay in the process
    private static final class StepsExceeded extends RuntimeException {
        StepsExceeded() {
            super(null, null, false, false);
        }
    }

    /// Text that is looked at only so many times.
    private record Counted(CharSequence text, int[] looks) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++looks[0] > MAX_PATTERN_STEPS) {
                throw new StepsExceeded();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), looks);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
