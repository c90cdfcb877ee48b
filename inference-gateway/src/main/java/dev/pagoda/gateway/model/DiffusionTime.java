package dev.pagoda.gateway.model;

import java.util.List;

/// How long an image takes by steps of denoising: each passes through the whole network, twice where a prompt
/// guides against none, and a decoder makes the picture at the end.
public record DiffusionTime(Shape shape, Device device) {
    /// Share of the peak that such networks reach when compiled; estimated from published times of SDXL.
    private static final double EFFICIENCY = .5;
    /// Launching the kernels of one pass, which small pictures wait for; an estimate.
    private static final double PASS_MICROS = 12_000;
    /// Reading the prompt, and what the host does for an image; an estimate.
    private static final double IMAGE_MICROS = 30_000;

    /// What a model computes.
    ///
    /// @param pixels      of the side for which the figures hold
    /// @param passTera    of one pass, 10^12 operations
    /// @param decodeTera  of the decoder, likewise
    /// @param isGuided    whether each step passes twice
    /// @param steps       usual ones
    public record Shape(String name, int pixels, double passTera, double decodeTera, boolean isGuided, int steps) {
        /// Published counts of multiply-adds, doubled; estimates where models' cards give none.
        public static final Shape SD_15 = new Shape("stable-diffusion-v1-5", 512, .68, 2.5, true, 50);

        public static final Shape SDXL = new Shape("stable-diffusion-xl-base-1.0", 1024, 5.98, 10, true, 50);
        public static final Shape SDXL_TURBO = new Shape("sdxl-turbo", 512, 1.5, 2.5, false, 1);
        public static final Shape FLUX_DEV = new Shape("FLUX.1-dev", 1024, 59.5, 10, false, 28);

        private static final List<Shape> KNOWN = List.of(SD_15, SDXL, SDXL_TURBO, FLUX_DEV);

        public Shape {
            if (pixels < 1 || !(passTera > 0) || !(decodeTera >= 0) || steps < 1) {
                throw new IllegalArgumentException("image model " + name + " with pixels " + pixels + ", passTera "
                        + passTera + ", decodeTera " + decodeTera + " and steps " + steps + " is impossible");
            }
        }

        public static List<Shape> known() {
            return KNOWN;
        }
    }

    /// @param images at once
    /// @param width  in pixels
    /// @param height in pixels
    public Estimate of(int images, int width, int height, int steps) {
        if (images < 1 || width < 64 || height < 64 || (long) width * height > 1L << 26 || steps < 1 || steps > 1_000) {
            throw new IllegalArgumentException(images + " images of " + width + " x " + height + " pixels in " + steps
                    + " steps: at least 1 image, 64 pixels a side, at most 2^26 in all, and 1 to 1,000 steps");
        }
        double area = (double) width * height / ((double) shape.pixels() * shape.pixels());
        int passes = shape.isGuided() ? 2 : 1;
        double rate = device.attentionFlops() * EFFICIENCY;
        double pass = images * passes * shape.passTera() * area * 1e12 / rate * 1e6;
        double decode = images * shape.decodeTera() * area * 1e12 / rate * 1e6;
        double micros = IMAGE_MICROS + steps * Math.max(pass, PASS_MICROS) + decode;
        return new Estimate(micros, Confidence.ESTIMATED);
    }
}
