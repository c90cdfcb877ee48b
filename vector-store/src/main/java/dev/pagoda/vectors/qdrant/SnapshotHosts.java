package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refused;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Which hosts a snapshot may be fetched from, so that nobody reaches through this server what only this server
/// reaches.
///
/// A host that is named may have any address. [#PUBLIC] stands for every host all of whose addresses are public:
/// none of this machine, of a private network, of a link, of a carrier, of a group, or reserved.
///
/// @param allowed names or addresses as they stand in URLs, each also with a port; none = no host
public record SnapshotHosts(List<String> allowed) {
    /// Every host with public addresses.
    public static final String PUBLIC = "public";

    private static final Pattern ENTRY = Pattern.compile("[a-z0-9._-]+(:[0-9]{1,5})?|\\[[0-9a-f:.]+](:[0-9]{1,5})?");

    /// IPv4 that is not to be reached from the Internet, address and length of the prefix; IANA's registry of
    /// special purposes, 2026.
    private static final int[][] SPECIAL = {
        {0x00000000, 8},
        {0x0a000000, 8},
        {0x64400000, 10},
        {0x7f000000, 8},
        {0xa9fe0000, 16},
        {0xac100000, 12},
        {0xc0000000, 24},
        {0xc0000200, 24},
        {0xc0586300, 24},
        {0xc0a80000, 16},
        {0xc6120000, 15},
        {0xc6336400, 24},
        {0xcb007100, 24},
        {0xe0000000, 3},
    };

    public SnapshotHosts {
        allowed = allowed.stream().map(SnapshotHosts::normal).toList();
        for (String entry : allowed) {
            if (!ENTRY.matcher(entry).matches()) {
                throw new IllegalArgumentException("snapshotHosts has \"" + entry
                        + "\", expected HOST, HOST:PORT, [IPV6], [IPV6]:PORT or " + PUBLIC);
            }
        }
    }

    /// Whether no host is allowed.
    boolean isOff() {
        return allowed.isEmpty();
    }

    /// The address to connect to.
    ///
    /// @param host      as the URL has it
    /// @param addresses that the host has, at least one
    /// @throws Refused if the host is not allowed
    InetAddress admit(String host, int port, List<InetAddress> addresses) {
        String name = normal(host);
        if (!allowed.contains(name) && !allowed.contains(name + ":" + port)) {
            if (!allowed.contains(PUBLIC)) {
                throw Faults.forbidden("Snapshot location host " + name + ":" + port
                        + " is none of those that vectors.snapshotHosts allows");
            }
            if (!addresses.stream().allMatch(SnapshotHosts::isPublic)) {
                throw Faults.forbidden("Snapshot location host " + name + ":" + port
                        + " has no public address; a host on this machine or in a private network has to be named in"
                        + " vectors.snapshotHosts");
            }
        }
        return addresses.getFirst();
    }

    private static String normal(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        boolean isBare = name.indexOf(':') != name.lastIndexOf(':') && !name.startsWith("[");
        return isBare ? "[" + name + "]" : name;
    }

    /// Of IPv6 only what is given out to networks, less what carries an IPv4 address or is for documents.
    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = word(bytes, 0);
        if (address instanceof Inet4Address) {
            for (int[] special : SPECIAL) {
                if ((first ^ special[0]) >>> (32 - special[1]) == 0) {
                    return false;
                }
            }
            return true;
        }
        boolean isGlobal = first >>> 29 == 0b001;
        boolean isProtocol = first >>> 9 == 0x20010000 >>> 9;
        boolean isSixToFour = first >>> 16 == 0x2002;
        boolean isDocument = first == 0x20010db8 || first >>> 12 == 0x3fff0;
        return isGlobal && !isProtocol && !isSixToFour && !isDocument;
    }

    private static int word(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }
}
