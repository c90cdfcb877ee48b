package dev.pagoda.workflow.graph;

import java.util.List;
import java.util.Map;

/// The type of a value that flows between nodes.
public enum ValueType {
    STRING(String.class),
    NUMBER(Number.class),
    BOOLEAN(Boolean.class),
    OBJECT(Map.class),
    LIST(List.class);

    private final Class<?> carrier;

    ValueType(Class<?> carrier) {
        this.carrier = carrier;
    }

    boolean admits(Object value) {
        return carrier.isInstance(value);
    }
}
