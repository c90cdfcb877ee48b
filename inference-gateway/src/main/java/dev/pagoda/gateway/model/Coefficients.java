package dev.pagoda.gateway.model;

import java.util.Map;

/// The fitted figures of a device: shares of its peaks that it reaches, and fixed costs in microseconds.
///
/// Fits of 2026-11 to the operator profiles of ai-dynamo/aiconfigurator; a device without a profile takes the
/// medians of the fitted ones.
///
/// @param compute       share of peak operations that large matrix products reach
/// @param memory        share of peak bandwidth that thin matrix products reach
/// @param gemmMicros    fixed cost of one matrix product
/// @param decodeMicros  fixed cost of decode attention
/// @param perSequenceMicros cost of decode attention for each sequence
/// @param kvTraffic     bytes that decode attention moves over those it needs; below 1 where a cache holds small KV
/// @param attention     share of peak operations that prefill attention reaches
/// @param mixed         cost of attention in steps with both a chunk of a prompt and decodes
/// @param allReduce     cost of joining partial results
record Coefficients(
        double compute,
        double memory,
        double gemmMicros,
        double decodeMicros,
        double perSequenceMicros,
        double kvTraffic,
        double attention,
        Mixed mixed,
        AllReduce allReduce,
        Confidence confidence) {

    /// How attention of a step with both takes longer than its chunk and its decodes apart.
    ///
    /// @param prefill      weight of the chunk's time
    /// @param decode       weight of the decodes' time
    /// @param perQueryHead more of that weight for each decode and query head to a head of keys and values,
    ///                     which a kernel for both does not read once for all of them
    /// @param tileMicros   for each decode, token of the chunk and query head: tiles without work, as each
    ///                     decode gets as many as the chunk
    record Mixed(double prefill, double decode, double perQueryHead, double tileMicros) {
        /// FlashAttention 2, which vLLM has on all but Hopper and data centre Blackwell. Fitted on attention
        /// tables of Qwen3-32B and Qwen3-30B-A3B on RTX PRO 6000, and of Llama-3.1-8B on an RTX 4090 (those
        /// of LLMServingSim): median error 9 to 22 %; 12 % on the table of Llama-3.1-8B on the first.
        static final Mixed FLASH_2 = new Mixed(1, 1.1, .0025, 2.3e-5);

        /// Kernels that split long contexts among processors also beside a chunk (fitted on H100 earlier).
        static final Mixed SPLIT = new Mixed(.81, 1.33, 0, 0);

        double micros(double prefill, double decode, int decodes, double chunk, double heads, double headsPerKv) {
            return this.prefill * prefill
                    + (this.decode + perQueryHead * headsPerKv * decodes) * decode
                    + tileMicros * decodes * chunk * heads;
        }
    }

    private static final Coefficients A100 = new Coefficients(
            .773,
            .726,
            6.3,
            14.9,
            .038,
            1.45,
            .45,
            Mixed.FLASH_2,
            AllReduce.of(12.5, 112.5, 15.5, 88, 22.5, 79.5),
            Confidence.FITTED);
    private static final Coefficients H100 = new Coefficients(
            .831,
            .895,
            3.7,
            11.6,
            .036,
            1.18,
            .44,
            Mixed.SPLIT,
            AllReduce.of(4.5, 251, 4.5, 148.5, 5, 132),
            Confidence.FITTED);
    private static final Coefficients L40S = new Coefficients(
            .702,
            .759,
            .5,
            9.6,
            .026,
            .55,
            .40,
            Mixed.FLASH_2,
            AllReduce.of(7.5, 19.5, 11.5, 3.5, 22, 1),
            Confidence.FITTED);
    private static final Coefficients RTX_PRO_6000 = new Coefficients(
            .770, .864, 8.8, 11.6, .112, 1.25, .44, Mixed.FLASH_2, AllReduce.overPcie5(), Confidence.FITTED);

    /// Fitted on every second row of the tables of Llama-3.1-8B in LLMServingSim's profiles; on the others
    /// products are 4.8 % off and decode attention 7 % (median).
    private static final Coefficients RTX_4090 = new Coefficients(
            .94, .96, 8, 11.1, .204, 1.08, .65, Mixed.FLASH_2, AllReduce.overHost(), Confidence.FITTED);

    /// Matrix products at 620 of 1307 TFLOP/s in 16 bits and at 990 of 2615 in 8 (SemiAnalysis, December 2024), memory
    /// at 4.0 of 5.3 TB/s; attention in proportion to the products. Not fitted here.
    private static final Coefficients MI300X = new Coefficients(
            .42, .75, 8, 14, .037, 1.4, .25, Mixed.SPLIT, AllReduce.of(12, 90, 16, 80, 24, 75), Confidence.ESTIMATED);

    private static final Map<String, Coefficients> KNOWN = Map.of(
            "a100-sxm-40g",
            A100,
            "a100-sxm-80g",
            A100,
            "h100-sxm",
            H100,
            "l40s",
            L40S,
            "rtx-pro-6000",
            RTX_PRO_6000,
            "rtx4090",
            RTX_4090,
            "mi300x",
            MI300X);

    /// Boards of NVIDIA's lines for workstations, players and inference, and of Ampere.
    private static boolean hasFlash2(String id) {
        return id.startsWith("rtx") || id.startsWith("l4") || id.startsWith("l2") || id.startsWith("a1");
    }

    static Coefficients of(Device device) {
        Coefficients known = KNOWN.get(device.id());
        return known != null
                ? known
                : new Coefficients(
                        .77,
                        .80,
                        5,
                        11.6,
                        .037,
                        1.2,
                        .45,
                        hasFlash2(device.id()) ? Mixed.FLASH_2 : Mixed.SPLIT,
                        AllReduce.over(device.linkBytesPerSecond()),
                        Confidence.ESTIMATED);
    }

    /// The time to add up partial results over 2, 4 or 8 devices: a fixed cost and an algorithm bandwidth of each, and
    /// what even the least exchange takes.
    record AllReduce(double[] leastMicros, double[] micros, double[] bytesPerSecond) {
        private static final AllReduce L40S_PCIE = of(7.5, 19.5, 11.5, 3.5, 22, 1);

        static AllReduce of(double m2, double gb2, double m4, double gb4, double m8, double gb8) {
            return new AllReduce(
                    new double[3], new double[] {m2, m4, m8}, new double[] {gb2 * 1e9, gb4 * 1e9, gb8 * 1e9});
        }

        /// Measured over PCIe 4 on L40S boards.
        static AllReduce overHost() {
            return L40S_PCIE;
        }

        /// NCCL from a graph between two RTX PRO 6000 over PCIe 5 through the host, from 10 KB to 21 MB: 16.2,
        /// 17.5, 22.8, 30.6, 42.6, 78.4, 90.6, 149, 335, 567, 1052 and 1309 us (casys-kaist/LLMServingSim, the
        /// `hardware.yaml` of 2026-09-08). Over 4 and 8 by the rule of a ring, an estimate. With ACS and IOMMU
        /// switched off in the host they reach twice that (same file, 2026-09-26).
        static AllReduce overPcie5() {
            double two = 15.95;
            AllReduce ring = of(10, two, 16, two / 1.5, 24, two / 1.75);
            return new AllReduce(new double[] {16.2, 20, 28}, ring.micros, ring.bytesPerSecond);
        }

        /// A ring over links that reach 70 % of their peak, between what H100 and A100 boards reach.
        static AllReduce over(double linkBytesPerSecond) {
            if (linkBytesPerSecond == 0) {
                return overHost();
            }
            double bus = .7 * linkBytesPerSecond / 1e9;
            return of(8, bus, 11, bus / 1.5, 15, bus / 1.75);
        }

        double micros(double bytes, int devices) {
            if (devices == 1) {
                return 0;
            }
            int row = row(devices);
            return Math.max(leastMicros[row], micros[row] + bytes / bytesPerSecond[row] * 1e6);
        }

        /// Half of an exchange: each device gets all of what the others have, or the sum of its own part.
        double halfMicros(double bytes, int devices) {
            if (devices == 1) {
                return 0;
            }
            int row = row(devices);
            return Math.max(leastMicros[row], micros[row] + bytes / 2 / bytesPerSecond[row] * 1e6);
        }

        /// What one device sends to another in a second.
        double pairBytesPerSecond() {
            return bytesPerSecond[0];
        }

        double pairMicros() {
            return Math.max(leastMicros[0], micros[0]);
        }

        private static int row(int devices) {
            return devices <= 2 ? 0 : devices <= 4 ? 1 : 2;
        }
    }
}
