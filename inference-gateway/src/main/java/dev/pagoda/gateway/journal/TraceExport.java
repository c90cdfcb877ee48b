package dev.pagoda.gateway.journal;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One span a request to a collector of traces, by OTLP over HTTP: named and told as OpenTelemetry's conventions for
/// generative AI have it (semantic conventions 1.37, 2025-08). Nothing is sent for a caller who does not record its
/// trace.
///
/// Batches leave on a thread of their own; when the collector is slow, spans are dropped. Safe from any thread.
final class TraceExport implements AutoCloseable {
    private static final Duration LAST = Duration.ofSeconds(3);
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
    private static final AttributeKey<String> REQUEST_MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<String> RESPONSE_MODEL = AttributeKey.stringKey("gen_ai.response.model");
    private static final AttributeKey<String> RESPONSE_ID = AttributeKey.stringKey("gen_ai.response.id");
    private static final AttributeKey<List<String>> FINISH =
            AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
    private static final AttributeKey<Long> INPUT = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> OUTPUT = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    private final @Nullable SdkTracerProvider provider;
    private final @Nullable Tracer tracer;

    private TraceExport(@Nullable SdkTracerProvider provider) {
        this.provider = provider;
        this.tracer = provider == null ? null : provider.get("dev.pagoda.gateway");
    }

    /// @param endpoint an URL, or empty for nowhere
    static TraceExport to(String endpoint) {
        if (endpoint.isEmpty()) {
            return new TraceExport(null);
        }
        var exporter = OtlpHttpSpanExporter.builder().setEndpoint(endpoint).build();
        return new TraceExport(SdkTracerProvider.builder()
                .setResource(Resource.getDefault()
                        .merge(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "pagoda"))))
                .addSpanProcessor(BatchSpanProcessor.builder(exporter)
                        .setScheduleDelay(Duration.ofSeconds(1))
                        .build())
                .build());
    }

    void send(LoggedRequest request) {
        if (tracer == null || !request.trace().isSampled()) {
            return;
        }
        long startedMicros = request.startedMicros();
        Span span = tracer.spanBuilder(request.operation() + " " + request.model())
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent(request.trace()))
                .setStartTimestamp(startedMicros, TimeUnit.MICROSECONDS)
                .startSpan();
        span.setAttribute(OPERATION, request.operation())
                .setAttribute(PROVIDER, "pagoda")
                .setAttribute(REQUEST_MODEL, request.model())
                .setAttribute(RESPONSE_ID, request.requestId())
                .setAttribute(INPUT, (long) request.promptTokens())
                .setAttribute(OUTPUT, (long) request.completionTokens());
        told(span, RESPONSE_MODEL, request.version());
        told(span, AttributeKey.stringKey("pagoda.replica"), request.replica());
        told(span, AttributeKey.stringKey("pagoda.cache"), request.cache());
        told(span, AttributeKey.stringKey("pagoda.guard"), request.guard());
        span.setAttribute("pagoda.tenant", request.principal().tenant());
        if (!request.finish().isEmpty()) {
            span.setAttribute(FINISH, List.of(request.finish().split(",", -1)));
        }
        if (request.queueMicros() >= 0) {
            span.addEvent("pagoda.started", startedMicros + request.queueMicros(), TimeUnit.MICROSECONDS);
        }
        if (request.firstTokenMicros() >= 0) {
            span.addEvent("pagoda.first_token", startedMicros + request.firstTokenMicros(), TimeUnit.MICROSECONDS);
        }
        switch (request.outcome()) {
            case COMPLETED -> {}
            case ABORTED -> span.setAttribute("pagoda.outcome", "aborted");
            case FAILED, REFUSED -> {
                span.setStatus(StatusCode.ERROR, request.error());
                span.setAttribute(
                        ERROR,
                        request.error().isEmpty()
                                ? request.outcome().name().toLowerCase(Locale.ROOT)
                                : request.error());
            }
        }
        span.end(startedMicros + request.durationMicros(), TimeUnit.MICROSECONDS);
    }

    private static void told(Span span, AttributeKey<String> key, String value) {
        if (!value.isEmpty()) {
            span.setAttribute(key, value);
        }
    }

    /// The caller's span; for a trace that begins here a span of nobody in it, so that its id is the log's.
    private static Context parent(TraceParent trace) {
        String parentId = trace.parentId().isEmpty() ? trace.traceId().substring(16) : trace.parentId();
        return Context.root()
                .with(Span.wrap(SpanContext.createFromRemoteParent(
                        trace.traceId(), parentId, TraceFlags.getSampled(), TraceState.getDefault())));
    }

    @Override
    public void close() {
        if (provider != null) {
            provider.shutdown().join(LAST.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
