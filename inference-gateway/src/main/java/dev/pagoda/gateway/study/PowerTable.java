package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.PowerFit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Reads measured power in the layout of splitwise-sim's `perf_model.csv`: a batch of prompts and its output, times
/// in milliseconds, power as a share of the limit. Repeats of a case are averaged; rows without power (0) are passed
/// over.
public final class PowerTable {
    private static final String PARALLEL = "tensor_parallel";
    private static final List<String> SIZES = List.of("prompt_size", "batch_size", "token_size", PARALLEL);
    private static final List<String> FIGURES =
            List.of("prompt_time", "token_time", "e2e_time", "peak_power", "average_power");
    /// The first so many of the figures are times, which are above 0.
    private static final int TIMES = 3;

    private static final int MAX_TOKENS = 1 << 24;
    private static final int MAX_DEVICES = 1 << 10;

    /// What the rows say.
    ///
    /// @param left rows whose mean is below what their prompts alone draw at the measured peak: one of both is
    ///             wrong
    public record Read(List<PowerFit.Point> points, int left) {}

    private PowerTable() {}

    /// @throws TraceFault if the file is no such table
    public static Read read(Path file, Architecture model, Device device) {
        var wanted = new ArrayList<>(SIZES);
        wanted.addAll(FIGURES);
        CsvTable table = CsvTable.read(file, wanted);
        var cases = new LinkedHashMap<List<Integer>, List<double[]>>();
        int left = 0;
        for (int i = 1; i < table.lines().count(); i++) {
            if (!table.isRow(i)) {
                continue;
            }
            var sizes = new ArrayList<Integer>();
            for (String name : SIZES) {
                sizes.add(table.whole(i, name, 1, name.equals(PARALLEL) ? MAX_DEVICES : MAX_TOKENS));
            }
            double[] figure = new double[FIGURES.size()];
            for (int j = 0; j < figure.length; j++) {
                String name = FIGURES.get(j);
                figure[j] = table.number(i, name);
                if (figure[j] < 0 || (j < TIMES && figure[j] == 0)) {
                    throw table.lines().broken(i, name + " is " + figure[j] + ", expected above 0");
                }
            }
            double prompt = figure[0];
            double total = figure[2];
            double average = figure[4];
            if (average == 0 || total <= prompt) {
                continue;
            }
            if (average < figure[3] * prompt / total) {
                left++;
                continue;
            }
            cases.computeIfAbsent(sizes, absent -> new ArrayList<>()).add(figure);
        }
        if (cases.isEmpty()) {
            throw new TraceFault(file + " has no rows with power");
        }
        var points = new ArrayList<PowerFit.Point>();
        cases.forEach((sizes, rows) -> {
            double[] mean = mean(rows);
            points.add(new PowerFit.Point(phases(model, device, sizes, mean), mean[mean.length - 1]));
        });
        return new Read(points, left);
    }

    private static double[] mean(List<double[]> rows) {
        double[] mean = new double[rows.getFirst().length];
        for (double[] row : rows) {
            for (int j = 0; j < mean.length; j++) {
                mean[j] += row[j] / rows.size();
            }
        }
        return mean;
    }

    private static List<PowerFit.Phase> phases(
            Architecture model, Device device, List<Integer> sizes, double[] figure) {
        var uses = new PowerModel.Uses(model, device, sizes.get(3));
        int prompt = sizes.get(0);
        int batch = sizes.get(1);
        double context = (double) batch * (prompt + sizes.get(2) / 2.0);
        double tokens = (double) batch * prompt;
        return List.of(
                new PowerFit.Phase(
                        figure[0] / 1e3, uses.memory(tokens, figure[0] / 1e3), uses.compute(tokens, figure[0] / 1e3)),
                new PowerFit.Phase(
                        (figure[2] - figure[0]) / 1e3,
                        uses.memory(context, figure[1] / 1e3),
                        uses.compute(batch, figure[1] / 1e3)));
    }
}
