package dev.rackplan.cost.memory;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.function.IntUnaryOperator;

/**
 * What an engine holds on a GPU beside weights and KV cache, in bytes.
 *
 * @param stepBytes activations and logits of the largest step
 * @param communicationBytes receive buffers of transfers to experts
 * @param graphBytes CUDA graphs; 0 without an engine's rule, whose reserve is for them
 * @param frameworkBytes CUDA context and communicators; likewise
 * @param countedBytes what of these, and of memory that the engine leaves idle, counts against the
 *     limit of the engine's rule ({@link Problem#usableBytes})
 */
public record WorkingMemory(
    double stepBytes,
    double communicationBytes,
    double graphBytes,
    double frameworkBytes,
    double countedBytes) {
  // Without an engine's rule. Assumed.
  private static final double ACTIVATION_STREAMS = 8;
  private static final double BUFFER_COPIES = 2;

  // CUDA context and loaded kernels of a process. Measured: SGLang on one H100 begins with 78.8 of
  // 79.3 GiB.
  private static final double CONTEXT_BYTES = 0.54e9;

  // NCCL's communicators and the engine's own all-reduce, where an instance has several GPUs.
  // Measured: "Init torch distributed ends. mem usage=2.01 GB" (GiB) of SGLang on 8 H200.
  private static final double COMMUNICATOR_BYTES = 2.16e9;

  // Of training's groups, each with communicators of its own. Assumed: half of the above a group,
  // tensor-, pipeline- and data-parallel ones.
  private static final double TRAINING_COMMUNICATOR_BYTES = 1.5e9;

  // Most tokens of a rank that low-latency kernels take: SGLang's and vLLM's defaults.
  private static final double SGLANG_DISPATCH_TOKENS = 128;
  private static final double VLLM_DISPATCH_TOKENS = 256;

  /**
   * Of the stage that holds layers {@code first..last}.
   *
   * @param kvBytes its KV cache
   * @param slotsOfLayer expert slots of each MoE layer of the stage; not asked for others
   */
  static WorkingMemory of(
      Problem problem,
      Layout layout,
      int first,
      int last,
      double kvBytes,
      IntUnaryOperator slotsOfLayer) {
    Batch batch = Batch.of(problem, layout);
    MemoryRule rule = problem.engine().memory().rule();
    if (rule == MemoryRule.RESERVE) {
      double step = ACTIVATION_STREAMS * batch.tokensPerRank() * problem.model().hiddenSize() * 2;
      double received = received(problem, layout, batch, first, last, slotsOfLayer);
      return new WorkingMemory(step, received, 0, 0, step + received);
    }
    boolean sampling = last == problem.model().layers().size() - 1;
    double step =
        EngineStep.of(problem, layout, batch).bytes(problem, layout, first, last, sampling);
    double sent = sent(problem, layout, batch, first, last, slotsOfLayer);
    double gpus = (double) layout.pipelineStages() * layout.gpusPerStage();
    double graphs = EngineMemory.graphBytes(gpus);
    double framework = CONTEXT_BYTES + (gpus > 1 ? COMMUNICATOR_BYTES : 0);
    WorkingMemory uncounted = new WorkingMemory(step, sent, graphs, framework, 0);
    return new WorkingMemory(
        step, sent, graphs, framework, uncounted.counted(problem, gpus, kvBytes));
  }

  private double counted(Problem problem, double gpus, double kvBytes) {
    EngineMemory memory = problem.engine().memory();
    double hbm = EngineStep.hbmBytes(problem);
    double free = Math.max(0, hbm - EngineMemory.DRIVER_BYTES);
    double share = memory.fraction(hbm);
    return switch (memory.rule()) {
      case RESERVE -> stepBytes + communicationBytes;
      case OF_TOTAL ->
          frameworkBytes
              + stepBytes
              + communicationBytes
              + Math.max(0, graphBytes - (1 - share) * free);
      case OF_FREE_BEFORE_LOAD -> {
        double slack = memory.fraction().isPresent() ? 0 : slackBytes(problem, gpus);
        double room = (1 - share) * Math.max(0, free - frameworkBytes) + slack;
        yield share * frameworkBytes
            + slack
            + Math.max(0, stepBytes + communicationBytes + graphBytes - room);
      }
      case OF_FREE_AFTER_STEP ->
          frameworkBytes
              + stepBytes
              + communicationBytes
              + graphBytes
              + (kvShareOfUse(problem) - 1) * kvBytes;
    };
  }

  private double slackBytes(Problem problem, double gpus) {
    boolean deepEp = communicationBytes > 0 && problem.workload().phase() == Phase.DECODE;
    return EngineMemory.slackBytes(gpus, deepEp);
  }

  /**
   * The share of memory by which the engine's rule decides; the reserve without a rule.
   *
   * @param pooledBytes what weights and KV cache may take together
   */
  public double share(Problem problem, double pooledBytes) {
    EngineMemory memory = problem.engine().memory();
    double hbm = EngineStep.hbmBytes(problem);
    return switch (memory.rule()) {
      case RESERVE -> problem.limits().memoryReserve();
      case OF_TOTAL, OF_FREE_AFTER_STEP -> memory.fraction(hbm);
      case OF_FREE_BEFORE_LOAD -> {
        double free = Math.max(1, hbm - EngineMemory.DRIVER_BYTES - frameworkBytes);
        yield memory.fraction().orElse(Math.max(0, Math.min(1, pooledBytes / free)));
      }
    };
  }

  /**
   * Bytes of the limit that each byte of KV cache takes: more than 1 where the engine leaves a
   * share of what is free to others.
   */
  public static double kvShareOfUse(Problem problem) {
    EngineMemory memory = problem.engine().memory();
    return memory.rule() == MemoryRule.OF_FREE_AFTER_STEP
        ? 1 / memory.fraction(EngineStep.hbmBytes(problem))
        : 1;
  }

  /**
   * In training: what comes and goes, buffers of transfers, context and communicators; without an
   * engine's activations.
   *
   * @param bytes that come and go
   */
  WorkingMemory ofTraining(double bytes) {
    double framework = CONTEXT_BYTES + TRAINING_COMMUNICATOR_BYTES;
    return new WorkingMemory(
        bytes, communicationBytes, 0, framework, bytes + communicationBytes + framework);
  }

  // The largest layer's receive buffers as a plan without an engine's rule counts them.
  private static double received(
      Problem problem,
      Layout layout,
      Batch batch,
      int first,
      int last,
      IntUnaryOperator slotsOfLayer) {
    double most = 0;
    for (int l = first; l <= last; l++) {
      if (problem.model().layers().get(l).ffn() instanceof MoeFfn moe) {
        int slots = layout.dealt(slotsOfLayer.applyAsInt(l)).mostSlotsPerGpu();
        double copies =
            switch (Exchange.of(problem, layout)) {
              case NONE, ALL_REDUCE -> 0;
              case ALL_GATHER -> batch.tokensPerRank() * layout.tokenGroups();
              case ALL_TO_ALL ->
                  problem.engine().copyRule() == CopyRule.PER_EXPERT
                          && problem.workload().phase() != Phase.TRAINING
                      ? batch.tokens() * slots
                      : batch.tokensPerGpu() * moe.expertsPerToken();
            };
        double bytes = moe.tokenWidth() * problem.precision().dispatch().bytes();
        most = Math.max(most, BUFFER_COPIES * copies * bytes);
      }
    }
    return most;
  }

  // What the engine's library allocates once for all layers; nothing where tokens don't travel.
  private static double sent(
      Problem problem,
      Layout layout,
      Batch batch,
      int first,
      int last,
      IntUnaryOperator slotsOfLayer) {
    MemoryRule rule = problem.engine().memory().rule();
    if (Exchange.of(problem, layout) != Exchange.ALL_TO_ALL) {
      return 0;
    }
    if (rule == MemoryRule.OF_FREE_AFTER_STEP) {
      return received(problem, layout, batch, first, last, slotsOfLayer);
    }
    double most = 0;
    for (int l = first; l <= last; l++) {
      if (problem.model().layers().get(l).ffn() instanceof MoeFfn moe) {
        double tokens = rule == MemoryRule.OF_TOTAL ? VLLM_DISPATCH_TOKENS : SGLANG_DISPATCH_TOKENS;
        double bytes =
            problem.workload().phase() == Phase.DECODE
                ? DeepEpBuffers.lowLatencyBytes(
                    Math.max(tokens, Math.ceil(batch.tokensPerGpu())),
                    moe.tokenWidth(),
                    slotsOfLayer.applyAsInt(l))
                : DeepEpBuffers.normalBytes(layout.expertHostCount(), moe.tokenWidth());
        most = Math.max(most, bytes);
      }
    }
    return most;
  }
}
