package dev.rackplan.solver.experts;

import dev.rackplan.plan.GpuSlots;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.optaplanner.core.api.score.director.ScoreDirector;
import org.optaplanner.core.impl.heuristic.selector.move.factory.MoveIteratorFactory;

/**
 * Random moves that keep the structure sound: no expert without a slot, no second copy on a GPU.
 *
 * <p>Where there are redundant slots a third of the moves gives one of them another expert; the
 * rest swap slots of two GPUs, 40% of them from the GPU that takes longest.
 */
public final class SlotMoveFactory implements MoveIteratorFactory<PlacementSolution, SlotMove> {
  private static final double REPLACE = 1 / 3.0;
  private static final double FROM_HOTTEST = 0.4;
  private static final int TRIES = 64;

  @Override
  public long getSize(ScoreDirector<PlacementSolution> scoreDirector) {
    long slots = scoreDirector.getWorkingSolution().getSlots().size();
    return slots * slots;
  }

  @Override
  public Iterator<SlotMove> createOriginalMoveIterator(
      ScoreDirector<PlacementSolution> scoreDirector) {
    throw new UnsupportedOperationException("moves are drawn at random only");
  }

  @Override
  public Iterator<SlotMove> createRandomMoveIterator(
      ScoreDirector<PlacementSolution> scoreDirector, Random random) {
    return new Moves(scoreDirector.getWorkingSolution(), random);
  }

  private static final class Moves implements Iterator<SlotMove> {
    private final List<ExpertSlot> slots;
    private final SearchState state;
    private final Random random;
    private final int experts;
    private final GpuSlots dealt;
    private final boolean redundant;

    Moves(PlacementSolution solution, Random random) {
      this.slots = solution.getSlots();
      this.state = solution.getState();
      this.random = random;
      this.experts = solution.getExperts().size();
      this.dealt = new GpuSlots(slots.size(), solution.getProblem().shape().gpuCount());
      this.redundant = slots.size() > experts;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public SlotMove next() {
      // Falls through to a swap, sound or not, only where the layer has no sound move: then the
      // hard score refuses it.
      for (int i = 0; i < TRIES; i++) {
        ExpertSlot slot = slots.get(random.nextInt(slots.size()));
        if (redundant && random.nextDouble() < REPLACE) {
          Integer expert = random.nextInt(experts);
          if (state.replicas(slot.getExpert()) > 1 && !onGpu(slot.getGpu(), expert)) {
            return SlotMove.replace(slot, expert);
          }
        } else {
          if (random.nextDouble() < FROM_HOTTEST) {
            int hottest = state.hottestGpu();
            slot = slots.get(dealt.firstSlot(hottest) + random.nextInt(dealt.slotsOf(hottest)));
          }
          ExpertSlot other = slots.get(random.nextInt(slots.size()));
          if (other.getGpu() != slot.getGpu()
              && !onGpu(slot.getGpu(), other.getExpert())
              && !onGpu(other.getGpu(), slot.getExpert())) {
            return SlotMove.swap(slot, other);
          }
        }
      }
      return SlotMove.swap(
          slots.get(random.nextInt(slots.size())), slots.get(random.nextInt(slots.size())));
    }

    private boolean onGpu(int gpu, Integer expert) {
      int first = dealt.firstSlot(gpu);
      for (int slot = first; slot < first + dealt.slotsOf(gpu); slot++) {
        if (slots.get(slot).getExpert().equals(expert)) {
          return true;
        }
      }
      return false;
    }
  }
}
