package dev.rackplan.benchmark;

import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerSearch;
import dev.rackplan.solver.experts.SearchBudget;
import java.util.Arrays;
import java.util.Random;

/**
 * A plain annealing loop over one layer's slots, without OptaPlanner: what the search's framework
 * costs is seen against it.
 *
 * <p>The same objective on the same tallies and the two plainest moves: two slots of two GPUs
 * exchanged, or another expert in a redundant slot. Its first temperature is the search's for 64
 * slots and more; below, the search begins hotter.
 */
final class PlainLoop {
  // Hottest first temperature as a share of the objective, last one as a share of the first.
  private static final double HOT = 0.002;
  private static final double COOLEST = 0.002;
  private static final double REPLACE = 1 / 3.0;
  private static final double FROM_HOTTEST = 0.4;
  private static final int CLOCK_EVERY = 64;

  /**
   * @param map the best placement met
   * @param moves scored moves
   */
  record Found(ExpertMap map, long moves) {}

  private final LayerProblem problem;
  private final PlacementTallies tallies;
  private final Random random;
  private final ExpertMap start;
  private final int[] slots;
  private final int[][] gpusOf;

  private PlainLoop(LayerProblem problem, ExpertMap start, long seed) {
    this.problem = problem;
    this.start = start;
    this.slots = start.toArray();
    this.random = new Random(seed);
    this.gpusOf = new int[problem.experts()][];
    for (int e = 0; e < gpusOf.length; e++) {
      gpusOf[e] = gpusOf(e);
    }
    this.tallies = problem.tallies(gpusOf);
  }

  /** Anneals from a sound {@code start} within {@code budget}, a time. */
  static Found search(LayerProblem problem, ExpertMap start, SearchBudget budget, long seed) {
    return new PlainLoop(problem, start, seed).anneal(budget);
  }

  private Found anneal(SearchBudget budget) {
    long current = problem.objectivePicoseconds(tallies.all());
    long best = current;
    int[] bestSlots = slots.clone();
    double hot = Math.min(HOT, LayerSearch.hot(problem, start)) * current;
    double temperature = hot;
    long moves = 0;
    for (long draw = 0; ; draw++) {
      if (draw % CLOCK_EVERY == 0) {
        double used = budget.used(moves);
        if (used >= 1) {
          return new Found(new ExpertMap(bestSlots, start.gpus()), moves);
        }
        temperature = hot * StrictMath.pow(COOLEST, used);
      }
      int first = slot(random.nextDouble() < FROM_HOTTEST);
      int second = slot(false);
      boolean replace = slots.length > problem.experts() && random.nextDouble() < REPLACE;
      int incoming = replace ? random.nextInt(problem.experts()) : slots[second];
      if (replace ? !replaceable(first, incoming) : !swappable(first, second)) {
        continue;
      }
      int outgoing = slots[first];
      tallies.save();
      set(first, incoming, second, replace ? slots[second] : outgoing);
      long next = problem.objectivePicoseconds(tallies.all());
      moves++;
      if (next <= current || random.nextDouble() < StrictMath.exp((current - next) / temperature)) {
        current = next;
        if (next < best) {
          best = next;
          bestSlots = slots.clone();
        }
      } else {
        slots[first] = outgoing;
        slots[second] = replace ? slots[second] : incoming;
        gpusOf[outgoing] = gpusOf(outgoing);
        gpusOf[incoming] = gpusOf(incoming);
        tallies.restore();
      }
    }
  }

  private int slot(boolean onSlowestGpu) {
    if (!onSlowestGpu) {
      return random.nextInt(slots.length);
    }
    int part = random.nextInt(tallies.all().size());
    int gpu = problem.model().slowestGpu(tallies.all().get(part));
    return start.firstSlot(gpu) + random.nextInt(start.slotsOf(gpu));
  }

  private boolean replaceable(int slot, int expert) {
    return gpusOf[slots[slot]].length > 1 && !holds(expert, start.gpuOfSlot(slot));
  }

  private boolean swappable(int first, int second) {
    return start.gpuOfSlot(first) != start.gpuOfSlot(second)
        && !holds(slots[second], start.gpuOfSlot(first))
        && !holds(slots[first], start.gpuOfSlot(second));
  }

  private boolean holds(int expert, int gpu) {
    return Arrays.binarySearch(gpusOf[expert], gpu) >= 0;
  }

  private void set(int first, int incoming, int second, int secondExpert) {
    int outgoing = slots[first];
    slots[first] = incoming;
    slots[second] = secondExpert;
    gpusOf[outgoing] = gpusOf(outgoing);
    gpusOf[incoming] = gpusOf(incoming);
    tallies.update(
        new int[] {outgoing, incoming}, new int[][] {gpusOf[outgoing], gpusOf[incoming]});
  }

  private int[] gpusOf(int expert) {
    int count = 0;
    int[] gpus = new int[start.gpus()];
    for (int slot = 0; slot < slots.length; slot++) {
      if (slots[slot] == expert) {
        gpus[count++] = start.gpuOfSlot(slot);
      }
    }
    return Arrays.copyOf(gpus, count);
  }
}
