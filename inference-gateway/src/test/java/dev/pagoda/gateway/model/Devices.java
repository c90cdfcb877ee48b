package dev.pagoda.gateway.model;

/// Real devices for tests, figures of their data sheets.
public final class Devices {
    public static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    public static final Device L20 = new Device("l20", 48L << 30, 864e9, 119.5e12, 0);
    public static final Device RTX_PRO_6000 = new Device("rtx-pro-6000", 96L << 30, 1792e9, 468e12, 0);
    public static final Device ASCEND_910B = new Device("ascend-910b2", 64L << 30, 1.6e12, 376e12, 196e9);

    private Devices() {}
}
