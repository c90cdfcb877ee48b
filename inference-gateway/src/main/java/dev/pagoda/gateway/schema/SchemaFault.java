package dev.pagoda.gateway.schema;

/// A schema that cannot be kept: it is none, it contradicts itself, or it is too large. Has no stack trace: it is an
/// answer.
@SuppressWarnings("serial") // never serialised: exceptions stay in the process
public final class SchemaFault extends RuntimeException {
    public SchemaFault(String what) {
        super(what, null, false, false);
    }

    /// What is wrong, without the schema's name.
    public String what() {
        return String.valueOf(getMessage());
    }
}
