package dev.pagoda.gateway.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.model.KvCapacity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// What a vLLM was started with: a JSON file with vLLM's own names, at the top or in any object below, such as
/// `engine_kwargs` and `kv_cache`. The object nearest to the top wins; what is null is absent.
public final class EngineConfig {
    /// A file that says nothing.
    public static final EngineConfig NONE = new EngineConfig(Path.of("(none)"), new ObjectMapper().createObjectNode());

    private static final int FIRST_ASYNC_MINOR = 14;

    private final Path file;
    private final JsonNode root;

    private EngineConfig(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /// @throws TraceFault if the file is not a JSON object
    public static EngineConfig read(Path file) {
        try {
            JsonNode root = new ObjectMapper().readTree(Files.readString(file));
            if (root == null || !root.isObject()) {
                throw new TraceFault(file + ": expected a JSON object");
            }
            return new EngineConfig(file, root);
        } catch (NoSuchFileException absent) {
            throw new TraceFault("there is no file " + file, absent);
        } catch (JsonProcessingException broken) {
            throw new TraceFault(
                    file + " line " + broken.getLocation().getLineNr() + ": expected JSON: "
                            + broken.getOriginalMessage(),
                    broken);
        } catch (IOException failed) {
            throw new TraceFault("cannot read " + file + ": " + failed, failed);
        }
    }

    public Optional<String> text(String key) {
        return find(key).filter(JsonNode::isTextual).map(JsonNode::asText);
    }

    public Optional<Boolean> flag(String key) {
        return find(key).filter(JsonNode::isBoolean).map(JsonNode::asBoolean);
    }

    /// @throws TraceFault if it is there and not a whole number above 0
    public OptionalInt whole(String key) {
        Optional<JsonNode> found = find(key);
        if (found.isEmpty()) {
            return OptionalInt.empty();
        }
        JsonNode node = found.get();
        if (!node.isNumber() || node.asDouble() != Math.rint(node.asDouble()) || node.asInt() < 1) {
            throw new TraceFault(file + ": expected a whole number above 0 in " + key + ", not " + node);
        }
        return OptionalInt.of(node.asInt());
    }

    /// @throws TraceFault if it is there and not a number
    public OptionalDouble number(String key) {
        Optional<JsonNode> found = find(key);
        if (found.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (!found.get().isNumber()) {
            throw new TraceFault(file + ": expected a number in " + key + ", not " + found.get());
        }
        return OptionalDouble.of(found.get().asDouble());
    }

    /// KV blocks of [KvCapacity#BLOCK_TOKENS] tokens for each rank, however large the engine's own blocks are.
    public OptionalInt kvBlocks() {
        OptionalInt blocks = whole("num_gpu_blocks_override");
        if (blocks.isEmpty()) {
            blocks = whole("num_gpu_blocks");
        }
        if (blocks.isPresent()) {
            int size = whole("block_size").orElse(KvCapacity.BLOCK_TOKENS);
            return OptionalInt.of((int) ((long) blocks.getAsInt() * size / KvCapacity.BLOCK_TOKENS));
        }
        OptionalInt tokens = whole("num_kv_tokens");
        return tokens.isPresent() ? OptionalInt.of(tokens.getAsInt() / KvCapacity.BLOCK_TOKENS) : OptionalInt.empty();
    }

    /// Whether the engine plans a step while another runs: as the file says, else by vLLM's version, which does so from
    /// 0.14 on unless told otherwise.
    public boolean isAsync() {
        return flag("async_scheduling").orElseGet(() -> {
            String version = text("vllm_version").orElse("");
            List<String> parts = List.of(version.split("\\.", -1));
            if (parts.size() < 2
                    || !parts.get(0).matches("\\d{1,4}")
                    || !parts.get(1).matches("\\d{1,4}")) {
                return true;
            }
            return Integer.parseInt(parts.get(0)) > 0 || Integer.parseInt(parts.get(1)) >= FIRST_ASYNC_MINOR;
        });
    }

    private Optional<JsonNode> find(String key) {
        var level = new ArrayDeque<JsonNode>();
        level.add(root);
        while (!level.isEmpty()) {
            JsonNode node = level.removeFirst();
            JsonNode value = node.get(key);
            if (value != null && !value.isNull() && !value.isContainerNode()) {
                return Optional.of(value);
            }
            node.forEach(child -> {
                if (child.isObject()) {
                    level.addLast(child);
                }
            });
        }
        return Optional.empty();
    }
}
