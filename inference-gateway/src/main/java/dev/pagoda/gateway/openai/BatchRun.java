package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.governance.bus.Call;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A batch under way: what is left to ask, what came of the rest. Safe from any thread.
final class BatchRun {
    /// Bytes of its output or of its errors; lines beyond are not asked.
    private static final long MOST_BYTES = 200_000_000;

    /// One line of its input.
    ///
    /// @param body as text, which takes a tenth of what it takes as a tree
    record Ask(String customId, String body) {}

    private final Call call;
    private final ObjectNode batch;
    private final long outputLifeSeconds;
    private final List<ObjectNode> faults = new ArrayList<>();
    private final Deque<Ask> waiting = new ArrayDeque<>();
    private final BatchLines output = new BatchLines();
    private final BatchLines errors = new BatchLines();
    private final long inputBytes;
    private String broken = "";
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
    BatchRun(Call call, ObjectNode batch, long outputLifeSeconds, long inputBytes) {
        this.inputBytes = inputBytes;
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
        waiting.add(new Ask(customId, body.toString()));
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
        add(isGood ? output : errors, BatchWork.line(customId, done));
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
            add(errors, BatchWork.expired(ask.customId()));
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

    private void add(BatchLines lines, ObjectNode line) {
        try {
            lines.add(line);
        } catch (IOException failed) {
            breakOff("Its results cannot be written: " + failed.getMessage());
        }
        if (lines.bytes() > MOST_BYTES) {
            breakOff("Its results are longer than " + MOST_BYTES + " bytes.");
        }
    }

    private void breakOff(String why) {
        broken = why;
        waiting.clear();
    }

    /// Why it ended early, empty if it did not.
    synchronized String broken() {
        return broken;
    }

    synchronized byte[] output() throws IOException {
        return output.read();
    }

    synchronized byte[] errors() throws IOException {
        return errors.read();
    }

    /// Lets go of what it has written.
    synchronized void forget() throws IOException {
        output.close();
        errors.close();
    }

    long inputBytes() {
        return inputBytes;
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
