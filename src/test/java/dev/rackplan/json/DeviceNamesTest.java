package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceNamesTest {
  /** What nvidia-smi, rocm-smi, Kubernetes' labels and Slurm's gres call devices. */
  @ParameterizedTest
  @CsvSource({
    "NVIDIA H100 80GB HBM3, h100-sxm",
    "NVIDIA-H100-80GB-HBM3, h100-sxm",
    "nvidia_h100_80gb_hbm3, h100-sxm",
    "NVIDIA H100 PCIe, h100-pcie",
    "NVIDIA H100 80GB HBM2e, h100-pcie",
    "NVIDIA H100 NVL, h100-nvl",
    "NVIDIA H200 NVL, h200-nvl",
    "NVIDIA H800, h800-sxm",
    "NVIDIA H800 PCIe, none",
    "NVIDIA H20, h20-96g",
    "NVIDIA H20-3e, h20-141g",
    "NVIDIA A100-SXM4-80GB, a100-80g",
    "nvidia_a100-sxm4-40gb, a100-40g",
    "NVIDIA A100-PCIE-40GB, a100-pcie-40g",
    "NVIDIA A100 80GB PCIe, a100-pcie-80g",
    "NVIDIA B200, b200-sxm",
    "NVIDIA B300 SXM6 AC, b300-sxm",
    "NVIDIA GB300, gb300",
    "NVIDIA L40S, l40s",
    "AMD Instinct MI300X OAM, mi300x",
    "AMD Instinct MI300A, mi300a",
    "NVIDIA Tesla V100-SXM2-32GB, v100-32g",
    "NVIDIA Tesla P100-PCIE-16GB, none",
    "'', none",
  })
  void device_hasTheCataloguesName(String device, String name) {
    assertEquals(name, new DeviceNames(GpuCatalog.load()).nameOf(device).orElse("none"));
  }
}
