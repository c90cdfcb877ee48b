package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.gateway.model.ProductFit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProductTableTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("gemm.csv"), List.of(lines));
    }

    @Test
    void readsTheProductsOfOneFormat() throws IOException {
        Path file = file("op_name,gemm_dtype,m,n,k,latency", "gemm,fp8,1,2,3,0.5", "gemm,bfloat16,16,1024,2048,0.25");

        assertEquals(List.of(new ProductFit.Point(16, 1024, 2048, 250)), ProductTable.read(file, "bfloat16"));
    }

    @Test
    void saysWhatIsBroken() throws IOException {
        assertEquals(
                "expected the column latency, found [gemm_dtype, m, n, k]", fault("gemm_dtype,m,n,k", "fp8,1,2,3"));
        assertEquals("latency is 0.0, expected above 0", fault("gemm_dtype,m,n,k,latency", "fp8,1,2,3,0"));
        assertEquals("m is 0, expected 1 to 16777216", fault("gemm_dtype,m,n,k,latency", "fp8,0,2,3,1"));
    }

    private String fault(String... lines) throws IOException {
        Path file = file(lines);
        String message = String.valueOf(assertThrows(TraceFault.class, () -> ProductTable.read(file, "fp8"))
                .getMessage());
        return message.substring(message.indexOf(": ") + 2);
    }
}
