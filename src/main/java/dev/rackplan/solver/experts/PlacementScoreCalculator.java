package dev.rackplan.solver.experts;

import dev.rackplan.cost.PlacementTally;
import dev.rackplan.plan.GpuSlots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.optaplanner.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import org.optaplanner.core.api.score.calculator.IncrementalScoreCalculator;

/**
 * Scores a placement move by move: hard = -(experts without a slot + second copies on one GPU),
 * soft = -objective in ps.
 *
 * <p>Keeps one trial: the tallies hold the last scored placement, and can go back to the one before
 * it. An undone move that is followed by another trial is rolled back, a move that is done again
 * costs nothing.
 */
public class PlacementScoreCalculator
    implements IncrementalScoreCalculator<PlacementSolution, HardSoftLongScore> {
  private PlacementSolution solution;
  private LayerProblem problem;
  private List<PlacementTally> tallies;
  // Slot → expert: as the solution has it now, as last scored, as before that trial.
  private int[] now;
  private int[] scored;
  private int[] base;
  private GpuSlots dealt;
  private HardSoftLongScore scoredScore;
  private HardSoftLongScore baseScore;
  private final List<Integer> touched = new ArrayList<>();

  @Override
  public void resetWorkingSolution(PlacementSolution workingSolution) {
    solution = workingSolution;
    problem = workingSolution.getProblem();
    now = workingSolution.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray();
    dealt = new GpuSlots(now.length, problem.shape().gpuCount());
    solution.getState().clear();
    for (int expert : now) {
      solution.getState().add(expert, 1);
    }
    tallies = problem.emptyTallies();
    int[] all = new int[problem.experts()];
    for (int e = 0; e < all.length; e++) {
      all[e] = e;
    }
    for (PlacementTally tally : tallies) {
      tally.update(all, replicaGpus(all));
      tally.save();
    }
    scored = now.clone();
    base = now.clone();
    scoredScore = score();
    baseScore = scoredScore;
    touched.clear();
    noteHottest();
  }

  @Override
  public void beforeVariableChanged(Object entity, String variableName) {
    solution.getState().add(((ExpertSlot) entity).getExpert(), -1);
  }

  @Override
  public void afterVariableChanged(Object entity, String variableName) {
    ExpertSlot slot = (ExpertSlot) entity;
    now[slot.getIndex()] = slot.getExpert();
    solution.getState().add(slot.getExpert(), 1);
    touched.add(slot.getIndex());
  }

  @Override
  public HardSoftLongScore calculateScore() {
    int[] toScored = changed(scored);
    if (toScored.length == 0) {
      keepTouchedOf();
      return scoredScore;
    }
    int[] toBase = changed(base);
    if (toBase.length <= toScored.length) {
      tallies.forEach(PlacementTally::restore);
      System.arraycopy(base, 0, scored, 0, base.length);
      scoredScore = baseScore;
      toScored = toBase;
    } else {
      System.arraycopy(scored, 0, base, 0, base.length);
      baseScore = scoredScore;
      noteHottest();
    }
    if (toScored.length > 0) {
      apply(toScored);
    }
    keepTouchedOf();
    return scoredScore;
  }

  private void apply(int[] slots) {
    int[] experts = new int[2 * slots.length];
    int count = 0;
    for (int slot : slots) {
      experts[count++] = scored[slot];
      experts[count++] = now[slot];
      scored[slot] = now[slot];
    }
    experts = Arrays.stream(experts).sorted().distinct().toArray();
    int[][] replicas = replicaGpus(experts);
    for (PlacementTally tally : tallies) {
      tally.save();
      tally.update(experts, replicas);
    }
    scoredScore = score();
  }

  // Slots that differ between the trial and its base stay listed: the next call may roll back.
  private void keepTouchedOf() {
    touched.clear();
    for (int slot = 0; slot < now.length; slot++) {
      if (scored[slot] != base[slot]) {
        touched.add(slot);
      }
    }
  }

  private int[] changed(int[] reference) {
    return touched.stream()
        .mapToInt(Integer::intValue)
        .filter(slot -> now[slot] != reference[slot])
        .sorted()
        .distinct()
        .toArray();
  }

  private int[][] replicaGpus(int[] experts) {
    int[][] replicas = new int[experts.length][];
    int[] buffer = new int[now.length];
    for (int i = 0; i < experts.length; i++) {
      int count = 0;
      for (int slot = 0; slot < now.length; slot++) {
        if (now[slot] == experts[i]) {
          buffer[count++] = dealt.gpuOfSlot(slot);
        }
      }
      replicas[i] = Arrays.copyOf(buffer, count);
    }
    return replicas;
  }

  private HardSoftLongScore score() {
    return HardSoftLongScore.of(
        -structureErrors(now, problem.experts(), dealt), -problem.objectivePicoseconds(tallies));
  }

  /** Experts without a slot, plus second copies of an expert on one GPU. */
  static int structureErrors(int[] slots, int experts, GpuSlots dealt) {
    boolean[] placed = new boolean[experts];
    int errors = 0;
    int firstOfGpu = 0;
    int gpu = 0;
    for (int slot = 0; slot < slots.length; slot++) {
      if (slot == firstOfGpu + dealt.slotsOf(gpu)) {
        firstOfGpu = slot;
        gpu++;
      }
      placed[slots[slot]] = true;
      for (int other = firstOfGpu; other < slot; other++) {
        if (slots[other] == slots[slot]) {
          errors++;
          break;
        }
      }
    }
    for (boolean present : placed) {
      errors += present ? 0 : 1;
    }
    return errors;
  }

  private void noteHottest() {
    solution.getState().setHottestGpu(problem.model().slowestGpu(tallies.get(0)));
  }

  @Override
  public void beforeEntityAdded(Object entity) {
    throw new UnsupportedOperationException("slots are fixed");
  }

  @Override
  public void afterEntityAdded(Object entity) {
    throw new UnsupportedOperationException("slots are fixed");
  }

  @Override
  public void beforeEntityRemoved(Object entity) {
    throw new UnsupportedOperationException("slots are fixed");
  }

  @Override
  public void afterEntityRemoved(Object entity) {
    throw new UnsupportedOperationException("slots are fixed");
  }
}
