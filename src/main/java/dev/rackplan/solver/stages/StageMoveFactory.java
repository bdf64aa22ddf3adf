package dev.rackplan.solver.stages;

import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.optaplanner.core.api.score.director.ScoreDirector;
import org.optaplanner.core.impl.heuristic.selector.move.factory.MoveIteratorFactory;

/** Random moves that keep stages ascending, non-empty and on different blocks. */
public final class StageMoveFactory implements MoveIteratorFactory<StageSolution, StageMove> {
  private static final double SHIFT = 0.6;

  @Override
  public long getSize(ScoreDirector<StageSolution> scoreDirector) {
    long stages = scoreDirector.getWorkingSolution().getStages().size();
    return stages * (stages + scoreDirector.getWorkingSolution().getBlocks().size());
  }

  @Override
  public Iterator<StageMove> createOriginalMoveIterator(
      ScoreDirector<StageSolution> scoreDirector) {
    throw new UnsupportedOperationException("moves are drawn at random only");
  }

  @Override
  public Iterator<StageMove> createRandomMoveIterator(
      ScoreDirector<StageSolution> scoreDirector, Random random) {
    StageSolution solution = scoreDirector.getWorkingSolution();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public StageMove next() {
        return random.nextDouble() < SHIFT ? shift(solution, random) : rehost(solution, random);
      }
    };
  }

  private static StageMove shift(StageSolution solution, Random random) {
    List<StageHost> stages = solution.getStages();
    int s = 1 + random.nextInt(stages.size() - 1);
    int least = stages.get(s - 1).getFirstLayer() + 1;
    int most =
        s + 1 < stages.size()
            ? stages.get(s + 1).getFirstLayer() - 1
            : solution.getCosts().layers() - 1;
    int step = (1 + random.nextInt(3)) * (random.nextBoolean() ? 1 : -1);
    int layer = Math.max(least, Math.min(most, stages.get(s).getFirstLayer() + step));
    return StageMove.shift(stages.get(s), layer);
  }

  private static StageMove rehost(StageSolution solution, Random random) {
    List<StageHost> stages = solution.getStages();
    StageHost stage = stages.get(random.nextInt(stages.size()));
    int block = random.nextInt(solution.getBlocks().size());
    for (StageHost other : stages) {
      if (other.getBlock() == block) {
        return StageMove.swap(stage, other);
      }
    }
    return StageMove.rehost(stage, block);
  }
}
