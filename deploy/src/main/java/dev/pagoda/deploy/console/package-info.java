/// The live page of the house: what it shows, how it is fed, and who may look.
@NullMarked
package dev.pagoda.deploy.console;

import org.jspecify.annotations.NullMarked;
