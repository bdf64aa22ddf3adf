package dev.rackplan.cost.pipeline;

import dev.rackplan.workload.PipelineSchedule;
import java.util.ArrayList;
import java.util.List;

/**
 * In which order the devices of a training pipeline do their passes.
 *
 * <p>Sources: Megatron-LM's schedules (1F1B, interleaved), zero-bubble pipelines (Qi et al. 2023)
 * for ZB-H1, DeepSeek's DualPipe repository for its eight steps.
 */
public final class PipelineOrder {
  /** What a pass computes. */
  public enum Kind {
    FORWARD,
    /** Input gradients, and weight gradients too where the schedule does not part them. */
    BACKWARD,
    WEIGHT
  }

  /** One pass of one micro-batch through one stage; way 1 enters at the last device (DualPipe). */
  public record Pass(Kind kind, int way, int stage, int microBatch) {}

  /** What a device does at a time: one pass, or a forward and a backward pass side by side. */
  public record Work(List<Pass> passes, double seconds) {}

  private final List<List<Work>> lists = new ArrayList<>();

  private PipelineOrder() {}

  public static PipelineOrder of(
      PipelineSchedule schedule, int virtualStages, int microBatches, List<StagePasses> stages) {
    PipelineOrder order = new PipelineOrder();
    for (int device = 0; device < stages.size(); device++) {
      order.lists.add(
          switch (schedule) {
            case ONE_FORWARD_ONE_BACKWARD -> oneForwardOneBackward(stages, device, microBatches);
            case INTERLEAVED -> interleaved(stages, device, virtualStages, microBatches);
            case ZERO_BUBBLE -> zeroBubble(stages, device, microBatches);
            case DUAL_PIPE -> new DualPipeOrder(stages, device).list(microBatches);
          });
    }
    return order;
  }

  public int devices() {
    return lists.size();
  }

  public int count(int device) {
    return lists.get(device).size();
  }

  public Work work(int device, int index) {
    return lists.get(device).get(index);
  }

  private static Work work(Kind kind, int way, int stage, int microBatch, double seconds) {
    return new Work(List.of(new Pass(kind, way, stage, microBatch)), seconds);
  }

  // Stage s takes P-1-s forward passes first, then one of each in turn.
  private static List<Work> oneForwardOneBackward(
      List<StagePasses> stages, int stage, int microBatches) {
    List<Work> list = new ArrayList<>();
    StagePasses own = stages.get(stage);
    int forward = 0;
    while (forward < Math.min(microBatches, stages.size() - 1 - stage)) {
      list.add(work(Kind.FORWARD, 0, stage, forward++, own.forwardSeconds()));
    }
    for (int backward = 0; backward < microBatches; backward++) {
      if (forward < microBatches) {
        list.add(work(Kind.FORWARD, 0, stage, forward++, own.forwardSeconds()));
      }
      list.add(work(Kind.BACKWARD, 0, stage, backward, own.backwardSeconds()));
    }
    return list;
  }

  // Chunks of P micro-batches, v rounds of each.
  private static List<Work> interleaved(
      List<StagePasses> stages, int device, int virtualStages, int microBatches) {
    List<Work> list = new ArrayList<>();
    int devices = stages.size();
    double forwardSeconds = stages.get(device).forwardSeconds() / virtualStages;
    double backwardSeconds = stages.get(device).backwardSeconds() / virtualStages;
    int passes = microBatches * virtualStages;
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
    return list;
  }

  // The order of 1F1B for forward passes and input gradients; stage s puts off s weight gradients
  // and does them between its last input gradients.
  private static List<Work> zeroBubble(List<StagePasses> stages, int stage, int microBatches) {
    List<Work> list = new ArrayList<>();
    int devices = stages.size();
    StagePasses own = stages.get(stage);
    double inputGradient = own.backwardSeconds() - own.weightGradientSeconds();
    int forward = 0;
    int weight = 0;
    while (forward < Math.min(microBatches, devices - 1 - stage)) {
      list.add(work(Kind.FORWARD, 0, stage, forward++, own.forwardSeconds()));
    }
    for (int backward = 0; backward < microBatches; backward++) {
      // Never more than P micro-batches in memory.
      if (forward < microBatches && forward - weight >= devices) {
        list.add(work(Kind.WEIGHT, 0, stage, weight++, own.weightGradientSeconds()));
      }
      if (forward < microBatches) {
        list.add(work(Kind.FORWARD, 0, stage, forward++, own.forwardSeconds()));
      } else if (backward > 0 && stage < devices - 1 && weight < backward) {
        list.add(work(Kind.WEIGHT, 0, stage, weight++, own.weightGradientSeconds()));
      }
      list.add(work(Kind.BACKWARD, 0, stage, backward, inputGradient));
    }
    while (weight < microBatches) {
      list.add(work(Kind.WEIGHT, 0, stage, weight++, own.weightGradientSeconds()));
    }
    return list;
  }
}
