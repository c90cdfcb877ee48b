package dev.pagoda.governance.api;

import dev.pagoda.governance.bus.Port;

/// Ports of the governance pillar.
public final class Governance {
    /// Records and prices one request under the call's principal; answered when durable, idempotent by
    /// request id.
    public static final Port<UsageRecord, UsagePriced> RECORD_USAGE =
            Port.of("governance.record-usage", UsageRecord.class, UsagePriced.class);

    /// Records and prices many requests in one commit; answered when durable, idempotent by request id. For the
    /// platform only, because each entry names its own principal.
    public static final Port<UsageBatch, BatchPriced> RECORD_BATCH =
            Port.of("governance.record-batch", UsageBatch.class, BatchPriced.class);

    /// Adds what a module counted to the call's principal; answered when durable, idempotent by reading id.
    public static final Port<MeterReading, ReadingRecorded> RECORD_METERS =
            Port.of("governance.record-meters", MeterReading.class, ReadingRecorded.class);

    /// Totals by tenant, from memory.
    public static final Port<StatusQuery, GovernanceStatus> STATUS =
            Port.of("governance.status", StatusQuery.class, GovernanceStatus.class);

    private Governance() {}
}
