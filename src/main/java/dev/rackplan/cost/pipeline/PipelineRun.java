package dev.rackplan.cost.pipeline;

import dev.rackplan.workload.PipelineSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A training pipeline run pass by pass: each device has its list of work ({@link PipelineOrder}),
 * and each piece starts when the device is free and what it needs has arrived. Timeline, bubble and
 * total are read from it; formulas ({@link ScheduleTime}) only bound and screen.
 *
 * @param seconds until the last pass ends
 * @param boxes what the devices do, by start; passes side by side have a box each
 */
public record PipelineRun(double seconds, List<Box> boxes) {

  /**
   * One pass of one micro-batch.
   *
   * @param device that does it
   * @param startSeconds its start in s
   * @param endSeconds its end in s
   * @param microBatch from 0; of those that enter at the far end of DualPipe, counted apart
   * @param backward whether it computes gradients
   */
  public record Box(
      int device, double startSeconds, double endSeconds, int microBatch, boolean backward) {}

  public PipelineRun {
    boxes = List.copyOf(boxes);
  }

  /** Whether a schedule runs so many micro-batches through so many stages at all. */
  public static boolean runs(PipelineSchedule schedule, int stages, int microBatches) {
    return switch (schedule) {
      case ONE_FORWARD_ONE_BACKWARD, ZERO_BUBBLE -> true;
      case INTERLEAVED -> microBatches % stages == 0;
      case DUAL_PIPE -> stages % 2 == 0 && microBatches % 2 == 0 && microBatches >= 2 * stages;
    };
  }

  /**
   * A run of whole passes.
   *
   * @param stages one stage's passes each
   * @param hopSeconds from each stage to the next, which no pass holds
   */
  public static PipelineRun of(
      PipelineSchedule schedule,
      int virtualStages,
      int microBatches,
      List<StagePasses> stages,
      double[] hopSeconds) {
    int chunks = schedule == PipelineSchedule.INTERLEAVED ? virtualStages : 1;
    PipelineOrder order = PipelineOrder.of(schedule, chunks, microBatches, stages);
    return new Execution(order, microBatches, stages.size() * chunks, hopSeconds).run();
  }

  /** One run on its way. */
  private static final class Execution {
    private static final int KINDS = 3;
    private static final int WAYS = 2;

    private final PipelineOrder order;
    private final int microBatches;
    private final int stages;
    private final double[] hopSeconds;
    private final double[] ends;
    private final List<Box> boxes = new ArrayList<>();

    Execution(PipelineOrder order, int microBatches, int stages, double[] hopSeconds) {
      this.order = order;
      this.microBatches = microBatches;
      this.stages = stages;
      this.hopSeconds = hopSeconds.clone();
      this.ends = new double[KINDS * WAYS * stages * microBatches];
      Arrays.fill(ends, Double.NaN);
    }

    PipelineRun run() {
      int devices = order.devices();
      double[] free = new double[devices];
      int[] next = new int[devices];
      boolean moved = true;
      while (moved) {
        moved = false;
        for (int device = 0; device < devices; device++) {
          while (next[device] < order.count(device)
              && advance(order.work(device, next[device]), device, free)) {
            next[device]++;
            moved = true;
          }
        }
      }
      double last = 0;
      for (int device = 0; device < devices; device++) {
        if (next[device] < order.count(device)) {
          throw new IllegalStateException("device " + device + " waits for ever");
        }
        last = Math.max(last, free[device]);
      }
      boxes.sort(Comparator.comparingDouble(Box::startSeconds).thenComparingInt(Box::device));
      return new PipelineRun(last, boxes);
    }

    private boolean advance(PipelineOrder.Work work, int device, double[] free) {
      double start = free[device];
      for (PipelineOrder.Pass pass : work.passes()) {
        double ready = ready(pass);
        if (Double.isNaN(ready)) {
          return false;
        }
        start = Math.max(start, ready);
      }
      double end = start + work.seconds();
      free[device] = end;
      for (PipelineOrder.Pass pass : work.passes()) {
        ends[index(pass.kind(), pass.way(), pass.stage(), pass.microBatch())] = end;
        boxes.add(
            new Box(
                device, start, end, pass.microBatch(), pass.kind() != PipelineOrder.Kind.FORWARD));
      }
      return true;
    }

    // NaN until what it needs is done.
    private double ready(PipelineOrder.Pass pass) {
      int stage = pass.stage();
      return switch (pass.kind()) {
        case FORWARD ->
            stage == 0 ? 0 : end(PipelineOrder.Kind.FORWARD, pass, stage - 1) + hop(pass, stage);
        case BACKWARD -> {
          double own = end(PipelineOrder.Kind.FORWARD, pass, stage);
          yield stage == stages - 1
              ? own
              : Math.max(
                  own, end(PipelineOrder.Kind.BACKWARD, pass, stage + 1) + hop(pass, stage + 1));
        }
        case WEIGHT -> end(PipelineOrder.Kind.BACKWARD, pass, stage);
      };
    }

    private double end(PipelineOrder.Kind kind, PipelineOrder.Pass pass, int stage) {
      return ends[index(kind, pass.way(), stage, pass.microBatch())];
    }

    // Into stage `to` from the one before; the far way goes through the same boundaries.
    private double hop(PipelineOrder.Pass pass, int to) {
      int devices = order.devices();
      int boundary = pass.way() == 0 ? (to - 1) % devices : stages - 1 - to;
      return boundary < devices - 1 ? hopSeconds[boundary] : hopSeconds[0];
    }

    private int index(PipelineOrder.Kind kind, int way, int stage, int microBatch) {
      return ((kind.ordinal() * WAYS + way) * stages + stage) * microBatches + microBatch;
    }
  }
}
