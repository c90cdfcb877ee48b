package dev.pagoda.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// HTTP by hand, for requests that no client library would send. Texts are bytes, as in ISO 8859-1.
record RawHttp(int port, String key) {
    private static final int PATIENCE_MILLIS = 60_000;

    /// A request as it should be, which asks for its connection to be closed.
    String request(String method, String path, String headers, String body) {
        return head(method, path, headers + "Connection: close\r\nContent-Length: " + body.length() + "\r\n") + body;
    }

    String head(String method, String path, String headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key
                + "\r\nanthropic-version: 2023-06-01\r\nContent-Type: application/json\r\n" + headers + "\r\n";
    }

    Got post(String path, String body) throws IOException {
        return send(request("POST", path, "", body));
    }

    /// Sends bytes and reads until the server closes the connection, which it must.
    Got send(String bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            try {
                socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
            } catch (SocketException refusedMeanwhile) {
                return read(socket);
            }
            return read(socket);
        }
    }

    private static Got read(Socket socket) throws IOException {
        var got = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        try {
            in.transferTo(got);
        } catch (SocketException reset) {
            // it hung up while something was still on its way to it
            return new Got(got.toByteArray());
        }
        return new Got(got.toByteArray());
    }

    /// What came back.
    record Got(byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        int status() {
            String[] words = text().split(" ", 3);
            return words.length < 2 ? -1 : Integer.parseInt(words[1]);
        }

        int responses() {
            return text().split("HTTP/1\\.[01] \\d{3} ", -1).length - 1;
        }

        boolean isSoundUtf8() {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
                return true;
            } catch (CharacterCodingException broken) {
                return false;
            }
        }

        JsonNode json() {
            String[] parts = text().split("\r\n\r\n", 2);
            try {
                return parts.length < 2 ? MissingNode.getInstance() : RunningPlatform.JSON.readTree(parts[1]);
            } catch (IOException none) {
                return MissingNode.getInstance();
            }
        }

        @Override
        public String toString() {
            String text = text();
            return text.substring(0, Math.min(600, text.length()));
        }
    }
}
