package dev.pagoda.compute.http;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.AskWhatIf;
import dev.pagoda.compute.api.CancelJob;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.ExplainJob;
import dev.pagoda.compute.api.FindJob;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.ListJobs;
import dev.pagoda.compute.api.ListQueues;
import dev.pagoda.compute.api.QuotaPlan;
import dev.pagoda.compute.api.SetQuotas;
import dev.pagoda.compute.api.SubmitJob;
import dev.pagoda.compute.api.TouchJob;
import dev.pagoda.compute.kubernetes.ResourceNames;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.PlatformJson;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// Jobs and queues: `GET`, `POST /platform/jobs`, `GET`, `DELETE /platform/jobs/{id}`, `GET .../explain`, `POST
/// .../activity`, `GET /platform/jobs/events` as server-sent events, `GET`, `PUT /platform/queues`, `POST
/// /platform/what-if`.
public final class JobRoutes {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final long MAX_BODY_BYTES = 4L << 20;
    private static final int DEFAULT_LIMIT = 100;

    private static final String JOBS = "/platform/jobs";
    private static final String JOB = JOBS + "/:id";
    private static final String QUEUES = "/platform/queues";
    private static final String WHAT_IF = "/platform/what-if";

    private final Bus bus;
    private final HttpFloor http;
    private final EventStream events;
    private final ResourceNames names;
    private final Collection<AcceleratorSpec> fleet;

    /// @param names resource names that jobs may ask for
    /// @param fleet kinds of accelerator that there are, which may grow
    public JobRoutes(
            Bus bus, HttpFloor http, EventStream events, ResourceNames names, Collection<AcceleratorSpec> fleet) {
        this.bus = bus;
        this.http = http;
        this.events = events;
        this.names = names;
        this.fleet = fleet;
    }

    public void mount(Router root) {
        Router surface = http.surface(PlatformErrors.FORM, MAX_BODY_BYTES, WAIT);
        surface.get(JOBS + "/events").handler(events::join);
        surface.get(JOBS).handler(this::list);
        surface.post(JOBS).handler(this::submit);
        surface.get(JOB).handler(ctx -> ask(ctx, 200, Compute.JOB, new FindJob(ctx.pathParam("id"))));
        surface.delete(JOB).handler(ctx -> ask(ctx, 200, Compute.CANCEL_JOB, new CancelJob(ctx.pathParam("id"))));
        surface.get(JOB + "/explain")
                .handler(ctx -> ask(ctx, 200, Compute.EXPLAIN_JOB, new ExplainJob(ctx.pathParam("id"))));
        surface.post(JOB + "/activity")
                .handler(ctx -> ask(ctx, 200, Compute.TOUCH_JOB, new TouchJob(ctx.pathParam("id"))));
        surface.get(QUEUES).handler(ctx -> ask(ctx, 200, Compute.QUEUES, new ListQueues()));
        surface.put(QUEUES)
                .handler(ctx ->
                        ask(ctx, 200, Compute.SET_QUOTAS, new SetQuotas(PlatformJson.read(ctx, QuotaPlan.class))));
        surface.post(WHAT_IF).handler(ctx -> ask(ctx, 200, Compute.WHAT_IF, PlatformJson.read(ctx, AskWhatIf.class)));
        for (String path : List.of(JOBS + "/events", JOBS, JOB, JOB + "/explain", JOB + "/activity", QUEUES, WHAT_IF)) {
            surface.route(path).handler(ctx -> ctx.fail(405));
        }
        HttpFloor.mount(root, surface, JOBS, QUEUES, WHAT_IF);
    }

    private void submit(RoutingContext ctx) {
        NewJob body = PlatformJson.read(ctx, NewJob.class);
        JobSpec spec;
        try {
            spec = body.spec(HttpFloor.call(ctx).tenant(), names, fleet);
        } catch (IllegalArgumentException wrong) {
            throw new Refused(Reason.INVALID, "invalid_job", String.valueOf(wrong.getMessage()));
        }
        ask(ctx, 201, Compute.SUBMIT_JOB, new SubmitJob(spec));
    }

    private void list(RoutingContext ctx) {
        String phase = ctx.request().getParam("phase");
        String limit = ctx.request().getParam("limit");
        ListJobs query;
        try {
            query = new ListJobs(
                    phase == null ? null : phase(phase),
                    ctx.request().getParam("queue"),
                    ctx.request().getParam("after"),
                    limit == null ? DEFAULT_LIMIT : Integer.parseInt(limit));
        } catch (NumberFormatException wrong) {
            throw new Refused(Reason.INVALID, "invalid_limit", "limit \"" + limit + "\" is not a whole number");
        } catch (IllegalArgumentException wrong) {
            throw new Refused(Reason.INVALID, "invalid_query", String.valueOf(wrong.getMessage()));
        }
        ask(ctx, 200, Compute.JOBS, query);
    }

    private static JobPhase phase(String name) {
        return Arrays.stream(JobPhase.values())
                .filter(each -> each.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "phase \"" + name + "\" is none of " + Arrays.toString(JobPhase.values())));
    }

    private <Q extends Record, R extends Record> void ask(RoutingContext ctx, int status, Port<Q, R> port, Q question) {
        bus.ask(port, question, HttpFloor.call(ctx))
                .onSuccess(body -> PlatformJson.end(ctx, status, body))
                .onFailure(ctx::fail);
    }
}
