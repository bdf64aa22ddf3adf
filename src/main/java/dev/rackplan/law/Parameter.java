package dev.rackplan.law;

import java.util.Locale;

/**
 * One parameter of a law as a fit sees it.
 *
 * @param name the record component, and the key in a laws file
 * @param symbol in the law's formula
 * @param least lower bound
 * @param most upper bound
 * @param start where a fit starts
 */
public record Parameter(String name, String symbol, double least, double most, double start) {
  public Parameter {
    if (!(least >= 0 && least <= start && start <= most)) {
      throw new IllegalArgumentException(
          name
              + " must have 0 <= least <= start <= most, had "
              + least
              + ", "
              + start
              + ", "
              + most);
    }
  }

  /** Whether it is a start of a kernel in s; laws of ranges have one for each. */
  public boolean isStart() {
    return isOf("startSeconds");
  }

  /** Whether it is that record component; laws of ranges have one for each. */
  boolean isOf(String component) {
    return name.equals(component)
        || name.endsWith(
            component.substring(0, 1).toUpperCase(Locale.ROOT) + component.substring(1));
  }
}
