package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.PeakRates;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.LpuStepTime;
import dev.pagoda.gateway.model.MeasuredStepTime;
import dev.pagoda.gateway.model.OperatorTables;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.study.EngineConfig;
import dev.pagoda.gateway.study.FleetPlan;
import dev.pagoda.gateway.study.ModelShapes;
import dev.pagoda.gateway.study.PowerModel;
import dev.pagoda.gateway.study.ProfileFolder;
import dev.pagoda.gateway.study.ServingPlan;
import dev.pagoda.gateway.study.ServingReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The engines of a serving study, put together from what the user, the engine's configuration, the catalogue and the
/// operator tables say, in this order.
///
/// @param device what a device is
/// @param spec   its row of the catalogue; absent when only operator tables tell of it
/// @param time   how long a step takes
record ServingSetup(
        String modelName,
        Architecture model,
        Device device,
        @Nullable AcceleratorSpec spec,
        Parallelism parallel,
        EngineLimits limits,
        EngineRules rules,
        StepModel time,
        PowerModel power) {
    private static final int VLLM_MAX_SEQUENCES = 256;
    private static final int VLLM_STEP_TOKENS = 8_192;
    private static final int MAX_WAITING = 50_000_000;
    private static final double GIGA = 1e9;
    private static final int MOST_STAGES = 64;

    /// What the user asks for; what is absent is taken from elsewhere.
    record Wish(
            Optional<String> model,
            Optional<Path> modelConfig,
            OptionalInt data,
            OptionalInt pipeline,
            Optional<Boolean> expertParallel,
            OptionalInt maxSequences,
            OptionalInt stepTokens,
            OptionalInt contextTokens,
            OptionalDouble memoryShare,
            Optional<String> dtype,
            Optional<String> kvDtype,
            String engine,
            boolean prefixCaching,
            Optional<double[]> drafts,
            Place place) {
        EngineConfig config() {
            return place.config;
        }
    }

    /// The devices of an engine, and what depends on which they are.
    ///
    /// @param link microseconds and GB/s of an all-reduce
    record Place(
            Optional<String> device,
            OptionalInt tensor,
            OptionalInt kvBlocks,
            Optional<double[]> link,
            Optional<Path> profiles,
            EngineConfig config) {
        static Place of(String device, int tensor) {
            return new Place(
                    Optional.of(device),
                    OptionalInt.of(tensor),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    EngineConfig.NONE);
        }
    }

    private static final Map<String, Double> BYTES = Map.ofEntries(
            Map.entry("fp32", 4.0),
            Map.entry("float32", 4.0),
            Map.entry("bf16", 2.0),
            Map.entry("bfloat16", 2.0),
            Map.entry("fp16", 2.0),
            Map.entry("float16", 2.0),
            Map.entry("half", 2.0),
            Map.entry("fp8", 1.0),
            Map.entry("fp8_e4m3", 1.0),
            Map.entry("fp8_e5m2", 1.0),
            Map.entry("int8", 1.0),
            Map.entry("int4", .5),
            Map.entry("fp4", .5));

    /// What vLLM's `quantization` makes of the weights.
    private static final Map<String, String> QUANTIZATIONS = Map.of(
            "fp8", "fp8",
            "awq", "int4",
            "awq_marlin", "int4",
            "gptq", "int4",
            "gptq_marlin", "int4",
            "bitsandbytes", "int4",
            "modelopt", "fp8",
            "modelopt_fp4", "fp4");

    private static final Map<String, HostTime> ENGINES = Map.of(
            "vllm", HostTime.VLLM,
            "vllm-sync", HostTime.VLLM_SYNCHRONOUS,
            "sglang", HostTime.SGLANG,
            "tensorrt-llm", HostTime.TENSORRT_LLM,
            "eager", HostTime.EAGER,
            "onnxruntime", HostTime.ONNX_RUNTIME);

    static ServingSetup of(Wish wish) {
        EngineConfig config = wish.config();
        Optional<String> named = wish.model().or(() -> config.text("model"));
        String modelName = named.or(() -> wish.modelConfig().map(Path::toString))
                .orElseThrow(() -> new StartRefused(
                        "simulate serving needs --model, --model-config or an --engine-config that names the model"));
        int tensor = wish.place()
                .tensor()
                .orElse(config.whole("tensor_parallel_size").orElse(1));
        int data = wish.data().orElse(config.whole("data_parallel_size").orElse(1));
        Architecture shape = wish.modelConfig()
                .map(ModelShapes::read)
                .orElseGet(() -> ModelShapes.shipped().get(modelName));
        boolean spread = wish.expertParallel()
                .orElse(config.flag("enable_expert_parallel").orElse(false));
        int pipeline =
                wish.pipeline().orElse(config.whole("pipeline_parallel_size").orElse(1));
        if (pipeline > shape.layers()) {
            throw new StartRefused(
                    "--pp " + pipeline + " is more than the " + shape.layers() + " layers of " + modelName);
        }
        var parallel = new Parallelism(tensor, data, spread && shape.isMixture() ? tensor * data : 1, pipeline);
        String dtype = wish.dtype()
                .or(() -> config.text("quantization").map(QUANTIZATIONS::get))
                .or(() -> config.text("dtype"))
                .orElse("auto")
                .toLowerCase(Locale.ROOT);
        double weightBytes = bytes("dtype", Optional.of(dtype), 2);
        double kvBytes = bytes("kv-dtype", wish.kvDtype().or(() -> config.text("kv_cache_dtype")), 2);
        Architecture model = shape.withBytes(weightBytes, kvBytes);
        Optional<ProfileFolder> profile = wish.place()
                .profiles()
                .map(each -> ProfileFolder.find(
                        each, modelName, wish.place().device().orElse(null)));
        Optional<AcceleratorSpec> spec = spec(wish, profile);
        Device device = spec.map(each -> device(each, dtype)).orElseGet(() -> unknown(wish, profile));
        if (LpuStepTime.isLpu(device.id())) {
            return LpuSetup.of(wish, modelName, model, device, spec.orElseThrow());
        }
        if (shape.heads() % tensor != 0) {
            throw new StartRefused(
                    "--tp " + tensor + " does not divide the " + shape.heads() + " attention heads of " + modelName);
        }
        EngineLimits limits = limits(wish, model, device, parallel, spec.isPresent());
        HostTime host = host(wish);
        EngineRules rules = (isAsync(wish) && pipeline == 1 ? EngineRules.VLLM : EngineRules.SYNCHRONOUS)
                .withPrefixCaching(wish.prefixCaching()
                        && config.flag("enable_prefix_caching").orElse(true));
        if (wish.drafts().isPresent() && pipeline > 1) {
            throw new StartRefused("--speculative does not go with --pp " + pipeline);
        }
        if (wish.drafts().isPresent()) {
            double[] drafts = wish.drafts().get();
            rules = rules.withDrafts((int) drafts[0], drafts[1]);
        }
        Link link = wish.place()
                .link()
                .<Link>map(each -> new Link.Ring(each[0], each[1] * GIGA))
                .or(() -> profile.flatMap(ProfileFolder::link))
                .orElse(new Link.Fitted(device));
        StepModel time;
        if (profile.isPresent()) {
            OperatorTables tables = profile.get().tables(tensor, parallel.experts());
            if (model.isMixture() && tables.moe() == null) {
                throw new StartRefused(
                        profile.get().folder() + " has no moe.csv, and " + modelName + " is a mixture of experts");
            }
            time = new MeasuredStepTime(model, tables, parallel, link, host);
        } else {
            time = new StepTime(model, device, parallel, link, host);
        }
        double watts = spec.map(AcceleratorSpec::tdpWatts).orElse(0.0);
        return new ServingSetup(
                modelName,
                model,
                device,
                spec.orElse(null),
                parallel,
                limits,
                rules,
                time,
                PowerModel.of(model, device, watts, tensor * pipeline));
    }

    /// What a study of such engines serves with.
    ServingPlan plan(int engines, Routing routing, long tickNanos, FleetPlan fleet, int blockTokens) {
        return new ServingPlan(engines, limits, rules, parallel, routing, tickNanos, fleet, blockTokens);
    }

    /// What the devices of one engine cost.
    ServingReport.Bill bill() {
        Double price = spec == null ? null : spec.usdPerHour();
        return new ServingReport.Bill(
                parallel.devices(), price == null ? Double.NaN : price, power.idleJoules(1) * parallel.data());
    }

    private static boolean isAsync(Wish wish) {
        return wish.engine().equals("vllm")
                ? wish.config().isAsync()
                : wish.engine().equals("sglang");
    }

    private static HostTime host(Wish wish) {
        if (wish.engine().equals("vllm") && !wish.config().isAsync()) {
            return HostTime.VLLM_SYNCHRONOUS;
        }
        HostTime host = ENGINES.get(wish.engine());
        if (host == null) {
            throw new StartRefused("--engine " + wish.engine() + " is none of "
                    + ENGINES.keySet().stream().sorted().toList());
        }
        return host;
    }

    private static double bytes(String option, Optional<String> name, double otherwise) {
        if (name.isEmpty() || name.get().equals("auto")) {
            return otherwise;
        }
        Double bytes = BYTES.get(name.get().toLowerCase(Locale.ROOT));
        if (bytes == null) {
            throw new StartRefused("--" + option + " " + name.get() + " is none of "
                    + BYTES.keySet().stream().sorted().toList());
        }
        return bytes;
    }

    private static Optional<AcceleratorSpec> spec(Wish wish, Optional<ProfileFolder> profile) {
        AcceleratorCatalogue catalogue = AcceleratorCatalogue.shipped();
        if (wish.place().device().isPresent()) {
            String name = wish.place().device().get();
            Optional<AcceleratorSpec> found = catalogue.find(name).or(() -> alike(catalogue, name));
            if (found.isEmpty() && profile.isEmpty()) {
                try {
                    return Optional.of(catalogue.get(name));
                } catch (IllegalArgumentException unknown) {
                    throw new StartRefused(
                            "--device " + name + ": " + unknown.getMessage() + "; or give --profiles with its tables",
                            unknown);
                }
            }
            return found;
        }
        if (profile.isEmpty()) {
            throw new StartRefused("simulate serving needs --device or --profiles");
        }
        return alike(catalogue, profile.get().hardware());
    }

    /// The one device whose name is the same but for signs, or begins so.
    private static Optional<AcceleratorSpec> alike(AcceleratorCatalogue catalogue, String name) {
        String wanted = plain(name);
        List<AcceleratorSpec> alike = catalogue.all().stream()
                .filter(each ->
                        plain(each.id()).equals(wanted) || plain(each.model()).equals(wanted))
                .toList();
        if (alike.isEmpty() && !wanted.isEmpty()) {
            alike = catalogue.all().stream()
                    .filter(each -> plain(each.id()).startsWith(wanted))
                    .toList();
        }
        return alike.size() == 1 ? Optional.of(alike.getFirst()) : Optional.empty();
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static Device device(AcceleratorSpec spec, String dtype) {
        return new Device(
                spec.id(),
                spec.memory().bytes(),
                spec.memory().bytesPerSecond(),
                peak(spec, dtype),
                spec.peaks().sixteenBit(),
                spec.link().bytesPerSecondOneWay());
    }

    /// The rate at which a device multiplies such weights: 16-bit where it has no path of its own for them, as for
    /// int4, which is unpacked first. The catalogue has no peaks of 4-bit floats: they count as 8-bit ones.
    private static double peak(AcceleratorSpec spec, String dtype) {
        PeakRates peaks = spec.peaks();
        double own = switch (dtype) {
            case "fp8", "fp8_e4m3", "fp8_e5m2", "fp4" -> peaks.fp8();
            case "int8" -> peaks.int8();
            default -> 0;
        };
        return own > 0 ? own : peaks.sixteenBit();
    }

    /// A device of which only the tables tell: its memory and rates decide nothing then.
    private static Device unknown(Wish wish, Optional<ProfileFolder> profile) {
        if (wish.place().kvBlocks().isEmpty() && wish.config().kvBlocks().isEmpty()) {
            throw new StartRefused(
                    "the device " + profile.map(ProfileFolder::hardware).orElse("")
                            + " is not in the catalogue, so that --kv-blocks or an --engine-config with num_gpu_blocks is"
                            + " needed to know how much it holds");
        }
        return new Device(profile.map(ProfileFolder::hardware).orElse("unknown"), Long.MAX_VALUE, 1e15, 1e18, 0);
    }

    private static EngineLimits limits(
            Wish wish, Architecture model, Device device, Parallelism parallel, boolean isKnown) {
        EngineConfig config = wish.config();
        int stepTokens =
                wish.stepTokens().orElse(config.whole("max_num_batched_tokens").orElse(VLLM_STEP_TOKENS));
        int maxSequences =
                wish.maxSequences().orElse(config.whole("max_num_seqs").orElse(VLLM_MAX_SEQUENCES));
        int context = wish.contextTokens().orElse(config.whole("max_model_len").orElse(model.contextTokens()));
        if (context > model.contextTokens()) {
            throw new StartRefused(
                    "a context of " + context + " tokens is longer than the model's, " + model.contextTokens());
        }
        double share = wish.memoryShare()
                .orElse(config.number("gpu_memory_utilization").orElse(KvCapacity.MEMORY_SHARE));
        if (!(share > 0 && share <= 1)) {
            throw new StartRefused("--gpu-memory-utilization " + share + " is not above 0 and at most 1");
        }
        OptionalInt told = wish.place().kvBlocks().isPresent() ? wish.place().kvBlocks() : config.kvBlocks();
        int blocks = told.isPresent() ? told.getAsInt() : KvCapacity.blocks(model, device, parallel, stepTokens, share);
        if (blocks < 1) {
            throw new StartRefused(tooLarge(model, device, parallel, stepTokens, share, isKnown));
        }
        try {
            return new EngineLimits(stepTokens, maxSequences, MAX_WAITING, context, blocks);
        } catch (IllegalArgumentException impossible) {
            throw new StartRefused(String.valueOf(impossible.getMessage()), impossible);
        }
    }

    /// Says that the model does not fit, and what would.
    private static String tooLarge(
            Architecture model, Device device, Parallelism parallel, int stepTokens, double share, boolean isKnown) {
        String sentence = String.format(
                Locale.ROOT,
                "%.1f GiB of weights a device leave no room for keys and values in the %.1f GiB of %s",
                KvCapacity.weightBytes(model, parallel) / (1L << 30),
                (double) device.memoryBytes() / (1L << 30),
                device.id());
        for (int tensor = 2 * parallel.tensor(); isKnown && tensor <= 16; tensor *= 2) {
            if (KvCapacity.blocks(model, device, Parallelism.tensor(tensor), stepTokens, share) > 0) {
                return sentence + "; --tp " + tensor + " would do";
            }
        }
        for (int stages = 2; isKnown && stages <= Math.min(MOST_STAGES, model.layers()); stages *= 2) {
            Parallelism split = Parallelism.tensor(8).withPipeline(stages);
            if (KvCapacity.blocks(model, device, split, stepTokens, share) > 0) {
                return sentence + "; --tp 8 --pp " + stages + " would do";
            }
        }
        List<AcceleratorSpec> larger =
                new ArrayList<>(AcceleratorCatalogue.shipped().all());
        larger.removeIf(each -> KvCapacity.blocks(model, device(each, "auto"), parallel, stepTokens, share) == 0);
        return larger.stream()
                .min(Comparator.comparingLong(each -> each.memory().bytes()))
                .map(each -> sentence + "; " + each.id() + " would do")
                .orElse(sentence);
    }
}
