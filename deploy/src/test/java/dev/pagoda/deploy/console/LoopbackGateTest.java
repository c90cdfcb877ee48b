package dev.pagoda.deploy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopbackGateTest {

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, localhost, true",
        "127.0.0.1, LOCALHOST, true",
        "127.8.8.8, 127.0.0.2, true",
        "::1, [::1], true",
        "0:0:0:0:0:0:0:1, localhost, true",
        "::ffff:127.0.0.1, localhost, true",
        "127.0.0.1, evil.example, false",
        "127.0.0.1, localhost.evil.example, false",
        "127.0.0.1, 127.0.0.1.evil.example, false",
        "127.0.0.1, 192.168.1.5, false",
        "127.0.0.1, 0.0.0.0, false",
        "192.168.1.9, 127.0.0.1, false",
        "192.168.1.9, localhost, false",
        "10.0.0.1, pagoda.example, false",
        "fe80::1, localhost, false",
    })
    void needsALoopbackPeerAndALoopbackName(String peer, String host, boolean local) {
        assertEquals(local, LoopbackGate.isLocal(peer, host));
    }
}
