package dev.pagoda.deploy;

import dev.pagoda.deploy.demo.Demo;
import dev.pagoda.gateway.load.LoadCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The verbs of `./pagoda` that Java carries out. Exit codes: 0 done, 1 failed, 2 refused.
@Command(
        name = "pagoda",
        subcommands = {
            Up.class,
            Stop.class,
            Key.class,
            Demo.class,
            LoadCommand.class,
            Bench.class,
            Simulate.class,
            Doctor.class
        })
public final class Main {
    static final int FAILED = 1;
    static final int REFUSED = 2;

    private Main() {}

    public static void main(String[] args) {
        restoreStandardError();
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setOverwrittenOptionsAllowed(true)
                .setParameterExceptionHandler((e, rest) -> {
                    String verb = verb(e.getCommandLine());
                    String help = verb.isEmpty() ? "./pagoda --help" : "./pagoda " + verb + " --help";
                    return refuse(e.getMessage() + "; see " + help);
                })
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    if (e instanceof StartRefused refused) {
                        return refuse(String.valueOf(refused.getMessage()));
                    }
                    return fail(command.getCommandName(), e);
                });
    }

    /// The name of the command below the root, which has the help; empty for the root itself.
    private static String verb(CommandLine command) {
        CommandLine each = command;
        String verb = "";
        while (each.getParent() != null) {
            verb = each.getCommandName();
            each = each.getParent();
        }
        return verb;
    }

    private static int refuse(String sentence) {
        System.err.println("pagoda: " + sentence);
        return REFUSED;
    }

    /// A fault of ours: told whole, to the log where there is one.
    private static int fail(String verb, Exception e) {
        Optional<Path> log = Logs.file();
        if (log.isPresent()) {
            LoggerFactory.getLogger(Main.class)
                    .error("{} failed: {}; more in {}", verb, Up.firstLine(e.toString()), log.get(), e);
        } else {
            System.err.println("pagoda: " + verb + " failed");
            e.printStackTrace();
        }
        return FAILED;
    }

    /// The launcher keeps descriptor 2 from the user, since the JVM writes its own notes there, and names the
    /// real one here.
    private static void restoreStandardError() {
        Integer number = Integer.getInteger("pagoda.stderr");
        if (number == null) {
            return;
        }
        try {
            Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            FileDescriptor descriptor = constructor.newInstance(number);
            System.setErr(new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("descriptor " + number + " cannot be opened", e);
        }
    }
}
