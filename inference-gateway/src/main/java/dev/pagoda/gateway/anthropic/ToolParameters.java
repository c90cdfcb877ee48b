package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/// The `tools` and the `tool_choice` of a message.
///
/// Tools that Anthropic's own servers run, such as web search, are refused: nobody here would run them.
final class ToolParameters {
    private static final int MAX_TOOLS = 512;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,128}");
    private static final List<String> CHOICES = List.of("auto", "any", "tool", "none");

    private ToolParameters() {}

    static Tools of(Parameters body) {
        JsonNode list = body.raw("tools");
        if (!list.isMissingNode() && !list.isArray()) {
            throw BadParameter.type("tools", "an array of objects", list);
        }
        if (list.size() > MAX_TOOLS) {
            throw BadParameter.longArray("tools", MAX_TOOLS, list.size());
        }
        var tools = new ArrayList<Tools.Tool>(list.size());
        var names = new HashSet<String>();
        for (int i = 0; i < list.size(); i++) {
            Tools.Tool tool = tool(Parameters.of(list.get(i), "tools[" + i + "]"));
            if (!names.add(tool.name())) {
                throw MessageParameters.told("tools: Tool names must be unique.");
            }
            tools.add(tool);
        }
        return body.object("tool_choice")
                .map(choice -> chosen(tools, choice))
                .orElseGet(() -> tools.isEmpty() ? Tools.none() : new Tools(tools, new Tools.Choice.Auto(), true));
    }

    private static Tools.Tool tool(Parameters tool) {
        String type = tool.text("type").orElse("custom");
        if (!type.equals("custom")) {
            throw BadParameter.unsupported(tool.path("type"), "with '" + BadParameter.echo(type) + "'");
        }
        String name = tool.text("name").orElseThrow(() -> BadParameter.missing(tool.path("name")));
        if (!NAME.matcher(name).matches()) {
            throw MessageParameters.told(
                    Wording.path(tool.path("custom.name")) + ": String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
        }
        Parameters schema =
                tool.object("input_schema").orElseThrow(() -> BadParameter.missing(tool.path("input_schema")));
        if (schema.choice("type", List.of("object")).isEmpty()) {
            throw BadParameter.missing(schema.path("type"));
        }
        return new Tools.Tool.Function(
                name, tool.text("description").orElse(""), tool.raw("input_schema"), tool.flag("strict"));
    }

    private static Tools chosen(List<Tools.Tool> tools, Parameters choice) {
        String type = choice.choice("type", CHOICES).orElseThrow(() -> BadParameter.missing("tool_choice.type"));
        boolean parallel = !choice.flag("disable_parallel_tool_use");
        if (tools.isEmpty()) {
            if (type.equals("none")) {
                return Tools.none();
            }
            throw MessageParameters.told("tool_choice: tool_choice may only be specified while providing tools.");
        }
        return new Tools(
                tools,
                switch (type) {
                    case "any" -> new Tools.Choice.Required();
                    case "tool" -> named(tools, choice);
                    case "none" -> new Tools.Choice.None();
                    default -> new Tools.Choice.Auto();
                },
                parallel);
    }

    private static Tools.Choice named(List<Tools.Tool> tools, Parameters choice) {
        String name = choice.text("name").orElseThrow(() -> BadParameter.missing("tool_choice.tool.name"));
        if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
            throw MessageParameters.told("Tool '" + BadParameter.echo(name) + "' not found in provided tools");
        }
        return new Tools.Choice.Named(name);
    }
}
