/// The studies in virtual time as commands.
@NullMarked
package dev.pagoda.deploy.simulate;

import org.jspecify.annotations.NullMarked;
