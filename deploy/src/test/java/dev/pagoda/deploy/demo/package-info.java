/// Tests of the demo.
@NullMarked
package dev.pagoda.deploy.demo;

import org.jspecify.annotations.NullMarked;
