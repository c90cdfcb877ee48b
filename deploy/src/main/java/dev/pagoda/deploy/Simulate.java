package dev.pagoda.deploy;

import dev.pagoda.deploy.simulate.CapacityCommand;
import dev.pagoda.deploy.simulate.FitCommand;
import dev.pagoda.deploy.simulate.JobsCommand;
import dev.pagoda.deploy.simulate.PlacementCommand;
import dev.pagoda.deploy.simulate.ServingCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `pagoda simulate`: studies in virtual time, one a name.
@Command(
        name = "simulate",
        subcommands = {
            PlacementCommand.class,
            JobsCommand.class,
            ServingCommand.class,
            CapacityCommand.class,
            FitCommand.class
        })
final class Simulate implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new StartRefused("simulate needs the name of a study: placement, jobs, serving, capacity or fit");
    }
}
