package dev.rackplan.workload;

import java.util.List;

/**
 * Traffic of one kind: profiles mixed by their weights, which sum to 1.
 *
 * @param name as shown in reports
 * @param profiles the mixed profiles
 */
public record Scenario(String name, List<RoutingProfile> profiles) {
  public Scenario {
    profiles = List.copyOf(profiles);
    if (profiles.isEmpty()) {
      throw new IllegalArgumentException("a scenario needs at least one profile");
    }
    double sum = profiles.stream().mapToDouble(RoutingProfile::weight).sum();
    if (!(Math.abs(sum - 1) < 1e-9)) {
      throw new IllegalArgumentException("profile weights must sum to 1, sum to " + sum);
    }
  }
}
