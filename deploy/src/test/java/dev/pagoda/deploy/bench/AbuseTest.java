package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.deploy.StartRefused;
import java.util.List;
import org.junit.jupiter.api.Test;

class AbuseTest {
    private static final String HEAD = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: x\r\n\r\n";
    private static final String ERROR = "{\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\"}}";

    @Test
    void aRefusalIsOneAnswerOfItsStatusWithAnError() {
        assertTrue(Abuse.isRefusal(HEAD + ERROR, 431));
        assertFalse(Abuse.isRefusal(HEAD + ERROR, 400));
        assertFalse(Abuse.isRefusal(HEAD, 431));
        assertFalse(Abuse.isRefusal(HEAD + "<html>too long</html>", 431));
        assertFalse(Abuse.isRefusal(HEAD + ERROR + HEAD + ERROR, 431));
        assertFalse(Abuse.isRefusal(HEAD + ERROR.substring(0, 30), 431));
    }

    @Test
    void casesAreFoundByName() {
        assertEquals(
                List.of(Abuse.Kind.SLOW_READERS, Abuse.Kind.SMUGGLING),
                GatewayAbuse.named(List.of("smuggling", "slow-readers")));
        assertEquals(8, GatewayAbuse.named(List.of()).size());
        assertThrows(StartRefused.class, () -> GatewayAbuse.named(List.of("readers")));
    }
}
