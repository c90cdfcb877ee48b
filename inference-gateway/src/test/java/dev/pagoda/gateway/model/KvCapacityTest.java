package dev.pagoda.gateway.model;

import static dev.pagoda.gateway.model.Architectures.LLAMA_8B;
import static dev.pagoda.gateway.model.Architectures.QWEN_72B;
import static dev.pagoda.gateway.model.Architectures.QWEN_7B;
import static dev.pagoda.gateway.model.Devices.H100;
import static dev.pagoda.gateway.model.Devices.L20;
import static dev.pagoda.gateway.model.Devices.RTX_PRO_6000;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KvCapacityTest {
    @Test
    void countsTheParametersOfKnownModels() {
        assertEquals(7.6e9, (double) QWEN_7B.parameters(), .05e9);
        assertEquals(72.7e9, (double) QWEN_72B.parameters(), .3e9);
        assertEquals(8.03e9, (double) LLAMA_8B.parameters(), .05e9);
    }

    @Test
    void aTokenOfLlamaCosts128KiB() {
        assertEquals(128 << 10, LLAMA_8B.kvBytesPerToken());
    }

    @Test
    void aLargeModelNeedsSeveralDevices() {
        assertEquals(0, KvCapacity.blocks(QWEN_72B, H100, 1, 8192));
        assertTrue(KvCapacity.blocks(QWEN_72B, H100, 4, 8192) > 0);
    }

    @Test
    void aPipelineSharesWeightsAndCacheOutToItsStages() {
        var parallel = Parallelism.NONE.withPipeline(4);

        assertEquals(4, parallel.devices());
        assertEquals(QWEN_72B.weightBytes() / 4, KvCapacity.weightBytes(QWEN_72B, parallel), 1);
        int blocks = KvCapacity.blocks(QWEN_72B, H100, parallel, 2048, KvCapacity.MEMORY_SHARE);
        int tensor = KvCapacity.blocks(QWEN_72B, H100, 4, 2048);
        assertEquals(tensor, blocks, .05 * tensor);
    }

    @Test
    void moreDevicesHoldMore() {
        int last = 0;
        for (int devices : new int[] {2, 4, 8}) {
            int blocks = KvCapacity.blocks(QWEN_72B, H100, devices, 2048);
            assertTrue(blocks > last, devices + " devices hold " + blocks);
            last = blocks;
        }
    }

    @Test
    void theMemoryItAsksForHoldsOneWholeContext() {
        for (Device device : new Device[] {H100, L20, RTX_PRO_6000}) {
            long bytes = KvCapacity.bytesPerDevice(QWEN_7B, 1, 8192);
            Device just = new Device(device.id(), bytes, device.memoryBytesPerSecond(), device.flops(), 0);
            int tokens = KvCapacity.blocks(QWEN_7B, just, 1, 8192) * KvCapacity.BLOCK_TOKENS;
            assertTrue(tokens >= QWEN_7B.contextTokens(), tokens + " tokens");
        }
    }
}
