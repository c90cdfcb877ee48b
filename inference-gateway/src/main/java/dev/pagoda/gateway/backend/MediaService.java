package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.RequestService.Served;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;

/// What requests for pictures and sounds pass on their way to a device.
@FunctionalInterface
public interface MediaService {
    /// Has the request's text checked.
    ///
    /// @param text    empty if the request has none
    /// @param headers of the answer
    /// @return failed with `INVALID` when the text is refused
    Future<Pass> begin(Request request, String text, ResponseHeaders headers);

    /// Who asks what for.
    ///
    /// @param operation   what the price book calls it
    /// @param traceParent the client's, of W3C Trace Context; empty without one
    /// @param left        succeeds when the client has left
    record Request(Call call, String operation, String model, String traceParent, Future<Void> left) {}

    /// A request that may go on, once.
    interface Pass {
        /// The text as the engine may read it.
        String text();

        /// Completes when a device has done the work.
        ///
        /// @param prompt     tokens that are read
        /// @param completion tokens that are made
        /// @return as [RequestService#serve], or failed with `EXHAUSTED` when a limit has no room
        Future<Served> serve(int prompt, int completion, RequestModel.Kind kind, RequestWork work);
    }

    /// Without checks and limits.
    static MediaService open(RequestService engines) {
        return (request, text, headers) -> Future.succeededFuture(new Pass() {
            @Override
            public String text() {
                return text;
            }

            @Override
            public Future<Served> serve(int prompt, int completion, RequestModel.Kind kind, RequestWork work) {
                return engines.serve(request.model(), kind, work, request.call(), request.left());
            }
        });
    }
}
