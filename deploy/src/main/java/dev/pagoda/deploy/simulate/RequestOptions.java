package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.BenchProgress;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.report.Plot;
import dev.pagoda.gateway.study.RequestReport;
import dev.pagoda.gateway.study.RequestStudy;
import dev.pagoda.gateway.study.TimedRequest;
import dev.pagoda.gateway.study.TimedWork;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Studies of models that answer requests as a whole: what a request asks of them, and how they serve it.
final class RequestOptions {
    private static final Pattern SIZE = Pattern.compile("(\\d{2,5})x(\\d{2,5})");
    /// Beside the weights; an estimate.
    private static final double WORKING_BYTES = 2e9;

    private static final double MEMORY_SHARE = .9;

    @Option(names = "--texts", paramLabel = "N", description = "Texts of a request to an encoder (default 1).")
    private @Nullable Integer texts;

    @Option(names = "--images", paramLabel = "N", description = "Images of a request (default 1).")
    private @Nullable Integer images;

    @Option(names = "--size", paramLabel = "WxH", description = "Of an image in pixels (default 1024x1024).")
    private @Nullable String size;

    @Option(names = "--steps", paramLabel = "N", description = "Of an image's denoising (default the model's).")
    private @Nullable Integer steps;

    @Option(names = "--audio-seconds", paramLabel = "S", description = "Of a sound, heard or made (default 30).")
    private @Nullable Double audioSeconds;

    /// What such a study takes from the options of all.
    ///
    /// @param device  its name
    /// @param engines devices, each of which serves by itself
    record Frame(
            Optional<String> device,
            int engines,
            Optional<Objective> objective,
            List<TimedRequest> arrivals,
            boolean json) {}

    /// Refuses options that mean nothing to a model of chats.
    void refuseForChats() {
        if (texts != null || images != null || size != null || steps != null || audioSeconds != null) {
            throw new StartRefused("--texts, --images, --size, --steps and --audio-seconds are for models of"
                    + " embeddings, images and sounds");
        }
    }

    void study(PrintStream out, RequestModel model, Frame frame, ResultFiles files) {
        String name =
                frame.device().orElseThrow(() -> new StartRefused("simulate serving needs --device, such as h100-sxm"));
        AcceleratorSpec spec = AcceleratorCatalogue.shipped().get(name);
        double needed = (model.weightBytes() + WORKING_BYTES) / MEMORY_SHARE;
        if (needed > spec.memory().bytes()) {
            throw new StartRefused(String.format(
                    Locale.ROOT,
                    "%s needs %.1f GB of memory with its activations, %s has %.1f",
                    model.name(),
                    needed / 1e9,
                    spec.id(),
                    spec.memory().bytes() / 1e9));
        }
        if (!(spec.peaks().sixteenBit() > 0)) {
            throw new StartRefused(spec.id() + " has no published peak of 16-bit products");
        }
        var device = new Device(
                spec.id(),
                spec.memory().bytes(),
                spec.memory().bytesPerSecond(),
                spec.peaks().sixteenBit(),
                spec.link().bytesPerSecondOneWay());
        List<TimedWork> trace = frame.arrivals().stream()
                .map(each -> new TimedWork(
                        each.arrivalNanos(), work(model, each.prompt().tokens())))
                .toList();
        RequestStudy.Result result;
        try (BenchProgress.Bar bar = BenchProgress.onStandardError().bar("serving", trace.size())) {
            result = new RequestStudy(model, device, frame.engines()).run(trace, bar::stepTo);
        }
        Double price = spec.usdPerHour();
        var report = new RequestReport(
                model,
                trace,
                result,
                new RequestReport.Terms(
                        frame.engines(),
                        price == null ? Double.NaN : price,
                        spec.tdpWatts(),
                        frame.objective()
                                .map(each -> OptionalDouble.of(each.limitMillis(Objective.Measure.E2EL)))
                                .orElse(OptionalDouble.empty())));
        if (frame.json()) {
            out.println(ServingCommand.text(report.json()));
        } else {
            out.printf(
                    Locale.ROOT,
                    "%d requests on %d x %s, %s, one at a time%s%n",
                    trace.size(),
                    frame.engines(),
                    model.name(),
                    spec.id(),
                    model instanceof RequestModel.Encoder ? " or what waits together" : "");
            report.lines().forEach(out::println);
        }
        files.write(report::requestsCsv, () -> picture(result), System.err);
    }

    private RequestWork work(RequestModel model, int tokens) {
        return switch (model.kind()) {
            case EMBEDDING, RERANK -> {
                refuse(images != null || size != null || steps != null || audioSeconds != null, model, "--texts");
                yield new RequestWork.Texts(Collections.nCopies(within("--texts", texts, 1, 2_048), tokens));
            }
            case IMAGE -> {
                refuse(texts != null || audioSeconds != null, model, "--images, --size and --steps");
                Matcher sides = SIZE.matcher(size == null ? "1024x1024" : size);
                if (!sides.matches()) {
                    throw new StartRefused("--size " + size + " is not a width and a height, such as 1024x1024");
                }
                yield new RequestWork.Pictures(
                        within("--images", images, 1, 64),
                        Integer.parseInt(sides.group(1)),
                        Integer.parseInt(sides.group(2)),
                        steps == null ? 0 : within("--steps", steps, 1, 1_000));
            }
            case SPEECH, TRANSCRIPTION -> {
                refuse(texts != null || images != null || size != null || steps != null, model, "--audio-seconds");
                yield new RequestWork.Sound(audioSeconds == null ? 30 : audioSeconds);
            }
        };
    }

    private static void refuse(boolean isMisplaced, RequestModel model, String understood) {
        if (isMisplaced) {
            throw new StartRefused(
                    model.name() + " makes " + model.kind().products() + ", and understands " + understood + " alone");
        }
    }

    private static int within(String option, @Nullable Integer value, int otherwise, int most) {
        int given = value == null ? otherwise : value;
        if (given < 1 || given > most) {
            throw new StartRefused(option + " " + given + " is not within 1 to " + most);
        }
        return given;
    }

    /// How long requests waited and took, over their arrival.
    private static String picture(RequestStudy.Result result) {
        List<RequestStudy.Outcome> all = result.outcomes();
        double[] seconds =
                all.stream().mapToDouble(each -> each.arrivalNanos() / 1e9).toArray();
        return new Plot()
                .curves(
                        "Requests by arrival, ms",
                        Axis.fromZero("seconds"),
                        Axis.fromZero(""),
                        List.of(
                                new Plot.Curve(
                                        "end to end",
                                        seconds,
                                        all.stream()
                                                .mapToDouble(RequestStudy.Outcome::e2eMillis)
                                                .toArray(),
                                        false),
                                new Plot.Curve(
                                        "wait for a device",
                                        seconds,
                                        all.stream()
                                                .mapToDouble(RequestStudy.Outcome::waitMillis)
                                                .toArray(),
                                        false)))
                .draw();
    }
}
