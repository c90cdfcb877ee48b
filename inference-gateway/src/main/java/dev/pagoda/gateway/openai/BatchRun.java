package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.governance.bus.Call;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A batch under way: what is left to ask, what came of the rest. Safe from any thread.
final class BatchRun {
    /// One line of its input.
    record Ask(String customId, JsonNode body) {}

    private final Call call;
    private final ObjectNode batch;
    private final long outputLifeSeconds;
    private final List<ObjectNode> faults = new ArrayList<>();
    private final Deque<Ask> waiting = new ArrayDeque<>();
    private final StringBuilder output = new StringBuilder();
    private final StringBuilder errors = new StringBuilder();
    private int total;
    private int open;
    private int completed;
    private int failed;
    private long promptTokens;
    private long completionTokens;
    private boolean isCancelled;
    private boolean isExpired;
    private boolean isClosed;

    /// @param call              whose it is
    /// @param batch             its object, which only the run's owner changes otherwise
    /// @param outputLifeSeconds after which its files are gone, 0 to keep them until they are removed
    BatchRun(Call call, ObjectNode batch, long outputLifeSeconds) {
        this.call = call;
        this.batch = batch;
        this.outputLifeSeconds = outputLifeSeconds;
    }

    long outputLifeSeconds() {
        return outputLifeSeconds;
    }

    Call call() {
        return call;
    }

    ObjectNode batch() {
        return batch;
    }

    String endpoint() {
        return batch.path("endpoint").asText();
    }

    /// A line that cannot be worked on.
    ///
    /// @param line from 1, 0 for the whole file
    synchronized void fault(int line, String code, String message) {
        ObjectNode fault =
                JsonNodeFactory.instance.objectNode().put("code", code).put("message", message);
        if (line > 0) {
            fault.put("line", line);
        }
        faults.add(fault);
    }

    synchronized List<ObjectNode> faults() {
        return List.copyOf(faults);
    }

    synchronized void add(String customId, JsonNode body) {
        waiting.add(new Ask(customId, body));
        total++;
    }

    /// The next to be asked, null when there is none.
    synchronized @Nullable Ask poll() {
        Ask next = isCancelled ? null : waiting.poll();
        open += next == null ? 0 : 1;
        return next;
    }

    synchronized void done(String customId, BatchWork.Done done) {
        open--;
        promptTokens += done.usage().promptTokens();
        completionTokens += done.usage().completionTokens();
        boolean isGood = done.status() == 200;
        completed += isGood ? 1 : 0;
        failed += isGood ? 0 : 1;
        (isGood ? output : errors).append(BatchWork.line(customId, done)).append('\n');
        tell();
    }

    /// The first to be asked again.
    synchronized void putBack(Ask ask) {
        open--;
        waiting.addFirst(ask);
    }

    /// Gives up what is left to ask.
    synchronized void expire() {
        isExpired |= !waiting.isEmpty();
        for (Ask ask = waiting.poll(); ask != null; ask = waiting.poll()) {
            failed++;
            errors.append(BatchWork.expired(ask.customId())).append('\n');
        }
    }

    synchronized boolean isExpired() {
        return isExpired;
    }

    synchronized boolean isIdle() {
        return open == 0 && (isCancelled || waiting.isEmpty());
    }

    /// @return whether it was still under way
    synchronized boolean cancel(long atSeconds) {
        if (isCancelled || isClosed) {
            return false;
        }
        isCancelled = true;
        batch.put("status", "cancelling").put("cancelling_at", atSeconds);
        return true;
    }

    synchronized boolean isCancelled() {
        return isCancelled;
    }

    /// @return whether it was not closed before
    synchronized boolean close() {
        boolean isFirst = !isClosed;
        isClosed = true;
        return isFirst;
    }

    synchronized String output() {
        return output.toString();
    }

    synchronized String errors() {
        return errors.toString();
    }

    /// Writes the counts into the object.
    synchronized void tell() {
        batch.putObject("request_counts")
                .put("total", total)
                .put("completed", completed)
                .put("failed", failed);
        ObjectNode usage = batch.putObject("usage").put("input_tokens", promptTokens);
        usage.putObject("input_tokens_details").put("cached_tokens", 0);
        usage.put("output_tokens", completionTokens);
        usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
        usage.put("total_tokens", promptTokens + completionTokens);
    }

    synchronized ObjectNode snapshot() {
        return batch.deepCopy();
    }
}
