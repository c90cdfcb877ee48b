package dev.pagoda.gateway.journal;

/// The request log and the export of traces.
///
/// @param enabled       whether requests are logged
/// @param retentionDays days that a request is kept, 1 to 3,650
/// @param maxRequests   requests that are kept, 1,000 to 1,000,000,000; older ones go first
/// @param queued        requests that may wait to be written, 100 to 1,000,000; beyond it they are not logged but
/// counted
/// @param otlpEndpoint  where spans are sent by OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`; empty for
///                      nowhere
public record JournalConfig(boolean enabled, int retentionDays, long maxRequests, int queued, String otlpEndpoint) {
    public JournalConfig {
        within("retentionDays", retentionDays, 1, 3_650);
        within("maxRequests", maxRequests, 1_000, 1_000_000_000);
        within("queued", queued, 100, 1_000_000);
        if (!otlpEndpoint.isEmpty() && !otlpEndpoint.matches("https?://\\S+")) {
            throw new IllegalArgumentException("otlpEndpoint '" + otlpEndpoint + "' is not an http or https URL");
        }
    }

    public static JournalConfig defaults() {
        return new JournalConfig(true, 30, 1_000_000, 20_000, "");
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }
}
