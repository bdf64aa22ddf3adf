package dev.rackplan.sensitivity;

import java.util.List;

/**
 * What one input does to a plan.
 *
 * @param moved by ascending factor
 * @param flips at most one for less of it and one for more of it
 */
public record InputEffect(Input input, List<Moved> moved, List<Flip> flips) {
  /** Share by which another layout must be better to count; assumed, below what a model tells. */
  public static final double MATERIAL = 0.005;

  public InputEffect {
    moved = List.copyOf(moved);
    flips = List.copyOf(flips);
  }

  /** Whether the plan keeps every limit and no known one is better by {@link #MATERIAL}. */
  public boolean robust() {
    return moved.stream()
        .allMatch(each -> each.violations().isEmpty() && each.regret() <= MATERIAL);
  }

  /** Largest loss over the smallest, less 1. */
  public double spread() {
    double least = moved.stream().mapToDouble(Moved::loss).min().orElse(1);
    double most = moved.stream().mapToDouble(Moved::loss).max().orElse(1);
    return most / least - 1;
  }
}
