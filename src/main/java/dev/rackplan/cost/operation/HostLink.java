package dev.rackplan.cost.operation;

import dev.rackplan.topology.GpuSpec;
import java.util.Locale;

/**
 * What a GPU moves to its host's memory, one way.
 *
 * <p>Assumed: 50 GB/s over PCIe 5 x16. GH200, GB200 and GB300 have NVLink-C2C, 450 GB/s one way by
 * the vendor, of which as much is assumed to arrive as of PCIe's 64.
 */
public final class HostLink {
  private static final double PCIE_BYTES_PER_SECOND = 50e9;
  private static final double C2C_BYTES_PER_SECOND = 450e9 * 50 / 64;

  private HostLink() {}

  /** In bytes/s. */
  public static double bytesPerSecond(GpuSpec gpu) {
    return gpu.name().toLowerCase(Locale.ROOT).matches("g[hb]\\d+.*")
        ? C2C_BYTES_PER_SECOND
        : PCIE_BYTES_PER_SECOND;
  }
}
