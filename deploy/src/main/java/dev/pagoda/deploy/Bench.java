package dev.pagoda.deploy;

import dev.pagoda.deploy.bench.ComputeBench;
import dev.pagoda.deploy.bench.EnginesBench;
import dev.pagoda.deploy.bench.GatewayBench;
import dev.pagoda.deploy.bench.QdrantBench;
import dev.pagoda.deploy.bench.StreamsBench;
import dev.pagoda.deploy.bench.VectorsBench;
import dev.pagoda.workflow.rag.RetrievalBench;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `pagoda bench`: the measurements behind what is promised, one a name.
@Command(
        name = "bench",
        subcommands = {
            RetrievalBench.class,
            VectorsBench.class,
            QdrantBench.class,
            GatewayBench.class,
            ComputeBench.class,
            EnginesBench.class,
            StreamsBench.class
        })
final class Bench implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new StartRefused(
                "bench needs the name of a measurement: retrieval, vectors, qdrant, gateway, compute, engines or streams");
    }
}
