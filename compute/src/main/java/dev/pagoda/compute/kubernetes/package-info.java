/// Requests as users of Kubernetes write them: resource names of device plugins and quantities.
@NullMarked
package dev.pagoda.compute.kubernetes;

import org.jspecify.annotations.NullMarked;
