package dev.rackplan.workload;

import java.util.List;

/**
 * Routing as scenarios: a plan's layer time is the largest over them.
 *
 * <p>{@code "over": "mean"} makes one scenario that mixes all profiles by weight; {@code "worst"}
 * makes one scenario per profile.
 *
 * @param scenarios what the plan is made for; empty for models without experts
 * @param heldOut what it is also judged on and was not made for; empty when nothing was kept back
 */
public record Routing(List<Scenario> scenarios, List<Scenario> heldOut) {
  public Routing {
    scenarios = List.copyOf(scenarios);
    heldOut = List.copyOf(heldOut);
  }

  /** No routing: for dense models. */
  public static Routing none() {
    return new Routing(List.of(), List.of());
  }

  /** One scenario of one profile. */
  public static Routing of(RoutingProfile profile) {
    return new Routing(List.of(new Scenario(profile.name(), List.of(profile))), List.of());
  }
}
