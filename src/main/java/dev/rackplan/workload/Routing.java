package dev.rackplan.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Routing as scenarios: a plan's layer time is the largest over them.
 *
 * <p>{@code "over": "mean"} makes one scenario that mixes all profiles by weight; {@code "worst"}
 * makes one scenario per profile.
 *
 * @param scenarios what the plan is made for; empty for models without experts
 * @param heldOut what it is also judged on and was not made for; empty when nothing was kept back
 * @param parts windows, at most, of consecutive tokens in which the loads of recorded tokens are
 *     looked at; at least 1
 * @param caution how little is made of what tokens that are planned for as a whole tell: standard
 *     deviations by which a GPU's load may be off on other tokens; at least 0, which takes the
 *     tokens for the traffic itself
 */
public record Routing(List<Scenario> scenarios, List<Scenario> heldOut, int parts, double caution) {
  /** Windows of recorded tokens unless said otherwise. */
  public static final int USUAL_PARTS = 32;

  /** Caution unless said otherwise. */
  public static final double USUAL_CAUTION = 0.5;

  public Routing {
    if (parts < 1) {
      throw new IllegalArgumentException("parts must be >= 1, was " + parts);
    }
    if (!(caution >= 0) || Double.isInfinite(caution)) {
      throw new IllegalArgumentException("caution must be >= 0, was " + caution);
    }
    scenarios = List.copyOf(scenarios);
    heldOut = List.copyOf(heldOut);
  }

  /** In the usual number of parts and with the usual caution. */
  public Routing(List<Scenario> scenarios, List<Scenario> heldOut) {
    this(scenarios, heldOut, USUAL_PARTS, USUAL_CAUTION);
  }

  /** No routing: for dense models. */
  public static Routing none() {
    return new Routing(List.of(), List.of());
  }

  /** One scenario of one profile. */
  public static Routing of(RoutingProfile profile) {
    return new Routing(List.of(new Scenario(profile.name(), List.of(profile))), List.of());
  }

  /** Another scenario, planned for in the same way; nothing is kept back. */
  public Routing of(Scenario scenario) {
    return new Routing(List.of(scenario), List.of(), parts, caution);
  }

  /**
   * This routing with {@code count} scenarios kept back, the first ones, then the next ones, and so
   * on; at the end fewer, where {@code count} does not divide.
   *
   * @throws IllegalArgumentException where none would be left to plan for
   */
  public List<Routing> leavingOut(int count) {
    if (count < 1 || count >= scenarios.size()) {
      throw new IllegalArgumentException(
          "can't keep back "
              + count
              + " of "
              + scenarios.size()
              + " scenarios and plan for the rest");
    }
    List<Routing> folds = new ArrayList<>();
    for (int first = 0; first < scenarios.size(); first += count) {
      int end = Math.min(first + count, scenarios.size());
      List<Scenario> kept = new ArrayList<>(scenarios.subList(0, first));
      kept.addAll(scenarios.subList(end, scenarios.size()));
      folds.add(new Routing(kept, scenarios.subList(first, end), parts, caution));
    }
    return folds;
  }

  /**
   * What the plan is made for with at most {@code most} recorded tokens a profile, as one part; for
   * rough figures.
   */
  public Routing thinned(int most) {
    return new Routing(each(layer -> layer.thinned(most)).scenarios(), List.of(), 1, caution);
  }

  /** What the plan is made for with every layer changed; nothing is kept back. */
  public Routing each(UnaryOperator<LayerRouting> change) {
    List<Scenario> changed =
        scenarios.stream()
            .map(
                scenario ->
                    new Scenario(
                        scenario.name(),
                        scenario.profiles().stream()
                            .map(
                                profile ->
                                    new RoutingProfile(
                                        profile.name(),
                                        profile.weight(),
                                        profile.layers().stream().map(change).toList()))
                            .toList()))
            .toList();
    return new Routing(changed, List.of(), parts, caution);
  }
}
