package dev.pagoda.deploy.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Sets what the responses say against what the platform booked.
///
/// Each answered request is found among the platform's latest usage records by what its response told: model and
/// tokens, and for a chat its id. The price of an embedded token follows from there, so that work done inside the
/// platform, which tells only tokens, can be priced too.
final class Ledger {
    private static final String USAGE = "/platform/usage";

    /// Records looked at for one request, so that other clients of the tenant may be at work meanwhile.
    private static final int LATEST = 100;

    /// What the platform booked for the tenant so far.
    record Booked(String tenant, long tokens, long costNanos) {
        Booked since(Booked earlier) {
            return new Booked(tenant, tokens - earlier.tokens, costNanos - earlier.costNanos);
        }
    }

    private final Client client;
    private final Bill bill = new Bill();
    private final Set<String> seen = new HashSet<>();
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
                total.path("cost_nanos").asLong());
    }

    /// Adds a chat to the bill.
    ///
    /// @param id     of the completion
    /// @param tokens as the response told them
    /// @return its price in nano-dollars
    /// @throws StepFailed when the platform booked other tokens for it, or nothing
    long bookChat(String id, long tokens) throws InterruptedException {
        JsonNode record =
                client.get(USAGE + "/records?request_id=" + id).path("data").path(0);
        if (record.path("total_tokens").asLong(-1) != tokens) {
            throw new StepFailed("chat " + id + " told " + tokens + " tokens and the platform booked " + record);
        }
        long costNanos = record.path("cost_nanos").asLong();
        bill.add("chats", tokens, costNanos);
        return costNanos;
    }

    /// Adds an embedded question to the bill.
    ///
    /// @param tokens as the response told them
    /// @return its price in nano-dollars
    /// @throws StepFailed when the platform has not booked it
    long bookEmbedding(String model, long tokens) throws InterruptedException {
        for (JsonNode record : client.get(USAGE + "/records?limit=" + LATEST).path("data")) {
            if (record.path("operation").asText().equals("embeddings")
                    && record.path("model").asText().equals(model)
                    && record.path("total_tokens").asLong() == tokens
                    && seen.add(record.path("request_id").asText())) {
                long costNanos = record.path("cost_nanos").asLong();
                nanosPerToken.put(model, costNanos / tokens);
                bill.add("questions embedded", tokens, costNanos);
                return costNanos;
            }
        }
        throw new StepFailed(
                "an embedding by " + model + " told " + tokens + " tokens and the platform booked no such");
    }

    /// Adds tokens that a model embedded inside the platform, at the price of the same model outside.
    void bookIngestion(String model, long tokens) {
        Long price = nanosPerToken.get(model);
        if (price == null) {
            throw new StepFailed("no embedding by " + model + " has shown its price of a token");
        }
        bill.add("paragraphs embedded", tokens, tokens * price);
    }
}
