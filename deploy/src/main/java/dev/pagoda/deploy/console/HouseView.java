package dev.pagoda.deploy.console;

import io.vertx.core.Future;

/// A way to look at the whole house at once.
///
/// Called about once a second while somebody watches, never twice at a time. A floor that cannot answer yet
/// is absent from the snapshot; the future fails only when nothing can be said at all.
@FunctionalInterface
public interface HouseView {

    /// @return what every floor is doing now; a look that takes longer than [ConsoleRoutes#PATIENCE] is given
    ///     up
    Future<HouseSnapshot> look();
}
