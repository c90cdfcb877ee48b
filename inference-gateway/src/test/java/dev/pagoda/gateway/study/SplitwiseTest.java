package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.StepShape;
import dev.pagoda.gateway.model.StepTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Coefficients alone against Splitwise's measurements of Llama-2-70B on A100 boards. The eight-way rows gave the host
/// term of such an engine, so that only the two-way and four-way rows are judged. The data is not part of the
/// repository: without it beside the repository nothing is tried.
class SplitwiseTest {
    private static final Device A100 = new Device("a100-sxm-80g", 80L << 30, 2039e9, 312e12, 300e9);

    /// From the request's arrival to the engine, and from there to the first token's, in milliseconds (BLIS).
    private static final double FRONT_END = 15.6;

    private record Case(int tensor, int prompt, int batch, int tokens) {}

    @Test
    void medianErrorIsBelowTenPercent() throws IOException {
        Path file = Stream.of("../shared", "../../shared")
                .map(each -> Path.of(each, "data/splitwise/perf_model.csv"))
                .filter(Files::exists)
                .findFirst()
                .orElse(Path.of(""));
        assumeTrue(Files.isRegularFile(file), "the measurements are not here");
        Architecture model = ModelShapes.shipped().get("Llama-2-70b-hf");
        List<Double> prompts = new ArrayList<>();
        List<Double> tokens = new ArrayList<>();
        List<Double> whole = new ArrayList<>();
        read(file).forEach((each, measured) -> {
            var time = new StepTime(model, A100, each.tensor(), new Link.Fitted(A100), HostTime.EAGER);
            int read = each.prompt() * each.batch();
            double pairs = each.batch() * (each.prompt() * (each.prompt() / 2.0));
            double first = time.micros(new StepShape(read, each.batch(), 0, 0, read, pairs)) / 1e3 + FRONT_END;
            double token = time.micros(StepShape.decode(each.batch(), each.prompt() + each.tokens() / 2)) / 1e3;
            prompts.add(error(first, median(measured, 0)));
            tokens.add(error(token, median(measured, 1)));
            // where the model had ended early, the rest of the time holds fewer tokens than were asked for
            double made =
                    Math.min(each.tokens() - 1, (median(measured, 2) - median(measured, 0)) / median(measured, 1));
            whole.add(error(first + token * made, median(measured, 2)));
        });
        double worst = Math.max(middle(tokens), middle(whole));
        List<Double> all = new ArrayList<>(prompts);
        all.addAll(tokens);
        all.addAll(whole);

        String figures = "prompt " + middle(prompts) + ", token " + middle(tokens) + ", whole " + middle(whole)
                + ", all " + middle(all);
        System.out.println("Splitwise: median error of " + figures);
        assertTrue(worst <= .1 && middle(all) <= .1, figures);
    }

    private static Map<Case, List<double[]>> read(Path file) throws IOException {
        Map<Case, List<double[]>> cases = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        List<String> lines = Files.readAllLines(file);
        for (String line : lines.subList(1, lines.size())) {
            String[] cell = line.split(",", -1);
            int tensor = Integer.parseInt(cell[10]);
            if (tensor < 8) {
                var key = new Case(
                        tensor, Integer.parseInt(cell[2]), Integer.parseInt(cell[3]), Integer.parseInt(cell[4]));
                cases.computeIfAbsent(key, absent -> new ArrayList<>()).add(new double[] {
                    Double.parseDouble(cell[7]), Double.parseDouble(cell[8]), Double.parseDouble(cell[9])
                });
            }
        }
        return cases;
    }

    private static double error(double ours, double measured) {
        return Math.abs(ours / measured - 1);
    }

    private static double median(List<double[]> repeats, int column) {
        return middle(repeats.stream().map(each -> each[column]).toList());
    }

    private static double middle(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
