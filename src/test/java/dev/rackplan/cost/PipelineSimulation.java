package dev.rackplan.cost;

import dev.rackplan.cost.ScheduleTime.Passes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs pipeline schedules pass by pass: each device has its list of work, and each piece starts
 * when the device is free and what it needs is there. Knows no formula.
 */
final class PipelineSimulation {
  private enum Kind {
    FORWARD,
    /** Input gradients, and weight gradients too where the schedule does not part them. */
    BACKWARD,
    WEIGHT
  }

  /** One pass of one micro-batch through one stage; way 1 enters at the last device (DualPipe). */
  private record Pass(Kind kind, int way, int stage, int microBatch) {}

  /** What a device does at a time: one pass, or a forward and a backward pass side by side. */
  private record Work(List<Pass> passes, double seconds) {}

  private final int stages;
  private final List<List<Work>> lists = new ArrayList<>();

  private PipelineSimulation(int stages) {
    this.stages = stages;
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
    double[] free = new double[lists.size()];
    int[] next = new int[lists.size()];
    boolean moved = true;
    while (moved) {
      moved = false;
      for (int device = 0; device < lists.size(); device++) {
        while (next[device] < lists.get(device).size()) {
          Work work = lists.get(device).get(next[device]);
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
    for (int device = 0; device < lists.size(); device++) {
      if (next[device] < lists.get(device).size()) {
        throw new IllegalStateException("device " + device + " waits for ever");
      }
      last = Math.max(last, free[device]);
    }
    return last;
  }

  private static Work work(Kind kind, int way, int stage, int microBatch, double seconds) {
    return new Work(List.of(new Pass(kind, way, stage, microBatch)), seconds);
  }

  /** 1F1B: stage s takes P-1-s forward passes first, then one of each in turn. */
  static double oneForwardOneBackward(List<Passes> stages, int microBatches) {
    PipelineSimulation run = new PipelineSimulation(stages.size());
    for (int s = 0; s < stages.size(); s++) {
      List<Work> list = new ArrayList<>();
      int forward = 0;
      while (forward < Math.min(microBatches, stages.size() - 1 - s)) {
        list.add(work(Kind.FORWARD, 0, s, forward++, stages.get(s).forwardSeconds()));
      }
      for (int backward = 0; backward < microBatches; backward++) {
        if (forward < microBatches) {
          list.add(work(Kind.FORWARD, 0, s, forward++, stages.get(s).forwardSeconds()));
        }
        list.add(work(Kind.BACKWARD, 0, s, backward, stages.get(s).backwardSeconds()));
      }
      run.lists.add(list);
    }
    return run.run();
  }

  /** Megatron's interleaving of even stages: chunks of P micro-batches, v rounds of each. */
  static double interleaved(Passes stage, int devices, int virtualStages, int microBatches) {
    PipelineSimulation run = new PipelineSimulation(devices * virtualStages);
    double forwardSeconds = stage.forwardSeconds() / virtualStages;
    double backwardSeconds = stage.backwardSeconds() / virtualStages;
    int passes = microBatches * virtualStages;
    for (int device = 0; device < devices; device++) {
      List<Work> list = new ArrayList<>();
      int warmUp = Math.min(passes, 2 * (devices - 1 - device) + (virtualStages - 1) * devices);
      int forward = 0;
      for (int backward = -warmUp; backward < passes; backward++) {
        if (forward < passes) {
          int chunk = forward / devices % virtualStages;
          int batch = forward / (devices * virtualStages) * devices + forward % devices;
          list.add(work(Kind.FORWARD, 0, chunk * devices + device, batch, forwardSeconds));
          forward++;
        }
        if (backward >= 0) {
          int chunk = virtualStages - 1 - backward / devices % virtualStages;
          int batch = backward / (devices * virtualStages) * devices + backward % devices;
          list.add(work(Kind.BACKWARD, 0, chunk * devices + device, batch, backwardSeconds));
        }
      }
      run.lists.add(list);
    }
    return run.run();
  }

  /**
   * ZB-H1 on even stages: the order of 1F1B for forward passes and input gradients; stage s puts
   * off s weight gradients and does them between its last input gradients.
   */
  static double zeroBubble(Passes stage, int devices, int microBatches) {
    PipelineSimulation run = new PipelineSimulation(devices);
    double inputGradient = stage.backwardSeconds() - stage.weightGradientSeconds();
    for (int s = 0; s < devices; s++) {
      List<Work> list = new ArrayList<>();
      int forward = 0;
      int weight = 0;
      while (forward < Math.min(microBatches, devices - 1 - s)) {
        list.add(work(Kind.FORWARD, 0, s, forward++, stage.forwardSeconds()));
      }
      for (int backward = 0; backward < microBatches; backward++) {
        // Never more than P micro-batches in memory.
        if (forward < microBatches && forward - weight >= devices) {
          list.add(work(Kind.WEIGHT, 0, s, weight++, stage.weightGradientSeconds()));
        }
        if (forward < microBatches) {
          list.add(work(Kind.FORWARD, 0, s, forward++, stage.forwardSeconds()));
        } else if (backward > 0 && s < devices - 1 && weight < backward) {
          list.add(work(Kind.WEIGHT, 0, s, weight++, stage.weightGradientSeconds()));
        }
        list.add(work(Kind.BACKWARD, 0, s, backward, inputGradient));
      }
      while (weight < microBatches) {
        list.add(work(Kind.WEIGHT, 0, s, weight++, stage.weightGradientSeconds()));
      }
      run.lists.add(list);
    }
    return run.run();
  }

  /** DualPipe on even stages, in the eight steps of DeepSeek's published schedule. */
  static double dualPipe(Passes stage, int devices, int microBatches) {
    PipelineSimulation run = new PipelineSimulation(devices);
    for (int device = 0; device < devices; device++) {
      run.lists.add(new DualPipeDevice(stage, devices, device).list(microBatches));
    }
    return run.run();
  }

  /** One device of DualPipe; direction 0 enters at the nearer end of the pipeline. */
  private static final class DualPipeDevice {
    private final Passes seconds;
    private final int devices;
    private final int device;
    private final int[] forwards = new int[2];
    private final int[] backwards = new int[2];
    private final Deque<Pass> waiting = new ArrayDeque<>();
    private final List<Work> list = new ArrayList<>();

    DualPipeDevice(Passes seconds, int devices, int device) {
      this.seconds = seconds;
      this.devices = devices;
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

    private void forward(int direction) {
      list.add(new Work(List.of(pass(Kind.FORWARD, direction)), seconds.forwardSeconds()));
    }

    private void backward(int direction, boolean weightsLater) {
      Pass pass = pass(Kind.BACKWARD, direction);
      double inputGradient = seconds.backwardSeconds() - seconds.weightGradientSeconds();
      if (weightsLater) {
        list.add(new Work(List.of(pass), inputGradient));
        waiting.add(new Pass(Kind.WEIGHT, pass.way(), pass.stage(), pass.microBatch()));
      } else {
        list.add(new Work(List.of(pass), inputGradient));
        list.add(
            new Work(
                List.of(new Pass(Kind.WEIGHT, pass.way(), pass.stage(), pass.microBatch())),
                seconds.weightGradientSeconds()));
      }
    }

    private void both(int forwardDirection, int backwardDirection) {
      list.add(
          new Work(
              List.of(pass(Kind.FORWARD, forwardDirection), pass(Kind.BACKWARD, backwardDirection)),
              seconds.seconds()));
    }

    private void weight() {
      if (!waiting.isEmpty()) {
        list.add(new Work(List.of(waiting.poll()), seconds.weightGradientSeconds()));
      }
    }
  }
}
