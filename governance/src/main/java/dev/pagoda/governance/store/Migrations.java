package dev.pagoda.governance.store;

import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// The migrations of one module: files `db/MODULE/V1__name.sql` on the class path, in a dialect that both databases
/// take but for [Database#words].
final class Migrations {
    private Migrations() {}

    /// @param words what placeholders in the files stand for
    static int run(DataSource source, String module, Map<String, String> words) {
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
                .placeholders(words)
                .loggers("slf4j")
                .load()
                .migrate()
                .migrationsExecuted;
    }
}
