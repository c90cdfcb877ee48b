package dev.pagoda.governance.store;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// The migrations of one module: files `db/MODULE/V1__name.sql` on the class path, in a dialect that both databases
/// take.
final class Migrations {
    private Migrations() {}

    static int run(DataSource source, String module) {
        if (!module.matches("[a-z][a-z0-9_]{0,30}")) {
            throw new IllegalArgumentException("module '" + module + "' is not of the form [a-z][a-z0-9_]{0,30}");
        }
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:db/" + module)
                .failOnMissingLocations(true)
                .table(module + "_schema_history")
                // the tables of the other modules are there already
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .loggers("slf4j")
                .load()
                .migrate()
                .migrationsExecuted;
    }
}
