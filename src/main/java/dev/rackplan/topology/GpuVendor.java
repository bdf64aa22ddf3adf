package dev.rackplan.topology;

/** Who makes an accelerator: what engines run on is told by it. */
public enum GpuVendor {
  NVIDIA("NVIDIA"),
  AMD("AMD"),
  GOOGLE("Google"),
  AWS("AWS"),
  INTEL("Intel"),
  HUAWEI("Huawei");

  private final String title;

  GpuVendor(String title) {
    this.title = title;
  }

  /** Its name in sentences and in the catalogue. */
  public String title() {
    return title;
  }
}
