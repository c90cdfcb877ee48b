package dev.pagoda.workflow.node;

import java.util.Locale;

/// What a customer wants.
public enum Intent {
    /// An answer from what is known.
    QUESTION,
    /// To greet, to thank or to leave.
    GREETING,
    /// A person instead of a machine.
    HUMAN,
    /// To be heard about something that went wrong.
    COMPLAINT,
    /// Money back for something particular.
    REFUND;

    /// The name as examples, events and tickets write it.
    public String tag() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Intent of(String tag) {
        return valueOf(tag.toUpperCase(Locale.ROOT));
    }
}
