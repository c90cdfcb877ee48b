package dev.pagoda.gateway.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;

/// A cross-encoder of one layer, as files for the gateway and as plain Java for its tests.
///
/// A pair is `[CLS] question [SEP] document [SEP]`. Its logit is a weighted product of the mean vectors of both
/// sides, to which their special tokens belong, and a bias.
final class TinyReranker {
    static final List<String> WORDS = List.of(
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "cat", "dog", "pump", "oil", "leaks", "sleeps", "kitten",
            "engine", "moon", "river");
    private static final int CLS = 2;
    private static final int SEP = 3;
    private static final int DIMENSION = 24;
    private static final long SEED = 20;

    private final float[] table = new float[WORDS.size() * DIMENSION];
    private final float[] weights = new float[DIMENSION];
    private final float bias = -0.5f;

    TinyReranker() {
        var random = new Random(SEED);
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        Arrays.fill(weights, 0.5f);
    }

    /// What a tokenizer makes of words and, by turns from the longer side, at most `maxTokens` tokens of.
    List<Integer> tokens(String question, String document, int maxTokens) {
        List<Integer> first = ids(question);
        List<Integer> second = ids(document);
        while (first.size() + second.size() + 3 > maxTokens) {
            (first.size() > second.size() ? first : second).removeLast();
        }
        var all = new ArrayList<Integer>();
        all.add(CLS);
        all.addAll(first);
        all.add(SEP);
        all.addAll(second);
        all.add(SEP);
        return all;
    }

    private static List<Integer> ids(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split(" "))
                .filter(word -> !word.isEmpty())
                .map(word -> Math.max(WORDS.indexOf(word), 1))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    double score(String question, String document, int maxTokens) {
        List<Integer> tokens = tokens(question, document, maxTokens);
        int split = tokens.indexOf(SEP) + 1;
        double[] one = mean(tokens.subList(0, split));
        double[] other = mean(tokens.subList(split, tokens.size()));
        double logit = bias;
        for (int i = 0; i < DIMENSION; i++) {
            logit += one[i] * other[i] * weights[i];
        }
        return 1 / (1 + Math.exp(-logit));
    }

    private double[] mean(List<Integer> tokens) {
        double[] mean = new double[DIMENSION];
        for (int token : tokens) {
            for (int i = 0; i < DIMENSION; i++) {
                mean[i] += table[token * DIMENSION + i] / (double) tokens.size();
            }
        }
        return mean;
    }

    /// Lays the model out as on the Hugging Face Hub.
    void write(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("onnx"));
        Files.write(folder.resolve("onnx/model.onnx"), model("table", "batch", 1));
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer());
    }

    /// The same with activations that are quantised by a scale of the whole run.
    byte[] quantised() {
        return model("quantised", "batch", 1);
    }

    /// With more scores for each pair than one.
    byte[] classifier(int classes) {
        return model("table", "batch", classes);
    }

    /// Of so many pairs a run and no other number.
    byte[] ofPairs(int pairs) {
        return model("table", Integer.toString(pairs), 1);
    }

    private byte[] model(String kind, String batch, int classes) {
        String output = "logits";
        var file = new OnnxFile()
                .input("input_ids", OnnxFile.INT64, batch, "tokens")
                .input("attention_mask", OnnxFile.INT64, batch, "tokens")
                .input("token_type_ids", OnnxFile.INT64, batch, "tokens")
                .output(output, OnnxFile.FLOAT, batch, Integer.toString(classes))
                .floats("table", table, WORDS.size(), DIMENSION)
                .floats("weights", repeated(weights, classes), DIMENSION, classes)
                .floats("bias", new float[] {bias}, 1)
                .longs("tokens", 1)
                .longs("dimensions", 2)
                .node("Gather", "table input_ids", "embedded");
        String read = "embedded";
        if (kind.equals("quantised")) {
            file.node("DynamicQuantizeLinear", "embedded", "small scale zero")
                    .node("DequantizeLinear", "small scale zero", "quantised");
            read = "quantised";
        }
        return file.node("Cast", "attention_mask", "mask", "to", OnnxFile.FLOAT)
                .node("Cast", "token_type_ids", "types", "to", OnnxFile.FLOAT)
                .node("Mul", "mask types", "second")
                .node("Sub", "mask second", "first")
                .node("Unsqueeze", "first dimensions", "first3")
                .node("Unsqueeze", "second dimensions", "second3")
                .node("Mul", read + " first3", "ofFirst")
                .node("Mul", read + " second3", "ofSecond")
                .node("ReduceSum", "ofFirst tokens", "sumFirst", "keepdims", 0)
                .node("ReduceSum", "ofSecond tokens", "sumSecond", "keepdims", 0)
                .node("ReduceSum", "first tokens", "countFirst")
                .node("ReduceSum", "second tokens", "countSecond")
                .node("Div", "sumFirst countFirst", "meanFirst")
                .node("Div", "sumSecond countSecond", "meanSecond")
                .node("Mul", "meanFirst meanSecond", "product")
                .node("MatMul", "product weights", "weighted")
                .node("Add", "weighted bias", output)
                .bytes();
    }

    private static float[] repeated(float[] row, int times) {
        float[] all = new float[row.length * times];
        for (int i = 0; i < all.length; i++) {
            all[i] = row[i / times];
        }
        return all;
    }

    static String tokenizer() {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < WORDS.size(); i++) {
            words.append(i == 0 ? "" : ", ")
                    .append('"')
                    .append(WORDS.get(i))
                    .append("\": ")
                    .append(i);
        }
        return """
                {"version": "1.0", "truncation": null, "padding": null,
                 "added_tokens": [{"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false,
                                   "normalized": false, "special": true}],
                 "normalizer": {"type": "Lowercase"},
                 "pre_tokenizer": {"type": "WhitespaceSplit"},
                 "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
                 "decoder": null,
                 "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {%s}}}
                """.formatted(words);
    }
}
