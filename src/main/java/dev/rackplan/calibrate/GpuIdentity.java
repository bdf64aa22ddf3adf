package dev.rackplan.calibrate;

import java.util.List;
import java.util.Optional;

/**
 * Which GPU a row was measured on.
 *
 * @param names one, or each that it may be; catalogue keys where the catalogue has them
 * @param rates datasheet rates of the first name; empty where nothing says them
 */
record GpuIdentity(List<String> names, Optional<DatasheetRates> rates) {
  GpuIdentity {
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a GPU needs a name");
    }
    names = List.copyOf(names);
  }

  /** The name, or the names with {@code -or-} between them. */
  String name() {
    return String.join("-or-", names);
  }
}
