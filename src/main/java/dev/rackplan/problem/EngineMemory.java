package dev.rackplan.problem;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What an engine does with a GPU's memory.
 *
 * @param rule what the KV cache may take
 * @param fraction the rule's share, in (0, 1]; empty = the engine's default, and always with {@link
 *     MemoryRule#RESERVE}
 * @param pageTokens tokens of one page of the KV cache; empty = the engine's default
 * @param hybridAllocator whether layers that see a window only give up what lies before it; else
 *     they hold the whole context
 * @param stepTokens most tokens of a step that it is told to prepare for; empty = the engine's
 *     default
 * @param stepSequences most sequences of a rank, likewise
 * @param sequenceTokens tokens of a sequence, prompt and answer, that it is told to make room for
 *     at least; empty = the workload's context
 */
public record EngineMemory(
    MemoryRule rule,
    OptionalDouble fraction,
    OptionalInt pageTokens,
    boolean hybridAllocator,
    OptionalInt stepTokens,
    OptionalInt stepSequences,
    OptionalInt sequenceTokens) {
  /** No engine's rule, pages as usual. */
  public static final EngineMemory RESERVE =
      new EngineMemory(MemoryRule.RESERVE, OptionalDouble.empty(), OptionalInt.empty(), true);

  private static final double MIB = 1 << 20;

  /**
   * Bytes that the driver keeps: an H100 has 81,559 MiB for nvidia-smi and 79.1 GiB for CUDA.
   * Measured there, by vLLM's and PyTorch's messages; assumed elsewhere.
   */
  public static final double DRIVER_BYTES = 0.59e9;

  // SGLang's own sum for its default, in MiB: a constant, and 1.5 for each token of a chunk.
  private static final double RESERVED_MIB = 512;
  private static final double RESERVED_MIB_A_TOKEN = 1.5;

  // SGLang and vLLM capture graphs of up to so many sequences; SGLang of fewer with few GPUs. 2 MiB
  // for each is SGLang's reckoning.
  private static final int GRAPH_SEQUENCES = 512;
  private static final int SMALL_GRAPH_SEQUENCES = 256;
  private static final int SMALL_INSTANCE = 4;
  private static final double GRAPH_BYTES_A_SEQUENCE = 2 * MIB;

  // What SGLang keeps free by default for each GPU of an instance, and for DeepEP's decode.
  private static final double SLACK_BYTES_A_GPU = 128 * MIB;
  private static final double DEEPEP_SLACK_BYTES = 2048 * MIB;

  public EngineMemory {
    if (fraction.isPresent()
        && (rule == MemoryRule.RESERVE
            || !(fraction.getAsDouble() > 0 && fraction.getAsDouble() <= 1))) {
      throw new IllegalArgumentException(
          "fraction must be in (0, 1] and needs an engine's rule, was "
              + fraction.getAsDouble()
              + " with "
              + rule);
    }
    if (pageTokens.isPresent() && pageTokens.getAsInt() < 1) {
      throw new IllegalArgumentException("pageTokens must be >= 1, was " + pageTokens.getAsInt());
    }
  }

  /** With steps as large as the engine's defaults. */
  public EngineMemory(
      MemoryRule rule, OptionalDouble fraction, OptionalInt pageTokens, boolean hybridAllocator) {
    this(
        rule,
        fraction,
        pageTokens,
        hybridAllocator,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  /** The same with another rule, at its default. */
  public EngineMemory withRule(MemoryRule other) {
    return new EngineMemory(
        other,
        OptionalDouble.empty(),
        pageTokens,
        hybridAllocator,
        stepTokens,
        stepSequences,
        sequenceTokens);
  }

  /** The same, told how large its steps get. */
  public EngineMemory withSteps(OptionalInt tokens, OptionalInt sequences) {
    return new EngineMemory(
        rule, fraction, pageTokens, hybridAllocator, tokens, sequences, sequenceTokens);
  }

  /** The same, told how long sequences get. */
  public EngineMemory withSequenceTokens(OptionalInt tokens) {
    return new EngineMemory(
        rule, fraction, pageTokens, hybridAllocator, stepTokens, stepSequences, tokens);
  }

  /**
   * The rule's share on a GPU of {@code hbmBytes}. SGLang's default leaves out what depends on the
   * layout, which {@code cost.WorkingMemory} adds.
   */
  public double fraction(double hbmBytes) {
    return fraction.orElse(
        rule == MemoryRule.OF_FREE_BEFORE_LOAD
            ? Math.max(0, 1 - reservedBytes(hbmBytes) / hbmBytes)
            : rule.usualFraction());
  }

  private static double reservedBytes(double hbmBytes) {
    return MIB * (RESERVED_MIB + RESERVED_MIB_A_TOKEN * chunkTokens(hbmBytes));
  }

  /** Most sequences of one CUDA graph, by default, of an instance of {@code gpus}. */
  public static int graphSequences(double gpus) {
    return gpus < SMALL_INSTANCE ? SMALL_GRAPH_SEQUENCES : GRAPH_SEQUENCES;
  }

  /** Bytes of a GPU's CUDA graphs in an instance of {@code gpus}. */
  public static double graphBytes(double gpus) {
    return GRAPH_BYTES_A_SEQUENCE * graphSequences(gpus);
  }

  /**
   * Bytes of a GPU that SGLang's default leaves free beside what {@link #fraction(double)} does.
   *
   * @param gpus of an instance
   * @param decodesByDeepEp whether decode steps send tokens by DeepEP
   */
  public static double slackBytes(double gpus, boolean decodesByDeepEp) {
    return graphBytes(gpus) + SLACK_BYTES_A_GPU * gpus + (decodesByDeepEp ? DEEPEP_SLACK_BYTES : 0);
  }

  /** Tokens of SGLang's prefill chunk on a GPU of that memory. */
  public static int chunkTokens(double hbmBytes) {
    double mib = hbmBytes / MIB;
    if (mib < 20 * 1024) {
      return 2048;
    }
    if (mib < 60 * 1024) {
      return 4096;
    }
    return mib < 160 * 1024 ? 8192 : 16_384;
  }

  /**
   * Bytes of a GPU that a plan may fill with what the rule counts.
   *
   * @param hbmBytes what the driver reports
   * @param reserve share that stays free where no engine says
   */
  double usableBytes(double hbmBytes, double reserve) {
    return switch (rule) {
      case RESERVE -> hbmBytes * (1 - reserve);
      case OF_TOTAL, OF_FREE_BEFORE_LOAD ->
          fraction(hbmBytes) * Math.max(0, hbmBytes - DRIVER_BYTES);
      case OF_FREE_AFTER_STEP -> Math.max(0, hbmBytes - DRIVER_BYTES);
    };
  }
}
