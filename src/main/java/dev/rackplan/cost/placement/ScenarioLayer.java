package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * One MoE layer's routing under one scenario, its profiles mixed: expert frequencies, recorded
 * tokens with their weights, and load-only profiles. Immutable.
 */
public final class ScenarioLayer {
  private static final int MOST_SECTIONS = 16;

  private final double[] frequency;
  private final int expertsPerToken;
  private final int[] choices;
  private final long[] tokenWeight;
  // Sampled profiles, in the order of their tokens.
  private final int[] sizeOfProfile;
  private final double[] weightOfProfile;
  private final double[] loadWeight;
  private final double[][] loadFrequency;
  private final IdleShares idle;
  // Made when asked for.
  private double[] sectionFrequency;
  private OptionalDouble likeness = OptionalDouble.empty();
  private double[] chosenShares;
  private TokenSets tokenSets;
  private final boolean recorded;
  private final WindowLoads windows;

  /**
   * @param scenario the mixed profiles
   * @param moeLayer MoE layer, counted from 0 among MoE layers
   */
  public ScenarioLayer(Scenario scenario, int moeLayer) {
    LayerRouting first = scenario.profiles().get(0).layers().get(moeLayer);
    int experts = first.experts();
    this.expertsPerToken = first.expertsPerToken();
    this.frequency = new double[experts];
    this.idle = new IdleShares(frequency);
    List<RoutingProfile> sampled = new ArrayList<>();
    List<RoutingProfile> loadOnly = new ArrayList<>();
    int tokens = 0;
    for (RoutingProfile profile : scenario.profiles()) {
      LayerRouting routing = profile.layers().get(moeLayer);
      for (int e = 0; e < experts; e++) {
        frequency[e] += profile.weight() * routing.frequency(e);
      }
      (routing.tokens() > 0 ? sampled : loadOnly).add(profile);
      tokens += routing.tokens();
    }
    this.choices = new int[tokens * expertsPerToken];
    this.tokenWeight = new long[tokens];
    int token = 0;
    for (RoutingProfile profile : sampled) {
      LayerRouting routing = profile.layers().get(moeLayer);
      for (int t = 0; t < routing.tokens(); t++, token++) {
        tokenWeight[token] = FixedPoint.of(profile.weight() / routing.tokens());
        for (int j = 0; j < expertsPerToken; j++) {
          choices[token * expertsPerToken + j] = routing.choice(t, j);
        }
      }
    }
    this.sizeOfProfile =
        sampled.stream().mapToInt(profile -> profile.layers().get(moeLayer).tokens()).toArray();
    this.weightOfProfile = sampled.stream().mapToDouble(RoutingProfile::weight).toArray();
    this.recorded =
        !sampled.isEmpty()
            && sampled.stream().noneMatch(profile -> profile.layers().get(moeLayer).isDrawn());
    this.windows = WindowLoads.NONE;
    this.loadWeight = loadOnly.stream().mapToDouble(RoutingProfile::weight).toArray();
    this.loadFrequency = new double[loadOnly.size()][experts];
    for (int p = 0; p < loadOnly.size(); p++) {
      for (int e = 0; e < experts; e++) {
        loadFrequency[p][e] = loadOnly.get(p).layers().get(moeLayer).frequency(e);
      }
    }
  }

  /** Part {@code part} of {@code parts} of each sampled profile's tokens. */
  private ScenarioLayer(ScenarioLayer whole, int part, int parts) {
    int experts = whole.experts();
    this.recorded = whole.recorded;
    this.windows = WindowLoads.NONE;
    this.expertsPerToken = whole.expertsPerToken;
    this.weightOfProfile = whole.weightOfProfile;
    this.loadWeight = whole.loadWeight;
    this.loadFrequency = whole.loadFrequency;
    this.sizeOfProfile = new int[whole.sizeOfProfile.length];
    for (int p = 0; p < sizeOfProfile.length; p++) {
      int size = whole.sizeOfProfile[p];
      sizeOfProfile[p] =
          WindowLoads.start(size, part + 1, parts) - WindowLoads.start(size, part, parts);
    }
    int count = Arrays.stream(sizeOfProfile).sum();
    this.choices = new int[count * expertsPerToken];
    this.tokenWeight = new long[count];
    this.frequency = new double[experts];
    this.idle = new IdleShares(frequency);
    for (int p = 0; p < loadWeight.length; p++) {
      for (int e = 0; e < experts; e++) {
        frequency[e] += loadWeight[p] * loadFrequency[p][e];
      }
    }
    int token = 0;
    int offset = 0;
    for (int p = 0; p < sizeOfProfile.length; p++) {
      double weight = weightOfProfile[p] / sizeOfProfile[p];
      int from = offset + WindowLoads.start(whole.sizeOfProfile[p], part, parts);
      for (int t = 0; t < sizeOfProfile[p]; t++, token++) {
        tokenWeight[token] = FixedPoint.of(weight);
        for (int j = 0; j < expertsPerToken; j++) {
          int expert = whole.choice(from + t, j);
          choices[token * expertsPerToken + j] = expert;
          frequency[expert] += weight;
        }
      }
      offset += whole.sizeOfProfile[p];
    }
  }

  /** The same, with loads by window. */
  private ScenarioLayer(ScenarioLayer whole, WindowLoads windows) {
    this.frequency = whole.frequency;
    this.expertsPerToken = whole.expertsPerToken;
    this.choices = whole.choices;
    this.tokenWeight = whole.tokenWeight;
    this.tokenSets = whole.tokenSets();
    this.chosenShares = whole.chosenShares();
    this.sizeOfProfile = whole.sizeOfProfile;
    this.weightOfProfile = whole.weightOfProfile;
    this.loadWeight = whole.loadWeight;
    this.loadFrequency = whole.loadFrequency;
    this.recorded = whole.recorded;
    this.windows = windows;
    this.idle = whole.idle;
  }

  /**
   * The same traffic with only a part of each profile's tokens: {@code count} of them, one after
   * the other in the sample, of equal size except for rounding; itself for 1. Profiles known by
   * load stay whole.
   *
   * @param count at most {@link #fewestTokens()}, or 1
   */
  public List<ScenarioLayer> parts(int count) {
    if (count == 1) {
      return List.of(this);
    }
    List<ScenarioLayer> parts = new ArrayList<>();
    for (int part = 0; part < count; part++) {
      parts.add(new ScenarioLayer(this, part, count));
    }
    return parts;
  }

  /**
   * The same traffic with the loads of its windows: of {@code count} runs of consecutive tokens of
   * each profile, of equal size except for rounding. Profiles known by load are the same in each.
   *
   * @param count 2 to {@link #fewestTokens()}, or 1: itself
   */
  public ScenarioLayer inWindows(int count) {
    return count == 1 ? this : new ScenarioLayer(this, WindowLoads.of(this, count));
  }

  /**
   * The same traffic with the loads of each profile's windows by themselves: profiles came one
   * after the other, so that between them loads moved, too. A profile known by load is one window.
   *
   * @param count windows of each recorded profile, 1 to {@link #fewestTokens()}
   */
  public ScenarioLayer inWindowsOfProfiles(int count) {
    return new ScenarioLayer(this, WindowLoads.ofProfiles(this, count));
  }

  /**
   * Whether tokens were recorded, which say how loads move; drawn ones say only which experts are
   * chosen together.
   */
  public boolean recorded() {
    return recorded;
  }

  /** Whether some tokens are drawn from loads, which theirs only come close to. */
  public boolean drawn() {
    return tokens() > 0 && !recorded;
  }

  /** Windows; 0 where loads are of the whole sample only. */
  public int windows() {
    return windows.count();
  }

  /**
   * Whether its windows are profiles known by load that weigh alike: traffic that comes and goes,
   * of which any may come again.
   */
  public boolean windowsComeAgain() {
    return windows.count() > 1
        && windows.count() == loadWeight.length
        && Arrays.stream(loadWeight).allMatch(weight -> weight == loadWeight[0]);
  }

  /**
   * Share of the tokens of each window that choose each expert, expert by expert; shared, not to be
   * written to.
   */
  public double[] windowFrequency() {
    return windows.frequency();
  }

  /**
   * Into how many sections, one after the other, a sample is divided to see by how much loads move
   * within it: 16, or as many as there are tokens; 0 without recorded tokens.
   */
  int sections() {
    return Math.min(MOST_SECTIONS, fewestTokens());
  }

  /**
   * Share of the tokens of each section that choose each expert, expert by expert; shared, not to
   * be written to.
   */
  synchronized double[] sectionFrequency() {
    if (sectionFrequency == null) {
      sectionFrequency = WindowLoads.of(this, sections()).frequency();
    }
    return sectionFrequency;
  }

  /**
   * How alike the tokens of one sequence choose, in [0, 1]: the share of a token's variance that
   * another token of the sequence has in common with it. From recorded tokens: by how much more
   * loads differ between sections of the sample than between as many tokens drawn at random. Of
   * loads alone {@value SequenceLikeness#USUAL}, or 0 where all are equal, which only random
   * routing is.
   */
  public synchronized double likeness() {
    if (likeness.isEmpty()) {
      likeness = OptionalDouble.of(SequenceLikeness.of(this));
    }
    return likeness.getAsDouble();
  }

  /** Recorded tokens of the sampled profile that has fewest; 0 without samples. */
  public int fewestTokens() {
    return Arrays.stream(sizeOfProfile).min().orElse(0);
  }

  private ScenarioLayer(List<ScenarioLayer> mixed) {
    ScenarioLayer first = mixed.get(0);
    double share = 1.0 / mixed.size();
    this.recorded = mixed.stream().allMatch(layer -> layer.recorded);
    this.windows = WindowLoads.NONE;
    this.expertsPerToken = first.expertsPerToken;
    this.frequency = new double[first.experts()];
    this.idle = new IdleShares(frequency);
    this.choices = mixed.stream().flatMapToInt(layer -> Arrays.stream(layer.choices)).toArray();
    // Rounded down: never more tokens than there are.
    this.tokenWeight =
        mixed.stream()
            .flatMapToLong(layer -> Arrays.stream(layer.tokenWeight))
            .map(weight -> weight / mixed.size())
            .toArray();
    this.loadWeight =
        mixed.stream()
            .flatMapToDouble(layer -> Arrays.stream(layer.loadWeight))
            .map(weight -> weight * share)
            .toArray();
    this.loadFrequency =
        mixed.stream()
            .flatMap(layer -> Arrays.stream(layer.loadFrequency))
            .toArray(double[][]::new);
    this.sizeOfProfile =
        mixed.stream().flatMapToInt(layer -> Arrays.stream(layer.sizeOfProfile)).toArray();
    this.weightOfProfile =
        mixed.stream()
            .flatMapToDouble(layer -> Arrays.stream(layer.weightOfProfile))
            .map(weight -> weight * share)
            .toArray();
    for (ScenarioLayer layer : mixed) {
      for (int e = 0; e < frequency.length; e++) {
        frequency[e] += share * layer.frequency[e];
      }
    }
  }

  /** All of {@code scenarios}, which route among the same experts, in equal parts. */
  public static ScenarioLayer mean(List<ScenarioLayer> scenarios) {
    return new ScenarioLayer(scenarios);
  }

  public int experts() {
    return frequency.length;
  }

  public int expertsPerToken() {
    return expertsPerToken;
  }

  /**
   * By expert the chance {@code (1 - f)^tokens} that none of so many tokens choose it; not to be
   * changed.
   */
  double[] idleShares(double tokens) {
    return idle.of(tokens);
  }

  /** Share of tokens that choose {@code expert}, all profiles mixed. */
  public double frequency(int expert) {
    return frequency[expert];
  }

  /**
   * Share of tokens that choose each expert, as merged copies are counted: what recorded and drawn
   * tokens choose, and the loads of the other profiles. Drawn tokens come close to the loads that
   * they were drawn from, no more, and stay far from loads that their gate can't have. Made when
   * first asked for; shared, not to be written to.
   */
  public synchronized double[] chosenShares() {
    if (chosenShares == null) {
      chosenShares = countChosen();
    }
    return chosenShares;
  }

  private double[] countChosen() {
    double[] shares = new double[frequency.length];
    for (int i = 0; i < choices.length; i++) {
      shares[choices[i]] += FixedPoint.toDouble(tokenWeight[i / expertsPerToken]);
    }
    for (int p = 0; p < loadWeight.length; p++) {
      for (int e = 0; e < shares.length; e++) {
        shares[e] += loadWeight[p] * loadFrequency[p][e];
      }
    }
    return shares;
  }

  /** Recorded tokens of all profiles. */
  public int tokens() {
    return tokenWeight.length;
  }

  /** Share of the traffic that a recorded token stands for, in {@link FixedPoint} units. */
  public long tokenWeight(int token) {
    return tokenWeight[token];
  }

  /** The {@code j}-th expert of a recorded token. */
  public int choice(int token, int j) {
    return choices[token * expertsPerToken + j];
  }

  /** All choices, token by token; shared, not to be written to. */
  int[] choices() {
    return choices;
  }

  /** Which recorded tokens choose each expert, as bits; made when first asked for. */
  synchronized TokenSets tokenSets() {
    if (tokenSets == null) {
      tokenSets = new TokenSets(expertsPerToken, experts(), sizeOfProfile, choices, tokenWeight);
    }
    return tokenSets;
  }

  /** Tokens of each sampled profile, in the order of its tokens; not to be written to. */
  int[] sizeOfProfile() {
    return sizeOfProfile;
  }

  /** Share of the traffic of each sampled profile; not to be written to. */
  double[] weightOfProfile() {
    return weightOfProfile;
  }

  /** Profiles that are known by load only. */
  public int loadProfiles() {
    return loadWeight.length;
  }

  /** Share of the traffic of load-only profile {@code profile}. */
  public double loadWeight(int profile) {
    return loadWeight[profile];
  }

  /**
   * Share of the traffic that is of load-only profile {@code profile} and chooses any of some
   * experts.
   *
   * @param log of the share of the profile that chooses none of them, in {@link FixedPoint} units
   */
  double choosingAny(int profile, long log) {
    return log == 0 ? 0 : loadWeight[profile] * (1 - StrictMath.exp(FixedPoint.toDouble(log)));
  }

  /** Share of that profile's tokens that choose {@code expert}. */
  public double loadFrequency(int profile, int expert) {
    return loadFrequency[profile][expert];
  }
}
