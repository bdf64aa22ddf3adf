package dev.rackplan.topology;

/** Where a constant comes from. */
public enum ConstantBasis {
  /** Published or announced by the vendor, or by a table that quotes it. */
  VENDOR,
  /** Measured on this accelerator by the named source. */
  MEASURED,
  /** Found by our own fit to kernels that were measured on this accelerator. */
  FITTED,
  /** Taken over from another accelerator or guessed. */
  ASSUMED
}
