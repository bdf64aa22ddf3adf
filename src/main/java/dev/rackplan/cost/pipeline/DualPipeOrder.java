package dev.rackplan.cost.pipeline;

import dev.rackplan.cost.pipeline.PipelineOrder.Kind;
import dev.rackplan.cost.pipeline.PipelineOrder.Pass;
import dev.rackplan.cost.pipeline.PipelineOrder.Work;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One device of DualPipe, which holds a stage for each way: in the eight steps of DeepSeek's
 * published schedule. Direction 0 enters at the nearer end of the pipeline.
 */
final class DualPipeOrder {
  private final List<StagePasses> stages;
  private final int devices;
  private final int device;
  private final int[] forwards = new int[2];
  private final int[] backwards = new int[2];
  private final Deque<Pass> waiting = new ArrayDeque<>();
  private final List<Work> list = new ArrayList<>();

  DualPipeOrder(List<StagePasses> stages, int device) {
    this.stages = stages;
    this.devices = stages.size();
    this.device = device;
  }

  List<Work> list(int microBatches) {
    int half = devices / 2;
    int near = Math.min(device, devices - 1 - device);
    int far = half - near - 1;
    times(2 * far, () -> forward(0));
    times(
        near + 1,
        () -> {
          forward(0);
          forward(1);
        });
    times(
        far,
        () -> {
          backward(1, true);
          weight();
          forward(1);
        });
    times(
        microBatches / 2 - devices + near + 1,
        () -> {
          both(0, 1);
          both(1, 0);
        });
    times(
        far,
        () -> {
          backward(1, false);
          both(1, 0);
        });
    boolean apart = false;
    for (int i = 0; i <= near; i++) {
      apart |= i == (near + 1) / 2 && near % 2 == 1;
      backward(1, apart);
      apart |= i == (near + 1) / 2 && near % 2 == 0;
      backward(0, apart);
    }
    boolean partedAtLast = apart;
    times(
        far,
        () -> {
          weight();
          backward(0, partedAtLast);
        });
    while (!waiting.isEmpty()) {
      weight();
    }
    return list;
  }

  private static void times(int count, Runnable step) {
    for (int i = 0; i < count; i++) {
      step.run();
    }
  }

  private Pass pass(Kind kind, int direction) {
    boolean mirrored = device >= devices / 2;
    int way = mirrored ? 1 - direction : direction;
    int[] counts = kind == Kind.FORWARD ? forwards : backwards;
    return new Pass(kind, way, way == 0 ? device : devices - 1 - device, counts[direction]++);
  }

  private StagePasses of(Pass pass) {
    return stages.get(pass.stage());
  }

  private void forward(int direction) {
    Pass pass = pass(Kind.FORWARD, direction);
    list.add(new Work(List.of(pass), of(pass).forwardSeconds()));
  }

  private void backward(int direction, boolean weightsLater) {
    Pass pass = pass(Kind.BACKWARD, direction);
    double inputs = of(pass).backwardSeconds() - of(pass).weightGradientSeconds();
    list.add(new Work(List.of(pass), inputs));
    Pass weights = new Pass(Kind.WEIGHT, pass.way(), pass.stage(), pass.microBatch());
    if (weightsLater) {
      waiting.add(weights);
    } else {
      list.add(new Work(List.of(weights), of(pass).weightGradientSeconds()));
    }
  }

  // Each stage's side-by-side time is of its own two passes.
  private void both(int forwardDirection, int backwardDirection) {
    Pass forward = pass(Kind.FORWARD, forwardDirection);
    Pass backward = pass(Kind.BACKWARD, backwardDirection);
    list.add(
        new Work(List.of(forward, backward), (of(forward).seconds() + of(backward).seconds()) / 2));
  }

  private void weight() {
    if (!waiting.isEmpty()) {
      Pass pass = waiting.poll();
      list.add(new Work(List.of(pass), of(pass).weightGradientSeconds()));
    }
  }
}
