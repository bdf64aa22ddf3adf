package dev.rackplan.cost;

import dev.rackplan.cost.pipeline.PipelineOrder;
import dev.rackplan.cost.pipeline.PipelineOrder.Kind;
import dev.rackplan.cost.pipeline.PipelineOrder.Pass;
import dev.rackplan.cost.pipeline.PipelineOrder.Work;
import dev.rackplan.cost.pipeline.StagePasses;
import dev.rackplan.workload.PipelineSchedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A second telling of how devices work through their lists: each piece starts when the device is
 * free and what it needs is there. Hops take no time; it knows no formula.
 */
public final class PipelineSimulation {
  private final int stages;
  private final PipelineOrder order;

  private PipelineSimulation(int stages, PipelineOrder order) {
    this.stages = stages;
    this.order = order;
  }

  public static double oneForwardOneBackward(List<StagePasses> stages, int microBatches) {
    return run(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD, 1, microBatches, stages);
  }

  public static double interleaved(
      StagePasses stage, int devices, int virtualStages, int microBatches) {
    return run(
        PipelineSchedule.INTERLEAVED,
        virtualStages,
        microBatches,
        Collections.nCopies(devices, stage));
  }

  public static double zeroBubble(StagePasses stage, int devices, int microBatches) {
    return run(PipelineSchedule.ZERO_BUBBLE, 1, microBatches, Collections.nCopies(devices, stage));
  }

  public static double dualPipe(StagePasses stage, int devices, int microBatches) {
    return run(PipelineSchedule.DUAL_PIPE, 1, microBatches, Collections.nCopies(devices, stage));
  }

  private static double run(
      PipelineSchedule schedule, int virtualStages, int microBatches, List<StagePasses> stages) {
    return new PipelineSimulation(
            stages.size() * virtualStages,
            PipelineOrder.of(schedule, virtualStages, microBatches, stages))
        .run();
  }

  private List<Pass> needs(Pass pass) {
    List<Pass> needs = new ArrayList<>();
    switch (pass.kind()) {
      case FORWARD -> {
        if (pass.stage() > 0) {
          needs.add(new Pass(Kind.FORWARD, pass.way(), pass.stage() - 1, pass.microBatch()));
        }
      }
      case BACKWARD -> {
        needs.add(new Pass(Kind.FORWARD, pass.way(), pass.stage(), pass.microBatch()));
        if (pass.stage() < stages - 1) {
          needs.add(new Pass(Kind.BACKWARD, pass.way(), pass.stage() + 1, pass.microBatch()));
        }
      }
      case WEIGHT ->
          needs.add(new Pass(Kind.BACKWARD, pass.way(), pass.stage(), pass.microBatch()));
    }
    return needs;
  }

  private double run() {
    Map<Pass, Double> ends = new HashMap<>();
    double[] free = new double[order.devices()];
    int[] next = new int[order.devices()];
    boolean moved = true;
    while (moved) {
      moved = false;
      for (int device = 0; device < free.length; device++) {
        while (next[device] < order.count(device)) {
          Work work = order.work(device, next[device]);
          List<Pass> needs = work.passes().stream().flatMap(p -> needs(p).stream()).toList();
          if (!ends.keySet().containsAll(needs)) {
            break;
          }
          for (Pass need : needs) {
            free[device] = Math.max(free[device], ends.get(need));
          }
          free[device] += work.seconds();
          double end = free[device];
          work.passes().forEach(pass -> ends.put(pass, end));
          next[device]++;
          moved = true;
        }
      }
    }
    double last = 0;
    for (int device = 0; device < free.length; device++) {
      if (next[device] < order.count(device)) {
        throw new IllegalStateException("device " + device + " waits for ever");
      }
      last = Math.max(last, free[device]);
    }
    return last;
  }
}
