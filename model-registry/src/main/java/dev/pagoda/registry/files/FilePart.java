package dev.pagoda.registry.files;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/// One part of a form, held in memory. Lives on the event loop of its request.
final class FilePart {
    private final String name;
    private final Buffer content = Buffer.buffer();
    private @Nullable String filename;
    private long formBytes;

    /// @param name of the part
    FilePart(String name) {
        this.name = name;
    }

    /// Reads the form to its end.
    ///
    /// @return fails with a refusal when the file or the form is larger than allowed
    /// @throws IllegalStateException if the request has no form
    Future<Void> read(HttpServerRequest request, int maxFileBytes, int maxFormBytes) {
        Promise<Void> done = Promise.promise();
        request.setExpectMultipart(true);
        request.uploadHandler(upload -> take(upload, maxFileBytes, done));
        request.handler(bytes -> {
            formBytes += bytes.length();
            if (formBytes > maxFormBytes) {
                done.tryFail(tooLarge(maxFileBytes));
            }
        });
        request.exceptionHandler(broken -> done.tryFail(FileRoutes.invalid("the form cannot be read")));
        request.endHandler(_ -> done.tryComplete());
        return done.future();
    }

    private void take(HttpServerFileUpload upload, int maxFileBytes, Promise<Void> done) {
        if (!upload.name().equals(name) || filename != null) {
            upload.handler(_ -> {});
            return;
        }
        filename = upload.filename();
        upload.handler(bytes -> {
            if (content.length() + bytes.length() > maxFileBytes) {
                done.tryFail(tooLarge(maxFileBytes));
            } else {
                content.appendBuffer(bytes);
            }
        });
    }

    private static Refused tooLarge(int maxFileBytes) {
        return new Refused(
                Reason.TOO_LARGE, "file_too_large", "the file has more than the " + maxFileBytes + " bytes allowed");
    }

    /// The last part of the name that the client gave.
    ///
    /// @throws Refused if the form had no file
    String filename(int maxChars) {
        String given = filename;
        if (given == null) {
            throw FileRoutes.invalid("the form has no part '" + name + "' with a file name");
        }
        String last = given.substring(Math.max(given.lastIndexOf('/'), given.lastIndexOf('\\')) + 1)
                .replaceAll("\\p{Cntrl}", "");
        String name = last.isBlank() ? "unnamed" : last;
        return name.length() <= maxChars ? name : name.substring(name.length() - maxChars);
    }

    /// What was sent.
    ///
    /// @throws Refused if the form had no such part
    byte[] required() {
        if (filename == null) {
            throw FileRoutes.invalid("the form has no part '" + name + "' with a file name");
        }
        return content();
    }

    byte[] content() {
        return content.getBytes();
    }
}
