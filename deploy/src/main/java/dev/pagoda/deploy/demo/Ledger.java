package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/// Sets what the responses say against what the platform booked.
///
/// Each answered request is looked up in the usage records at once: its tokens must be those of the response. The price
/// of
/// a token follows from there, so that work done inside the platform, which tells only tokens, can be priced too.
final class Ledger {
    private static final String USAGE = "/platform/usage";

    /// What the platform booked for the tenant so far.
    record Booked(String tenant, long tokens, long costNanos, long requests) {
        Booked since(Booked earlier) {
            return new Booked(
                    tenant, tokens - earlier.tokens, costNanos - earlier.costNanos, requests - earlier.requests);
        }
    }

    private final Client client;
    private final Bill bill = new Bill();
    private final Map<String, Long> nanosPerToken = new HashMap<>();

    Ledger(Client client) {
        this.client = client;
    }

    Bill bill() {
        return bill;
    }

    Booked booked() throws InterruptedException {
        JsonNode report = client.get(USAGE);
        JsonNode total = report.path("total");
        return new Booked(
                report.path("tenant").asText(),
                total.path("total_tokens").asLong(),
                total.path("cost_nanos").asLong(),
                total.path("requests").asLong());
    }

    /// Adds a request to the bill.
    ///
    /// @param tokens as the response told them
    /// @return its price in nano-dollars
    /// @throws StepFailed when the platform booked other tokens for it, or nothing
    long book(String kind, String model, String requestId, long tokens) throws InterruptedException {
        JsonNode record = client.get(USAGE + "/records?request_id=" + requestId)
                .path("data")
                .path(0);
        if (record.path("total_tokens").asLong(-1) != tokens) {
            throw new StepFailed(
                    "request " + requestId + " told " + tokens + " tokens and the platform booked " + record);
        }
        long costNanos = record.path("cost_nanos").asLong();
        if (record.path("completion_tokens").asLong() == 0 && tokens > 0 && costNanos % tokens == 0) {
            nanosPerToken.put(model, costNanos / tokens);
        }
        bill.add(kind, tokens, costNanos);
        return costNanos;
    }

    /// Adds tokens that a model embedded inside the platform, at the price of the same model outside.
    void bookInside(String kind, String model, long tokens) {
        if (tokens == 0) {
            return;
        }
        Long price = nanosPerToken.get(model);
        if (price == null) {
            throw new StepFailed("no embedding by " + model + " has shown its price of a token");
        }
        bill.add(kind, tokens, tokens * price);
    }
}
