package dev.pagoda.vectors.qdrant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotHostsTest {
    private static final SnapshotHosts PUBLIC = new SnapshotHosts(List.of(SnapshotHosts.PUBLIC));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.1.2.3",
                "100.64.0.1",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.168.1.1",
                "198.19.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "64:ff9b::7f00:1",
                "2001::7f00:1",
                "2001:db8::1",
                "2002:7f00:1::",
                "3fff::1",
                "fc00::1",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void isNotPublic(String address) throws UnknownHostException {
        assertFalse(SnapshotHosts.isPublic(InetAddress.getByName(address)));
        Refused refused = assertThrows(Refused.class, () -> PUBLIC.admit("somewhere.example", 80, addresses(address)));
        assertEquals(Reason.FORBIDDEN, refused.refusal().reason());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "11.0.0.1",
                "100.128.0.1",
                "126.255.255.255",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "223.255.255.255",
                "2001:200::1",
                "2606:4700::1111",
                "2a00:1450::1"
            })
    void isPublic(String address) throws UnknownHostException {
        assertTrue(SnapshotHosts.isPublic(InetAddress.getByName(address)));
        assertEquals(InetAddress.getByName(address), PUBLIC.admit("somewhere.example", 80, addresses(address)));
    }

    @Test
    void refusesANameWithOneAddressThatIsNotPublic() {
        assertThrows(Refused.class, () -> PUBLIC.admit("mixed.example", 80, addresses("1.1.1.1", "10.0.0.1")));
    }

    @Test
    void admitsWhatIsNamedWhateverItsAddress() throws UnknownHostException {
        SnapshotHosts hosts = new SnapshotHosts(List.of("Backup.Internal", "10.0.0.7:6333", "::1"));
        assertEquals(InetAddress.getByName("10.0.0.9"), hosts.admit("backup.INTERNAL", 6333, addresses("10.0.0.9")));
        hosts.admit("10.0.0.7", 6333, addresses("10.0.0.7"));
        hosts.admit("[::1]", 80, addresses("::1"));
        assertThrows(Refused.class, () -> hosts.admit("10.0.0.7", 80, addresses("10.0.0.7")));
        assertThrows(Refused.class, () -> hosts.admit("1.1.1.1", 80, addresses("1.1.1.1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://host", "host/path", "a b", "host:port", "*", "user@host"})
    void saysWhatAHostLooksLike(String entry) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new SnapshotHosts(List.of(entry)));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("expected HOST, HOST:PORT"), message);
    }

    private static List<InetAddress> addresses(String... literals) {
        return Arrays.stream(literals)
                .map(literal -> {
                    try {
                        return InetAddress.getByName(literal);
                    } catch (UnknownHostException impossible) {
                        throw new AssertionError(impossible);
                    }
                })
                .toList();
    }
}
