package dev.rackplan.json.rows;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a measured training row says of how it ran; empty where it doesn't.
 *
 * @param model as its source calls it
 * @param gpu likewise
 * @param framework likewise
 * @param precision likewise
 * @param schedule likewise
 * @param recompute likewise
 * @param optimizer how optimizer states are spread, likewise
 * @param overlap what it overlaps, likewise
 * @param network between nodes, likewise
 * @param graphs whether the row says that CUDA graphs replay layers
 * @param compiled whether the row says that the model is compiled
 * @param dispatcher of tokens to experts, where the row says one
 * @param madeUpData whether the row says that it trained on made-up data
 * @param balanced whether the row says that routing is forced to balance
 * @param month of the source, as 202506; empty where its name has none
 * @param sequenceParallel whether norms are divided by tensor parallelism
 * @param shape of the model
 * @param sequence tokens of a sequence
 * @param gpus of the run
 * @param gpusPerNode of the cluster
 * @param microBatch sequences of a micro-batch on one rank
 * @param globalBatch sequences of a step
 * @param degrees of parallelism
 */
record TrainingObject(
    String model,
    Optional<String> gpu,
    Optional<String> framework,
    Optional<String> precision,
    Optional<String> schedule,
    Optional<String> recompute,
    Optional<String> optimizer,
    Optional<String> overlap,
    Optional<String> network,
    boolean graphs,
    boolean compiled,
    Optional<Dispatcher> dispatcher,
    boolean madeUpData,
    boolean balanced,
    OptionalInt month,
    Optional<Boolean> sequenceParallel,
    Shape shape,
    OptionalInt sequence,
    OptionalInt gpus,
    OptionalInt gpusPerNode,
    OptionalInt microBatch,
    OptionalInt globalBatch,
    Degrees degrees) {
  private static final int USUAL_SEQUENCE = 4096;
  private static final int MICRO_BATCHES_OF_A_STAGE = 4;

  /** How tokens travel to experts, in Megatron's words. */
  enum Dispatcher {
    /** One copy for each expert that a token chose. */
    ALL_TO_ALL,
    /** DeepEP's and HybridEP's kernels, which send a token once to each domain. */
    FLEX;

    /** The one that free text names. */
    static Optional<Dispatcher> of(String words) {
      return words.matches(".*(deepep|hybridep).*")
          ? Optional.of(FLEX)
          : words.matches(".*all-?to-?all.*") ? Optional.of(ALL_TO_ALL) : Optional.empty();
    }
  }

  /** Tokens of a sequence; {@value #USUAL_SEQUENCE} where the row does not say, as recipes have. */
  int sequenceTokens() {
    return sequence.orElse(USUAL_SEQUENCE);
  }

  /**
   * Sequences of a step. Where the row does not say, each rank has {@value
   * #MICRO_BATCHES_OF_A_STAGE} micro-batches for each pipeline stage, enough to fill the pipeline.
   */
  int batchSequences() {
    if (globalBatch.isPresent()) {
      return globalBatch.getAsInt();
    }
    int stages = Degrees.least(degrees.pipeline());
    int rank =
        Math.multiplyExact(Degrees.least(degrees.tensor()), Degrees.least(degrees.context()));
    int ranks = gpus.orElse(1) / Math.multiplyExact(rank, stages);
    return Math.max(1, ranks) * microBatch.orElse(1) * MICRO_BATCHES_OF_A_STAGE * stages;
  }

  /** The same, launched with these where it does not say: a micro-batch, chunks of each stage. */
  TrainingObject launched(int sequences, int chunks) {
    return new TrainingObject(
        model,
        gpu,
        framework,
        precision,
        schedule,
        recompute,
        optimizer,
        overlap,
        network,
        graphs,
        compiled,
        dispatcher,
        madeUpData,
        balanced,
        month,
        sequenceParallel,
        shape,
        sequence,
        gpus,
        gpusPerNode,
        OptionalInt.of(microBatch.orElse(sequences)),
        globalBatch,
        degrees.inChunks(degrees.virtual().orElse(chunks)));
  }

  /**
   * Widths in elements; {@code experts} and {@code expertsPerToken} of models that have some.
   *
   * @param ffn inner width, of an expert where there are experts
   */
  record Shape(
      OptionalInt layers,
      OptionalInt hidden,
      OptionalInt heads,
      OptionalInt kvHeads,
      OptionalInt ffn,
      OptionalInt experts,
      OptionalInt expertsPerToken,
      OptionalInt vocabulary) {}

  /** In Megatron's words: context, expert and expert tensor parallelism among them. */
  record Degrees(
      OptionalInt tensor,
      OptionalInt pipeline,
      OptionalInt virtual,
      OptionalInt context,
      OptionalInt expert,
      OptionalInt expertTensor,
      OptionalInt data) {
    /** The same with so many chunks of each stage. */
    Degrees inChunks(int chunks) {
      return new Degrees(
          tensor, pipeline, OptionalInt.of(chunks), context, expert, expertTensor, data);
    }

    /** 1 where a degree is not said, or none. */
    static int least(OptionalInt degree) {
      return Math.max(1, degree.orElse(1));
    }
  }
}
