package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.openai.Shelf.Kind;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/batches`: files of requests that are worked on in the background, a few at a time, behind those who wait.
final class BatchRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRoutes.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> ENDPOINTS =
            List.of("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/moderations");
    private static final int MAX_LINES = 50_000;
    private static final int AT_ONCE = 8;

    /// Of all batches that run, their files together: they are in memory.
    private static final long MOST_INPUT_BYTES = 128_000_000;

    private static final int MOST_RUNNING = 256;

    /// When to come again while there is no room.
    private static final int ROOM_SECONDS = 60;

    /// After which a request that there was no room for is asked again, at the latest.
    private static final int MOST_WAIT_SECONDS = 5;

    private static final long DAY = Duration.ofHours(24).toSeconds();
    /// An hour to 30 days (https://platform.openai.com/docs/api-reference/batch/create, 2026-05).
    private static final long LEAST_OUTPUT_SECONDS = 3_600;

    private static final long MOST_OUTPUT_SECONDS = 2_592_000;
    private static final Set<String> OVER = Set.of("completed", "failed", "cancelled", "expired");

    private final Vertx vertx;
    private final Shelf shelf;
    private final BatchFiles files;
    private final BatchWork work;
    private final InstantSource clock;
    private final Map<String, BatchRun> running = new ConcurrentHashMap<>();

    /// Ends when the last that came is let in or not.
    private Future<Void> admitting = Future.succeededFuture();

    BatchRoutes(Vertx vertx, Shelf shelf, BatchFiles files, BatchWork work, InstantSource clock) {
        this.vertx = vertx;
        this.shelf = shelf;
        this.files = files;
        this.work = work;
        this.clock = clock;
    }

    void mount(Surface surface) {
        surface.post("/batches", this::create)
                .get("/batches", this::list)
                .get("/batches/:id", this::find)
                .post("/batches/:id/cancel", this::cancel);
    }

    private void create(RoutingContext ctx) {
        Call call = HttpFloor.call(ctx);
        Answers.read(ctx, BatchRoutes::fresh)
                .compose(fresh -> admitted(fresh, call))
                .compose(admitted -> {
                    BatchRun run = admitted.run();
                    ObjectNode first = run.batch().deepCopy();
                    return keep(call.tenant(), run.batch())
                            .onFailure(failure -> running.remove(key(run)))
                            .map(kept -> {
                                begin(run, admitted.content());
                                return first;
                            });
                })
                .onSuccess(batch -> Answers.json(ctx, Buffer.buffer(batch.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    /// A batch that there is room for, and its file.
    private record Admitted(BatchRun run, byte[] content) {}

    /// One after the other, so that no more than one file is held that there may be no room for.
    private synchronized Future<Admitted> admitted(Fresh fresh, Call call) {
        Future<Admitted> admitted = admitting.compose(
                turn -> files.read(fresh.inputFile(), call).map(content -> admit(fresh, content, call)));
        admitting = admitted.transform(done -> Future.succeededFuture());
        // the one before may have come by another event loop
        Context own = vertx.getOrCreateContext();
        Promise<Admitted> here = Promise.promise();
        admitted.onComplete(done -> own.runOnContext(v -> here.handle(done)));
        return here.future();
    }

    private Admitted admit(Fresh fresh, byte[] content, Call call) {
        ObjectNode batch = fresh.batch();
        batch.put("id", ResponseItems.newId("batch_"));
        batch.put("created_at", now()).put("expires_at", now() + DAY);
        var run = new BatchRun(call, batch, fresh.outputLifeSeconds(), content.length);
        requireRoom(run);
        running.put(key(run), run);
        return new Admitted(run, content);
    }

    /// @param outputLifeSeconds after which its files are gone, 0 to keep them until they are removed
    private record Fresh(ObjectNode batch, long outputLifeSeconds) {
        String inputFile() {
            return batch.path("input_file_id").asText();
        }
    }

    private static Fresh fresh(Parameters body) {
        body.allowOnly(
                List.of(Set.of("input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after")));
        String file = body.requiredText("input_file_id");
        String endpoint = body.choice("endpoint", ENDPOINTS).orElseThrow(() -> BadParameter.missing("endpoint"));
        String window = body.choice("completion_window", List.of("24h"))
                .orElseThrow(() -> BadParameter.missing("completion_window"));
        HintParameters.metadata(body);
        ObjectNode batch = JsonNodeFactory.instance
                .objectNode()
                .put("object", "batch")
                .put("endpoint", endpoint)
                .put("input_file_id", file)
                .put("completion_window", window)
                .put("status", "validating");
        batch.set(
                "metadata",
                body.raw("metadata").isObject() ? body.raw("metadata") : JsonNodeFactory.instance.nullNode());
        batch.putObject("request_counts").put("total", 0).put("completed", 0).put("failed", 0);
        return new Fresh(
                batch,
                body.object("output_expires_after").map(BatchRoutes::seconds).orElse(0L));
    }

    private static long seconds(Parameters expiry) {
        expiry.allowOnly(List.of(Set.of("anchor", "seconds")));
        if (expiry.choice("anchor", List.of("created_at")).isEmpty()) {
            throw BadParameter.missing(expiry.path("anchor"));
        }
        return expiry.integer("seconds", LEAST_OUTPUT_SECONDS, MOST_OUTPUT_SECONDS)
                .orElseThrow(() -> BadParameter.missing(expiry.path("seconds")));
    }

    private void requireRoom(BatchRun run) {
        if (run.inputBytes() > MOST_INPUT_BYTES) {
            throw new BadParameter(
                    "The input file has " + run.inputBytes() + " bytes; a batch reads at most " + MOST_INPUT_BYTES
                            + ".",
                    "input_file_id",
                    "invalid_file");
        }
        long bytes = running.values().stream().mapToLong(BatchRun::inputBytes).sum();
        if (running.size() >= MOST_RUNNING || bytes + run.inputBytes() > MOST_INPUT_BYTES) {
            throw new Refused(new Refusal(
                    Reason.EXHAUSTED,
                    "batches_full",
                    "there is no room for another batch while " + running.size() + " with " + bytes + " bytes run",
                    ROOM_SECONDS));
        }
    }

    /// Reads the lines, and starts work or tells what is wrong with them.
    private void begin(BatchRun run, byte[] content) {
        String endpoint = run.endpoint();
        vertx.executeBlocking(
                        () -> {
                            validate(run, endpoint, new String(content, StandardCharsets.UTF_8));
                            return run;
                        },
                        false)
                .onFailure(failure -> {
                    LOG.error("the lines of a batch could not be read", failure);
                    run.fault(0, "invalid_file", "The file could not be read.");
                })
                .onComplete(read -> work(run));
    }

    /// Starts work on lines that were read.
    private void work(BatchRun run) {
        if (run.isCancelled()) {
            return;
        }
        Call call = run.call();
        ObjectNode batch = run.batch();
        if (!run.faults().isEmpty()) {
            ObjectNode errors = batch.putObject("errors").put("object", "list");
            run.faults().forEach(errors.withArray("data")::add);
            batch.put("status", "failed").put("failed_at", now());
            keepLogged(call.tenant(), batch).onComplete(kept -> running.remove(key(run)));
            return;
        }
        batch.put("status", "in_progress").put("in_progress_at", now());
        run.tell();
        keepLogged(call.tenant(), batch).onComplete(kept -> {
            for (int i = 0; i < AT_ONCE; i++) {
                next(run);
            }
        });
    }

    private static void validate(BatchRun run, String endpoint, String content) {
        List<String> lines = content.lines()
                .filter(line -> !line.isBlank())
                .limit(MAX_LINES + 1L)
                .toList();
        if (lines.isEmpty() || lines.size() > MAX_LINES) {
            run.fault(
                    0,
                    "invalid_file",
                    lines.isEmpty() ? "The file is empty." : "More than " + MAX_LINES + " requests.");
        }
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < lines.size() && run.faults().size() < 20; i++) {
            try {
                JsonNode line = MAPPER.readTree(lines.get(i));
                String id = line.path("custom_id").asText("");
                if (id.isEmpty() || !ids.add(id)) {
                    run.fault(i + 1, "duplicate_custom_id", "custom_id is missing or was used before.");
                } else if (!line.path("url").asText().equals(endpoint)) {
                    run.fault(i + 1, "mismatched_endpoint", "url is not the batch's endpoint.");
                } else if (!line.path("method").asText().equals("POST")
                        || !line.path("body").isObject()) {
                    run.fault(i + 1, "invalid_request", "method has to be POST and body an object.");
                } else {
                    run.add(id, line.get("body"));
                }
            } catch (JsonProcessingException broken) {
                run.fault(i + 1, "invalid_json_line", "This line is not parseable as valid JSON.");
            }
        }
    }

    private void next(BatchRun run) {
        if (now() >= run.batch().path("expires_at").asLong()) {
            run.expire();
        }
        BatchRun.Ask ask = run.poll();
        if (ask == null) {
            if (run.isIdle()) {
                finish(run);
            }
            return;
        }
        work.answer(run.endpoint(), ask.body(), run.call()).onSuccess(done -> {
            if (done.againSeconds() > 0) {
                run.putBack(ask);
                vertx.setTimer(Math.min(done.againSeconds(), MOST_WAIT_SECONDS) * 1_000L, later -> next(run));
            } else {
                run.done(ask.customId(), done);
                // not at once: what is answered at once would be a recursion as deep as the file is long
                vertx.runOnContext(then -> next(run));
            }
        });
    }

    private void finish(BatchRun run) {
        if (!run.close()) {
            return;
        }
        String tenant = run.call().tenant();
        ObjectNode batch = run.batch();
        boolean isCancelled = run.isCancelled();
        if (!isCancelled) {
            batch.put("status", "finalizing").put("finalizing_at", now());
        }
        file(run, "output", run::output)
                .compose(kept -> file(run, "error", run::errors))
                .compose(kept -> {
                    run.tell();
                    String end = isCancelled ? "cancelled" : run.isExpired() ? "expired" : "completed";
                    if (!run.broken().isEmpty()) {
                        end = "failed";
                        batch.putObject("errors")
                                .put("object", "list")
                                .withArray("data")
                                .addObject()
                                .put("code", "batch_broken_off")
                                .put("message", run.broken());
                    }
                    batch.put("status", end);
                    batch.put(end + "_at", now());
                    return keep(tenant, batch);
                })
                .onFailure(failure -> {
                    LOG.error("batch {} could not be kept", batch.path("id").asText(), failure);
                    batch.put("status", "failed").put("failed_at", now());
                })
                .onComplete(kept -> {
                    running.remove(key(run));
                    vertx.executeBlocking(
                                    () -> {
                                        run.forget();
                                        return run;
                                    },
                                    false)
                            .onFailure(failure -> LOG.warn("the file of a batch did not close", failure));
                });
    }

    private Future<Void> file(BatchRun run, String which, Callable<byte[]> lines) {
        String name = run.batch().path("id").asText() + "_" + which + ".jsonl";
        return vertx.executeBlocking(lines, false).compose(content -> {
            if (content.length == 0) {
                return Future.succeededFuture();
            }
            return files.keep(name, content, run.outputLifeSeconds(), run.call())
                    .map(id -> {
                        run.batch().put(which + "_file_id", id);
                        return null;
                    });
        });
    }

    private void list(RoutingContext ctx) {
        Future.succeededFuture()
                .compose(begun -> shelf.list(HttpFloor.call(ctx).tenant(), Kind.BATCH, "", Lists.cut(ctx)))
                .map(page -> Lists.of(
                        page.entries().stream()
                                .map(kept -> current(HttpFloor.call(ctx).tenant(), Lists.parse(kept)))
                                .toList(),
                        page.hasMore()))
                .onSuccess(body -> Answers.json(ctx, body))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private void find(RoutingContext ctx) {
        kept(ctx)
                .onSuccess(batch -> Answers.json(ctx, Buffer.buffer(batch.toString())))
                .onFailure(ctx::fail);
    }

    private void cancel(RoutingContext ctx) {
        String tenant = HttpFloor.call(ctx).tenant();
        kept(ctx)
                .map(batch -> {
                    BatchRun run = running.get(key(tenant, ctx.pathParam("id")));
                    if (run == null || !run.cancel(now())) {
                        throw new BadParameter(
                                "Cannot cancel a batch with status '"
                                        + batch.path("status").asText() + "'.",
                                null,
                                null);
                    }
                    ObjectNode told = run.snapshot();
                    if (run.isIdle()) {
                        finish(run);
                    }
                    return told;
                })
                .onSuccess(batch -> Answers.json(ctx, Buffer.buffer(batch.toString())))
                .onFailure(failure -> Answers.refuse(ctx, failure));
    }

    private Future<ObjectNode> kept(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        String tenant = HttpFloor.call(ctx).tenant();
        return shelf.find(tenant, Kind.BATCH, id)
                .map(found -> current(
                        tenant,
                        Lists.parse(found.orElseThrow(() -> Answers.missing("batch", id))
                                .body())));
    }

    /// As it stands now; one that says it is under way and is not was cut off when the platform stopped.
    private ObjectNode current(String tenant, ObjectNode batch) {
        BatchRun run = running.get(key(tenant, batch.path("id").asText()));
        if (run != null) {
            return run.snapshot();
        }
        boolean isFresh = now() - batch.path("created_at").asLong() < 2;
        if (!OVER.contains(batch.path("status").asText()) && !isFresh) {
            batch.put("status", "failed");
            batch.putObject("errors")
                    .put("object", "list")
                    .withArray("data")
                    .addObject()
                    .put("code", "server_stopped")
                    .put("message", "The server stopped while the batch was under way; send it again.");
        }
        return batch;
    }

    private Future<Void> keep(String tenant, ObjectNode batch) {
        return shelf.put(tenant, Kind.BATCH, batch.path("id").asText(), "", batch.toString());
    }

    private Future<Void> keepLogged(String tenant, ObjectNode batch) {
        return keep(tenant, batch)
                .onFailure(failure ->
                        LOG.error("batch {} could not be kept", batch.path("id").asText(), failure));
    }

    private static String key(BatchRun run) {
        return key(run.call().tenant(), run.batch().path("id").asText());
    }

    private static String key(String tenant, String id) {
        return tenant + "/" + id;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
