package dev.pagoda.gateway.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.governance.api.ServiceTier;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ToldTierTest {
    private static Optional<ServiceTier> in(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return ToldTier.in(bytes, 0, bytes.length);
    }

    @Test
    void isThatOfTheAnswer() {
        assertEquals(Optional.of(ServiceTier.FLEX), in("{\"usage\":{},\"service_tier\" : \"flex\"}"));
        assertEquals(Optional.of(ServiceTier.DEFAULT), in("{\"service_tier\":\"default\"}"));
    }

    @Test
    void isThatOfTheResponseOfAnEvent() {
        assertEquals(
                Optional.of(ServiceTier.PRIORITY),
                in("event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":"
                        + "{\"id\":\"r\",\"service_tier\":\"priority\",\"output\":[]}}\n\n"));
    }

    @Test
    void isNotWhatAClientNamedSo() {
        assertEquals(Optional.empty(), in("{\"metadata\":{\"service_tier\":\"flex\"}}"));
        assertEquals(Optional.empty(), in("{\"response\":{\"response\":{\"service_tier\":\"flex\"}}}"));
        assertEquals(Optional.empty(), in("{\"content\":\"\\\"service_tier\\\":\\\"flex\\\"\"}"));
    }

    @Test
    void isAbsentWhereNothingOrNoJsonNamesIt() {
        assertEquals(Optional.empty(), in("{}"));
        assertEquals(Optional.empty(), in("\"service_tier\""));
        assertEquals(Optional.empty(), in("{\"service_tier\":null}"));
        assertEquals(Optional.empty(), in("{\"service_tier\":\"flex"));
    }
}
