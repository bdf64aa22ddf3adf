package dev.rackplan.cli.option;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.InputException;
import dev.rackplan.topology.GpuCatalogEntry;

/** An accelerator of the catalogue as the value of an option. */
public final class GpuName {
  private GpuName() {}

  /** The entry that {@code name} means; an error that names {@code option} otherwise. */
  public static GpuCatalogEntry entry(String option, String name) {
    try {
      return GpuCatalog.load().entry(name);
    } catch (InputException e) {
      throw e.saidAt("command line", option);
    }
  }
}
