package dev.rackplan.solver.experts;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.List;

/** What searches of a layer begin with: given placements made sound, and built ones. */
public final class LayerStarts {
  private LayerStarts() {}

  /** The start with the least time; the first on a tie. */
  public static ExpertMap bestOf(LayerProblem problem, List<ExpertMap> starts) {
    return bestScored(problem, starts).map();
  }

  /** The best of the starts, each made sound. */
  static ScoredMap scored(LayerProblem problem, List<ExpertMap> starts) {
    return bestScored(problem, sound(problem, starts));
  }

  private static ScoredMap bestScored(LayerProblem problem, List<ExpertMap> starts) {
    return starts.stream()
        .map(start -> ScoredMap.of(problem, start))
        .reduce(ScoredMap::orBetter)
        .orElseThrow();
  }

  /**
   * The starts, each once and made free of second copies on a GPU; where tokens are drawn from
   * loads, each followed by the same with its domains evened out.
   */
  public static List<ExpertMap> sound(LayerProblem problem, List<ExpertMap> starts) {
    double[] frequency = problem.frequency(1);
    DispatchRule rule = problem.engine().dispatchRule();
    List<ExpertMap> sound = new ArrayList<>();
    for (ExpertMap map : starts.stream().distinct().toList()) {
      sound.add(map.withoutSecondCopies(frequency, problem.shape()::domainOf));
      if (problem.drawsTokens()) {
        ExpertMap last = sound.get(sound.size() - 1);
        sound.add(DomainEvening.of(rule, problem.shape(), frequency, last));
      }
    }
    return sound.stream().distinct().toList();
  }

  /**
   * The best of the starts, each made free of second copies on a GPU, and of built placements: what
   * a search begins with.
   */
  public static ExpertMap bestSound(LayerProblem problem, List<ExpertMap> starts) {
    ScoredMap usual = scored(problem, starts);
    return orBuilt(problem, usual, starts.get(0).dealt(), Partners.of(problem)).map();
  }

  /** The best of {@code usual}, a greedy placement, and placements built by domain. */
  static ScoredMap orBuilt(
      LayerProblem problem, ScoredMap usual, GpuSlots dealt, Partners partners) {
    ScoredMap start = usual.orBetter(ScoredMap.of(problem, greedy(problem, dealt, 1)));
    return problem.shape().domainCount() > 1
        ? start.orBetter(byDomain(problem, dealt, partners))
        : start;
  }

  /**
   * By the power mean over scenarios: of a high power, copies go to what is hot in any of them.
   *
   * @param power as in {@link LayerProblem#frequency}
   */
  static ExpertMap greedy(LayerProblem problem, GpuSlots dealt, int power) {
    return StartPlacement.greedy(problem.frequency(power), dealt);
  }

  // As many experts with a copy in every domain as is best: a few numbers, then those between.
  private static ScoredMap byDomain(LayerProblem problem, GpuSlots dealt, Partners partners) {
    double[] frequency = problem.frequency(1);
    int most =
        DomainPlacement.mostFull(frequency.length, dealt.slots(), problem.shape().domainCount());
    int step = Math.max(1, (most + 3) / 4);
    int bestFull = 0;
    ScoredMap found = byDomain(problem, frequency, dealt, partners, 0);
    for (int full = step; full <= most; full += step) {
      ScoredMap other = byDomain(problem, frequency, dealt, partners, full);
      bestFull = other.seconds() < found.seconds() ? full : bestFull;
      found = found.orBetter(other);
    }
    for (int near = step / 2; near >= 1; near /= 2) {
      for (int full : new int[] {bestFull - near, bestFull + near}) {
        if (full >= 0 && full <= most) {
          ScoredMap other = byDomain(problem, frequency, dealt, partners, full);
          bestFull = other.seconds() < found.seconds() ? full : bestFull;
          found = found.orBetter(other);
        }
      }
    }
    return found;
  }

  private static ScoredMap byDomain(
      LayerProblem problem, double[] frequency, GpuSlots dealt, Partners partners, int full) {
    return ScoredMap.of(problem, DomainPlacement.of(problem, frequency, dealt, partners, full));
  }
}
