package dev.rackplan.solver.experts;

import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.cost.placement.PlacementTally;
import java.util.Arrays;
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
  private SearchState state;
  private LayerProblem problem;
  private PlacementTallies tallies;
  // Slot → expert: as the solution has it now, as last scored, as before that trial.
  private int[] now;
  private int[] scored;
  private int[] base;
  private HardSoftLongScore scoredScore;
  private HardSoftLongScore baseScore;
  // Slots in which now, scored and base may differ, each once.
  private int[] touched;
  private boolean[] isTouched;
  private int touchedCount;
  private int commits;
  private Screen screen;
  private boolean screenStale;
  private Cooling cooling;
  private long scores;
  private double temperatureSeconds;

  @Override
  public void resetWorkingSolution(PlacementSolution workingSolution) {
    state = workingSolution.getState();
    problem = workingSolution.getProblem();
    now = workingSolution.getSlots().stream().mapToInt(ExpertSlot::getExpert).toArray();
    state.reset(workingSolution.getSlots());
    tallies = problem.emptyTallies();
    int[] all = new int[problem.experts()];
    for (int e = 0; e < all.length; e++) {
      all[e] = e;
    }
    tallies.update(all, replicaGpus(all));
    tallies.save();
    scored = now.clone();
    base = now.clone();
    touched = new int[now.length];
    isTouched = new boolean[now.length];
    touchedCount = 0;
    scoredScore = score();
    baseScore = scoredScore;
    screen = new Screen(problem, tallies);
    screen.note();
    screenStale = false;
    cooling = workingSolution.getCooling();
    scores = 0;
    temperatureSeconds = cooling.temperature(scores) * 1e-12;
    state.setScorer(this);
    noteHottest();
  }

  /**
   * Whether giving each of the first {@code count} experts the replicas of the same row may be
   * worth scoring, from the placement that the solution has now: the last scored one or the one
   * before.
   */
  boolean worthScoring(int[] experts, int count, int[][] replicaGpus) {
    // Only an accepted trial changes what moves start from; a refused one may still be in the
    // tallies.
    if (differing(scored) == 0) {
      noteScreen();
    }
    return screen.passes(experts, count, replicaGpus, temperatureSeconds);
  }

  private void noteScreen() {
    if (screenStale) {
      screen.note();
      screenStale = false;
    }
  }

  @Override
  public void beforeVariableChanged(Object entity, String variableName) {
    ExpertSlot slot = (ExpertSlot) entity;
    state.remove(slot.getGpu(), slot.getExpert());
  }

  @Override
  public void afterVariableChanged(Object entity, String variableName) {
    ExpertSlot slot = (ExpertSlot) entity;
    now[slot.getIndex()] = slot.getExpert();
    state.add(slot.getGpu(), slot.getExpert());
    touch(slot.getIndex());
  }

  private void touch(int slot) {
    if (!isTouched[slot]) {
      isTouched[slot] = true;
      touched[touchedCount++] = slot;
    }
  }

  @Override
  public HardSoftLongScore calculateScore() {
    scores++;
    temperatureSeconds = cooling.temperature(scores) * 1e-12;
    int toScored = differing(scored);
    if (toScored > 0) {
      if (differing(base) <= toScored) {
        tallies.restore();
        copyTouched(base, scored);
        scoredScore = baseScore;
      } else {
        // The trial was accepted: moves start from it now, screened or not.
        noteScreen();
        copyTouched(scored, base);
        baseScore = scoredScore;
        noteHottest();
      }
      if (differing(scored) > 0) {
        apply();
      }
    }
    keepTouched();
    return scoredScore;
  }

  private int differing(int[] reference) {
    int count = 0;
    for (int i = 0; i < touchedCount; i++) {
      count += now[touched[i]] == reference[touched[i]] ? 0 : 1;
    }
    return count;
  }

  private void copyTouched(int[] from, int[] to) {
    for (int i = 0; i < touchedCount; i++) {
      to[touched[i]] = from[touched[i]];
    }
  }

  private void apply() {
    int[] experts = new int[2 * touchedCount];
    int count = 0;
    for (int i = 0; i < touchedCount; i++) {
      int slot = touched[i];
      if (scored[slot] != now[slot]) {
        count = SlotMove.addDistinct(experts, count, scored[slot]);
        count = SlotMove.addDistinct(experts, count, now[slot]);
        scored[slot] = now[slot];
      }
    }
    experts = Arrays.copyOf(experts, count);
    tallies.save();
    tallies.update(experts, replicaGpus(experts));
    scoredScore = score();
    screenStale = true;
  }

  // Slots that differ between the trial and its base stay listed: the next call may roll back.
  private void keepTouched() {
    int kept = 0;
    for (int i = 0; i < touchedCount; i++) {
      int slot = touched[i];
      if (scored[slot] == base[slot]) {
        isTouched[slot] = false;
      } else {
        touched[kept++] = slot;
      }
    }
    touchedCount = kept;
  }

  private int[][] replicaGpus(int[] experts) {
    int[][] replicas = new int[experts.length][];
    for (int i = 0; i < experts.length; i++) {
      replicas[i] = state.gpusOf(experts[i]);
    }
    return replicas;
  }

  private HardSoftLongScore score() {
    return HardSoftLongScore.of(-state.errors(), -problem.objectivePicoseconds(tallies.all()));
  }

  // The slowest scenario's, each of its windows in turn: they differ.
  private void noteHottest() {
    PlacementTally slowest = tallies.all().get(0);
    double most = -1;
    for (PlacementTally tally : tallies.all()) {
      double seconds = problem.model().expertSeconds(tally);
      if (seconds > most) {
        most = seconds;
        slowest = tally;
      }
    }
    state.setHottestGpu(problem.model().slowestGpuInTurn(slowest, commits++));
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
