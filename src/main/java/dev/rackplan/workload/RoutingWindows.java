package dev.rackplan.workload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Traffic as it comes: windows of routing, one after the other, each a profile. What a plan is made
 * for are those that were seen; what it serves is the next one.
 */
public final class RoutingWindows {
  // Assumed: how alike the logarithms of an expert's load are in neighbouring windows, so that half
  // of what is hot has changed after seven.
  private static final double ALIKE = 0.9;
  private static final double LEAST_LOAD = 1e-6;
  // Tokens of all windows together that a plan is made with: more cost search.
  private static final int MOST_TOKENS = 8192;
  private static final List<Double> KEEPS = List.of(1.0, 0.7, 0.5, 0.3, 0.0);
  // One window to foretell with two that may weigh differently.
  private static final int LEAST_TELLING = 3;
  // Assumed, between what suits loads that last and loads that come and go at random.
  private static final double UNTOLD_KEEP = 0.5;
  private static final int STREAM = 1 << 20;

  private RoutingWindows() {}

  /**
   * Windows of {@code routing}: its profiles in their order where there are several; of recorded or
   * generated tokens {@code count} runs of consecutive ones, those kept back last; of loads alone
   * {@code count} steps of a seeded walk of their logarithms, around the same mean and as spread.
   *
   * @param count at least 2; several profiles make no more than they are
   * @throws IllegalArgumentException where there is no routing, or fewer tokens than windows
   */
  public static List<RoutingProfile> of(Routing routing, int count, long seed) {
    List<RoutingProfile> profiles =
        routing.scenarios().stream().flatMap(scenario -> scenario.profiles().stream()).toList();
    if (profiles.isEmpty()) {
      throw new IllegalArgumentException("a model without experts has no windows of routing");
    }
    if (profiles.size() > 1) {
      return profiles.stream()
          .limit(count)
          .map(profile -> new RoutingProfile(profile.name(), 1, profile.layers()))
          .toList();
    }
    List<LayerRouting> layers = profiles.get(0).layers();
    boolean recorded = layers.stream().allMatch(RoutingWindows::isRecorded);
    return recorded ? runs(layers, heldOut(routing), count) : walk(layers, count, seed);
  }

  private static boolean isRecorded(LayerRouting layer) {
    return layer.tokens() > 0 && !layer.isDrawn();
  }

  private static List<LayerRouting> heldOut(Routing routing) {
    return routing.heldOut().size() == 1 && routing.heldOut().get(0).profiles().size() == 1
        ? routing.heldOut().get(0).profiles().get(0).layers()
        : List.of();
  }

  private static List<RoutingProfile> runs(
      List<LayerRouting> layers, List<LayerRouting> heldOut, int count) {
    List<LayerRouting> whole =
        heldOut.isEmpty()
            ? layers
            : IntStream.range(0, layers.size())
                .mapToObj(i -> joined(layers.get(i), heldOut.get(i)))
                .toList();
    int tokens = whole.get(0).tokens();
    if (tokens < count) {
      throw new IllegalArgumentException(tokens + " tokens are no " + count + " windows");
    }
    List<RoutingProfile> windows = new ArrayList<>();
    for (int window = 0; window < count; window++) {
      int from = (int) ((long) tokens * window / count);
      int end = (int) ((long) tokens * (window + 1) / count);
      windows.add(
          new RoutingProfile(
              "window " + window,
              1,
              whole.stream()
                  .map(
                      layer ->
                          LayerRouting.ofTokens(
                              layer.experts(), layer.expertsPerToken(), choices(layer, from, end)))
                  .toList()));
    }
    return windows;
  }

  private static LayerRouting joined(LayerRouting first, LayerRouting second) {
    int[] all =
        IntStream.concat(
                Arrays.stream(choices(first, 0, first.tokens())),
                Arrays.stream(choices(second, 0, second.tokens())))
            .toArray();
    return LayerRouting.ofTokens(first.experts(), first.expertsPerToken(), all);
  }

  private static int[] choices(LayerRouting layer, int from, int end) {
    int k = layer.expertsPerToken();
    return IntStream.range(from * k, end * k).map(i -> layer.choice(i / k, i % k)).toArray();
  }

  private static List<RoutingProfile> walk(List<LayerRouting> layers, int count, long seed) {
    List<List<LayerRouting>> windows = new ArrayList<>();
    for (int window = 0; window < count; window++) {
      windows.add(new ArrayList<>());
    }
    for (int i = 0; i < layers.size(); i++) {
      LayerRouting layer = layers.get(i);
      SplitMix64 random = SplitMix64.stream(seed, STREAM + i);
      double[] log = new double[layer.experts()];
      for (int e = 0; e < log.length; e++) {
        log[e] = StrictMath.log(Math.max(LEAST_LOAD, layer.frequency(e)));
      }
      double mean = Arrays.stream(log).average().orElseThrow();
      double spread =
          StrictMath.sqrt(
              Arrays.stream(log).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
      for (int window = 0; window < count; window++) {
        double[] loads = Arrays.stream(log).map(StrictMath::exp).toArray();
        windows.get(window).add(layer.withLoads(loads));
        for (int e = 0; e < log.length; e++) {
          double moved = StrictMath.sqrt(1 - ALIKE * ALIKE) * spread * random.nextNormal();
          log[e] = mean + ALIKE * (log[e] - mean) + moved;
        }
      }
    }
    return IntStream.range(0, count)
        .mapToObj(window -> new RoutingProfile("window " + window, 1, windows.get(window)))
        .toList();
  }

  /**
   * What is planned for after {@code windows}: all of them, each weighing {@code keep} times the
   * next one.
   *
   * @param windows oldest first, at least one
   * @param keep in [0, 1]: 1 weighs all alike, 0 takes the last alone
   */
  public static Scenario mixed(List<RoutingProfile> windows, double keep) {
    if (!(keep >= 0 && keep <= 1)) {
      throw new IllegalArgumentException("keep must be in 0..1, was " + keep);
    }
    int last = windows.size() - 1;
    double sum = 0;
    for (int age = 0; age <= last; age++) {
      sum += StrictMath.pow(keep, age);
    }
    List<RoutingProfile> mixed = new ArrayList<>();
    for (int i = 0; i <= last; i++) {
      double weight = StrictMath.pow(keep, last - i) / sum;
      if (weight > LEAST_LOAD) {
        mixed.add(new RoutingProfile(windows.get(i).name(), weight, windows.get(i).layers()));
      }
    }
    int most = MOST_TOKENS / mixed.size();
    return new Scenario("windows so far", rescaled(mixed, most));
  }

  /**
   * What each window should weigh against the next one, from the windows themselves: of 1, 0.7,
   * 0.5, 0.3 and 0 the one whose mixtures of the windows before foretold each window's loads best,
   * by squared differences over experts and layers; among equals the largest. Where tokens were
   * recorded 0.5 at least: the fewer tokens a plan is made for, the more of their accidents it
   * fits, which loads do not tell. Of loads 1, too, where other orders of the same windows would
   * say as much: what comes and goes is foretold best by some of few windows, by chance
   * (docs/decisions/0059-each-window-evened-out-and-fullest-receivers.md). Fewer than three windows
   * tell nothing of what will last: 1 where tokens were recorded, 0.5 of loads
   * (docs/decisions/0050-which-windows-foretell-a-walk.md).
   *
   * @param windows oldest first, at least one
   */
  public static double foretellingKeep(List<RoutingProfile> windows) {
    boolean recorded =
        windows.stream()
            .allMatch(window -> window.layers().stream().allMatch(RoutingWindows::isRecorded));
    double best = KEEPS.get(0);
    if (windows.size() < LEAST_TELLING) {
      return recorded ? best : UNTOLD_KEEP;
    }
    if (!recorded && !WindowOrder.tells(windows)) {
      return best;
    }
    double least = Double.POSITIVE_INFINITY;
    for (double keep : recorded ? KEEPS.subList(0, 3) : KEEPS) {
      double error = 0;
      for (int layer = 0; layer < windows.get(0).layers().size(); layer++) {
        error += foretellingError(windows, layer, keep);
      }
      if (error < least) {
        least = error;
        best = keep;
      }
    }
    return best;
  }

  private static double foretellingError(List<RoutingProfile> windows, int layer, double keep) {
    double[] mixed = new double[windows.get(0).layers().get(layer).experts()];
    double weight = 0;
    double error = 0;
    for (RoutingProfile window : windows) {
      LayerRouting routing = window.layers().get(layer);
      for (int e = 0; e < mixed.length; e++) {
        double off = weight == 0 ? 0 : mixed[e] / weight - routing.frequency(e);
        error += off * off;
        mixed[e] = keep * mixed[e] + routing.frequency(e);
      }
      weight = keep * weight + 1;
    }
    return error;
  }

  // Windows that weigh next to nothing are left out.
  private static List<RoutingProfile> rescaled(List<RoutingProfile> profiles, int mostTokens) {
    double sum = profiles.stream().mapToDouble(RoutingProfile::weight).sum();
    return profiles.stream()
        .map(
            profile ->
                new RoutingProfile(
                    profile.name(),
                    Math.min(1, profile.weight() / sum),
                    profile.layers().stream().map(layer -> layer.thinned(mostTokens)).toList()))
        .toList();
  }
}
