package dev.pagoda.governance.bus;

import dev.pagoda.governance.bus.Refusal.Reason;

/// Carries a [Refusal] through a failed future. Has no stack trace: it is an answer, not a fault.
@SuppressWarnings("serial") // never serialised: exceptions stay in the process
public final class Refused extends RuntimeException {
    private final Refusal refusal;

    public Refused(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    public Refused(Reason reason, String code, String message) {
        this(Refusal.of(reason, code, message));
    }

    public Refusal refusal() {
        return refusal;
    }
}
