package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
    private static final Pattern OPTION_LINE = Pattern.compile("(?m)^ {2}(--[a-z-]+)");

    static Set<String> verbs() {
        return Main.commandLine().getSubcommands().keySet();
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void helpOfAVerbTellsExactlyItsOptions(String verb) throws IOException {
        CommandLine command = Main.commandLine().getSubcommands().get(verb);
        Set<String> options = new TreeSet<>();
        command.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .forEach(option -> options.add(option.longestName()));
        Set<String> told = new TreeSet<>();
        OPTION_LINE.matcher(help(verb)).results().forEach(match -> told.add(match.group(1)));
        assertEquals(options, told);
    }

    @Test
    void generalHelpTellsEveryVerb() throws IOException {
        String help = help("pagoda");
        for (String verb : verbs()) {
            assertTrue(help.contains("\n  " + verb + " "), verb);
        }
    }

    private static String help(String name) throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("/help/" + name + ".txt")) {
            assertNotNull(in, name);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
