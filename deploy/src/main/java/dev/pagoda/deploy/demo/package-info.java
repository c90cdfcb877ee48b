/// `pagoda demo`: the platform's main job on real input, done as an ordinary client does it.
@NullMarked
package dev.pagoda.deploy.demo;

import org.jspecify.annotations.NullMarked;
