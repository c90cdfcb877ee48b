package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.backend.Tools.Choice;
import dev.pagoda.gateway.backend.Tools.Tool;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// `tools` with `tool_choice`, or the older `functions` with `function_call`.
///
/// @param isOld whether the answer's call goes into `function_call`
record ToolParameters(Tools tools, boolean isOld) {
    static final int MAX_TOOLS = 128;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");
    private static final List<String> MODES = List.of("none", "auto", "required");

    static ToolParameters of(Parameters body) {
        boolean parallel = !body.has("parallel_tool_calls") || body.flag("parallel_tool_calls");
        List<Tool> tools = list(body, "tools");
        List<Tool> functions = list(body, "functions");
        if (!tools.isEmpty() || functions.isEmpty()) {
            Choice choice = choice(body, tools);
            oldChoice(body, functions);
            return new ToolParameters(new Tools(tools, choice, parallel), false);
        }
        return new ToolParameters(new Tools(functions, oldChoice(body, functions), false), true);
    }

    private static List<Tool> list(Parameters body, String name) {
        JsonNode list = body.raw(name);
        if (list.isMissingNode()) {
            return List.of();
        }
        if (!list.isArray()) {
            throw BadParameter.type(name, "an array of objects", list);
        }
        if (list.size() > MAX_TOOLS) {
            throw BadParameter.longArray(name, MAX_TOOLS, list.size());
        }
        if (list.isEmpty()) {
            throw BadParameter.emptyArray(name);
        }
        var tools = new ArrayList<Tool>(list.size());
        Set<String> names = new HashSet<>();
        for (int i = 0; i < list.size(); i++) {
            Parameters one = Parameters.of(list.get(i), name + "[" + i + "]");
            Tool tool = name.equals("tools") ? tool(one) : function(one);
            if (!names.add(tool.name())) {
                throw new BadParameter(
                        "Invalid '" + name + "[" + i + "]': the name '" + tool.name() + "' is used twice.",
                        name + "[" + i + "]",
                        "invalid_value");
            }
            tools.add(tool);
        }
        return tools;
    }

    private static Tool tool(Parameters tool) {
        String type = tool.choice("type", List.of("function", "custom"))
                .orElseThrow(() -> BadParameter.missing(tool.path("type")));
        Parameters inner = tool.object(type).orElseThrow(() -> BadParameter.missing(tool.path(type)));
        return type.equals("function") ? function(inner) : custom(inner, inner.object("format"));
    }

    /// A function's name, description and parameters, wherever they stand.
    static Tool function(Parameters function) {
        JsonNode parameters = function.raw("parameters");
        if (!parameters.isMissingNode() && !parameters.isObject()) {
            throw BadParameter.type(function.path("parameters"), "an object", parameters);
        }
        return new Tool.Function(
                name(function),
                function.text("description").orElse(""),
                parameters.isMissingNode()
                        ? JsonNodeFactory.instance.objectNode().put("type", "object")
                        : parameters,
                function.flag("strict"));
    }

    static Tool custom(Parameters custom, Optional<Parameters> format) {
        String grammar = format.filter(form -> form.choice("type", List.of("text", "grammar"))
                        .filter("grammar"::equals)
                        .isPresent())
                .map(form -> grammar(form.object("grammar").orElse(form)))
                .orElse("");
        return new Tool.Custom(name(custom), custom.text("description").orElse(""), grammar);
    }

    private static String grammar(Parameters grammar) {
        String syntax = grammar.choice("syntax", List.of("lark", "regex"))
                .orElseThrow(() -> BadParameter.missing(grammar.path("syntax")));
        if (syntax.equals("lark")) {
            throw BadParameter.unsupported(grammar.path("syntax"), "with 'lark'");
        }
        return grammar.requiredText("definition");
    }

    private static String name(Parameters tool) {
        String name = tool.requiredText("name");
        if (!NAME.matcher(name).matches()) {
            throw new BadParameter(
                    "Invalid '" + tool.path("name") + "': string does not match pattern. Expected a string that matches"
                            + " the pattern '^[a-zA-Z0-9_.-]{1,128}$'.",
                    tool.path("name"),
                    "invalid_value");
        }
        return name;
    }

    /// `tool_choice` in all its forms, those of the Responses API included.
    static Choice choice(Parameters body, List<Tool> tools) {
        JsonNode choice = body.raw("tool_choice");
        if (choice.isMissingNode()) {
            return tools.isEmpty() ? new Choice.None() : new Choice.Auto();
        }
        Choice got = choice.isTextual()
                ? mode(body.choice("tool_choice", MODES).orElseThrow(), tools)
                : forced(Parameters.of(choice, "tool_choice"), tools);
        if (tools.isEmpty() && !(got instanceof Choice.None)) {
            throw BadParameter.combination("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
        }
        return got;
    }

    private static Choice mode(String mode, List<Tool> tools) {
        return switch (mode) {
            case "required" -> tools.isEmpty() ? new Choice.Auto() : new Choice.Required();
            case "auto" -> new Choice.Auto();
            default -> new Choice.None();
        };
    }

    private static Choice forced(Parameters choice, List<Tool> tools) {
        String type = choice.choice("type", List.of("function", "custom", "allowed_tools"))
                .orElseThrow(() -> BadParameter.missing("tool_choice.type"));
        if (!type.equals("allowed_tools")) {
            Parameters inner = choice.object(type).orElse(choice);
            return new Choice.Named(known(inner.requiredText("name"), inner.path("name"), tools));
        }
        Parameters allowed = choice.object("allowed_tools").orElse(choice);
        boolean required = allowed.choice("mode", List.of("auto", "required"))
                .filter("required"::equals)
                .isPresent();
        JsonNode list = allowed.raw("tools");
        if (!list.isArray()) {
            throw BadParameter.type(allowed.path("tools"), "an array of objects", list);
        }
        if (list.isEmpty()) {
            throw BadParameter.emptyArray(allowed.path("tools"));
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < Math.min(list.size(), MAX_TOOLS); i++) {
            Parameters one = Parameters.of(list.get(i), allowed.path("tools") + "[" + i + "]");
            Parameters inner =
                    one.object("function").or(() -> one.object("custom")).orElse(one);
            names.add(known(inner.requiredText("name"), inner.path("name"), tools));
        }
        return new Choice.Allowed(names, required);
    }

    private static String known(String name, String path, List<Tool> tools) {
        if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
            throw new BadParameter(
                    "Tool choice '" + BadParameter.echo(name) + "' not found in 'tools' parameter.",
                    path,
                    "invalid_value");
        }
        return name;
    }

    private static Choice oldChoice(Parameters body, List<Tool> functions) {
        JsonNode choice = body.raw("function_call");
        if (choice.isMissingNode()) {
            return functions.isEmpty() ? new Choice.None() : new Choice.Auto();
        }
        if (!choice.isTextual()) {
            Parameters named = Parameters.of(choice, "function_call");
            return new Choice.Named(known(named.requiredText("name"), "function_call.name", functions));
        }
        return body.choice("function_call", List.of("none", "auto"))
                        .filter("auto"::equals)
                        .isPresent()
                ? new Choice.Auto()
                : new Choice.None();
    }
}
