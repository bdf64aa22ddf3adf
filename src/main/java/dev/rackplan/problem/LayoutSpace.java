package dev.rackplan.problem;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The layouts to try: every combination of the listed values; a degree without any leaves the
 * choice to rackplan.
 *
 * @param listed values by degree, each at least one
 */
public record LayoutSpace(Map<Degree, List<Integer>> listed) {
  public LayoutSpace {
    Map<Degree, List<Integer>> copy = new EnumMap<>(Degree.class);
    listed.forEach(
        (degree, values) -> {
          for (int value : values) {
            if (value < degree.least()) {
              throw new IllegalArgumentException(
                  degree.key() + " must be >= " + degree.least() + ", was " + value);
            }
          }
          if (!values.isEmpty()) {
            copy.put(degree, List.copyOf(values));
          }
        });
    listed = Collections.unmodifiableMap(copy);
  }

  /** Nothing prescribed; what {@linkplain Degree#followsWorkload follows the workload} does. */
  public static LayoutSpace open() {
    Map<Degree, List<Integer>> listed = new EnumMap<>(Degree.class);
    for (Degree degree : Degree.values()) {
      if (degree.followsWorkload()) {
        listed.put(degree, List.of(degree.neutral()));
      }
    }
    return new LayoutSpace(listed);
  }

  /** The values of one degree; empty where it is open. */
  public List<Integer> values(Degree degree) {
    return listed.getOrDefault(degree, List.of());
  }

  /** Whether the choice of {@code degree} is rackplan's. */
  public boolean isOpen(Degree degree) {
    return !listed.containsKey(degree);
  }

  /** Whether {@code degree} may have {@code value}: it is open, or lists it. */
  public boolean allows(Degree degree, int value) {
    return isOpen(degree) || values(degree).contains(value);
  }

  /** The same with these values of {@code degree}, or the degree open where there are none. */
  public LayoutSpace with(Degree degree, List<Integer> values) {
    Map<Degree, List<Integer>> other = new EnumMap<>(Degree.class);
    other.putAll(listed);
    other.put(degree, values);
    return new LayoutSpace(other);
  }

  /** The same with any number of replicas, GPUs an instance, and redundant experts. */
  public LayoutSpace withOpenSizes() {
    return with(Degree.REPLICAS, List.of())
        .with(Degree.EXPERT_PARALLEL, List.of())
        .with(Degree.REDUNDANT_EXPERTS, List.of());
  }
}
