package dev.pagoda.gateway.backend;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.pagoda.gateway.RerankerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/*
 * Batches. Pairs of about one length go through together, padded to the longest, as long as all their tokens with the
 * padding are at most RUN_TOKENS: that bounds the memory of a run, whose attention grows with pairs and the square of
 * their length. Models that quantise activations as they go get one pair at a time, so that no score depends on what
 * else was asked.
 *
 * Length. Question and document together get `maxTokens` tokens, the special ones included; the longer of the two is
 * cut first, as Hugging Face's `longest_first` does. Characters that cannot be among those tokens are not looked at,
 * because a question is read again with each document.
 */

/// A model that reads a question with a document and tells how well the document answers it (Nogueira and Cho 2019,
/// https://arxiv.org/abs/1901.04085), run by ONNX Runtime on the calling thread.
///
/// Safe from any thread.
final class CrossEncoder implements AutoCloseable {
    static {
        // the tokenizer's library reports its start to a server of its makers unless this is set
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private static final int RUN_TOKENS = 2048;
    /// WordPiece takes a word of more characters for one unknown token.
    private static final int CHARS_PER_TOKEN = 100;

    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";
    private static final String LOGITS = "logits";

    private final String name;
    private final int maxTokens;
    private final CrossEncoderFiles files;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final HuggingFaceTokenizer tokenizer;
    private final OrtSession session;
    private final boolean wantsTypes;
    private final String output;

    /// Loads a model and tries it. Blocks for as long as it takes to read the weights, and one run.
    ///
    /// @throws UnusableModel if a file is missing or broken, or is not a model of one score for each pair
    CrossEncoder(RerankerConfig config) {
        this.name = config.name();
        this.maxTokens = config.tokens();
        this.files = CrossEncoderFiles.of(config);
        this.tokenizer = openTokenizer();
        try {
            this.session = openSession();
        } catch (UnusableModel broken) {
            tokenizer.close();
            throw broken;
        }
        try {
            this.wantsTypes = inputs().contains(TYPES);
            this.output = output();
            tryOut();
        } catch (UnusableModel broken) {
            close();
            throw broken;
        }
    }

    CrossEncoderFiles files() {
        return files;
    }

    /// How relevant documents are.
    ///
    /// @param scores 0 to 1, by document; the receiver owns it
    /// @param tokens that were read of question and documents, special ones included
    record Scored(double[] scores, int tokens) {}

    /// Scores documents; what is beyond the model's length is not read.
    Scored score(String question, List<String> documents) {
        String read = cut(question);
        Encoding[] pairs = documents.stream()
                .map(document -> tokenizer.encode(read, cut(document)))
                .toArray(Encoding[]::new);
        Integer[] longestFirst = new Integer[pairs.length];
        Arrays.setAll(longestFirst, i -> i);
        Arrays.sort(longestFirst, Comparator.comparingInt((Integer i) -> -pairs[i].getIds().length));
        double[] scores = new double[pairs.length];
        int tokens = 0;
        for (int from = 0; from < pairs.length; ) {
            int width = pairs[longestFirst[from]].getIds().length;
            int most = files.scalesByRun() ? 1 : Math.max(1, RUN_TOKENS / Math.max(1, width));
            int to = Math.min(pairs.length, from + most);
            Encoding[] together = new Encoding[to - from];
            for (int i = from; i < to; i++) {
                together[i - from] = pairs[longestFirst[i]];
                tokens += pairs[longestFirst[i]].getIds().length;
            }
            float[] logits = run(together, width);
            for (int i = from; i < to; i++) {
                scores[longestFirst[i]] = 1 / (1 + Math.exp(-logits[i - from]));
            }
            from = to;
        }
        return new Scored(scores, tokens);
    }

    @Override
    public void close() {
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException broken) {
            throw new IllegalStateException("ONNX Runtime cannot close " + name, broken);
        }
    }

    private String cut(String text) {
        int most = maxTokens * CHARS_PER_TOKEN;
        if (text.length() <= most) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }

    private float[] run(Encoding[] pairs, int width) {
        long[] ids = new long[pairs.length * width];
        long[] mask = new long[ids.length];
        long[] types = new long[ids.length];
        Arrays.fill(ids, files.paddingId());
        for (int pair = 0; pair < pairs.length; pair++) {
            int length = pairs[pair].getIds().length;
            System.arraycopy(pairs[pair].getIds(), 0, ids, pair * width, length);
            System.arraycopy(pairs[pair].getAttentionMask(), 0, mask, pair * width, length);
            System.arraycopy(pairs[pair].getTypeIds(), 0, types, pair * width, length);
        }
        long[] shape = {pairs.length, width};
        Map<String, OnnxTensor> inputs = HashMap.newHashMap(3);
        try {
            try {
                inputs.put(IDS, OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape));
                inputs.put(MASK, OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape));
                if (wantsTypes) {
                    inputs.put(TYPES, OnnxTensor.createTensor(environment, LongBuffer.wrap(types), shape));
                }
                try (OrtSession.Result result = session.run(inputs, Set.of(output))) {
                    return logits(((OnnxTensor) result.get(0)).getFloatBuffer(), pairs.length);
                }
            } finally {
                inputs.values().forEach(OnnxTensor::close);
            }
        } catch (OrtException broken) {
            throw new IllegalStateException(
                    name + " failed on " + pairs.length + " pairs of up to " + width + " tokens: "
                            + broken.getMessage(),
                    broken);
        }
    }

    private float[] logits(FloatBuffer told, int pairs) {
        if (told.remaining() != pairs) {
            throw new IllegalStateException(name + " gave " + told.remaining() + " scores for " + pairs + " pairs");
        }
        float[] logits = new float[pairs];
        told.get(logits);
        for (float logit : logits) {
            if (Float.isNaN(logit)) {
                throw new IllegalStateException(name + " gave a score that is no number");
            }
        }
        return logits;
    }

    private HuggingFaceTokenizer openTokenizer() {
        String length = Integer.toString(maxTokens);
        Map<String, String> options = Map.of(
                "padding", "false", "truncation", "longest_first", "maxLength", length, "modelMaxLength", length);
        try (InputStream file = Files.newInputStream(files.tokenizer())) {
            return HuggingFaceTokenizer.newInstance(file, options);
        } catch (IOException | RuntimeException broken) {
            throw new UnusableModel(
                    name, files.tokenizer() + " is no tokenizer that can be read: " + broken.getMessage(), broken);
        }
    }

    private OrtSession openSession() {
        try (var options = new OrtSession.SessionOptions()) {
            // one thread a run, and none that spins: the callers' pool is the only bound on cores
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            return environment.createSession(files.weights().toString(), options);
        } catch (OrtException broken) {
            throw new UnusableModel(
                    name, "ONNX Runtime cannot load " + files.weights() + ": " + broken.getMessage(), broken);
        }
    }

    private Set<String> inputs() {
        try {
            Map<String, NodeInfo> inputs = session.getInputInfo();
            Set<String> known = Set.of(IDS, MASK, TYPES);
            if (!known.containsAll(inputs.keySet())
                    || !inputs.keySet().containsAll(Set.of(IDS, MASK))
                    || !inputs.values().stream().allMatch(CrossEncoder::isOfTokens)) {
                throw new UnusableModel(
                        name,
                        files.weights() + " has the inputs " + inputs.values() + "; " + IDS + ", " + MASK + " and "
                                + TYPES + " are known, of INT64 by pair and token",
                        null);
            }
            return inputs.keySet();
        } catch (OrtException broken) {
            throw new UnusableModel(name, "ONNX Runtime cannot tell its inputs: " + broken.getMessage(), broken);
        }
    }

    private static boolean isOfTokens(NodeInfo input) {
        return input.getInfo() instanceof TensorInfo tensor
                && tensor.type == OnnxJavaType.INT64
                && tensor.getShape().length == 2;
    }

    private String output() {
        try {
            Map<String, NodeInfo> outputs = session.getOutputInfo();
            String scores = outputs.containsKey(LOGITS) || outputs.size() != 1
                    ? LOGITS
                    : outputs.keySet().iterator().next();
            NodeInfo told = outputs.get(scores);
            if (told == null || !(told.getInfo() instanceof TensorInfo tensor) || !isOfScores(tensor)) {
                throw new UnusableModel(
                        name,
                        files.weights() + " has the outputs " + outputs.values() + "; a cross-encoder has " + LOGITS
                                + " of one FLOAT for each pair",
                        null);
            }
            return scores;
        } catch (OrtException broken) {
            throw new UnusableModel(name, "ONNX Runtime cannot tell its outputs: " + broken.getMessage(), broken);
        }
    }

    /// Dimensions of which the model leaves open how large they are, are -1; that they are 1 is tried.
    private static boolean isOfScores(TensorInfo tensor) {
        long[] shape = tensor.getShape();
        boolean isFloat = tensor.type == OnnxJavaType.FLOAT || tensor.type == OnnxJavaType.FLOAT16;
        return isFloat && (shape.length == 1 || (shape.length == 2 && (shape[1] == 1 || shape[1] == -1)));
    }

    /// A short pair beside one of the greatest length.
    private void tryOut() {
        Encoding shortest = tokenizer.encode("a", "b");
        Encoding longest = tokenizer.encode("a", "b ".repeat(maxTokens));
        if (longest.getIds().length > maxTokens) {
            throw new UnusableModel(name, files.tokenizer() + " does not cut pairs to " + maxTokens + " tokens", null);
        }
        try {
            run(new Encoding[] {longest, shortest}, longest.getIds().length);
        } catch (IllegalStateException broken) {
            throw new UnusableModel(
                    name,
                    files.weights() + " cannot be run on two pairs, one of them of " + longest.getIds().length
                            + " tokens (maxTokens): " + broken.getMessage(),
                    broken);
        }
    }
}
