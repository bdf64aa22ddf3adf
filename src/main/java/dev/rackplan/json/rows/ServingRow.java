package dev.rackplan.json.rows;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a measured row says of how it was served.
 *
 * @param model a Hugging Face id, or a name of the catalogue
 * @param gpu as users call it
 * @param engine likewise
 * @param version of the engine; empty where the row says none
 * @param formats of weights
 * @param inputTokens of a prompt
 * @param outputTokens of an answer
 * @param concurrency sequences over everything that was measured together
 * @param relabelled whether the layout was corrected, so that batches stand for other ranks
 * @param gpus of the deployment
 * @param flags what the engine and its clients were told
 * @param apart whether other GPUs read prompts than those that decode
 * @param prefill the GPUs that read prompts
 * @param decode the GPUs that decode; the same where they are not apart
 */
record ServingRow(
    String model,
    String gpu,
    String engine,
    Optional<String> version,
    Formats formats,
    int inputTokens,
    int outputTokens,
    OptionalInt concurrency,
    boolean relabelled,
    OptionalInt gpus,
    LaunchFlags flags,
    boolean apart,
    Pool prefill,
    Pool decode) {

  /** The same, told so. */
  ServingRow withFlags(LaunchFlags told) {
    return new ServingRow(
        model,
        gpu,
        engine,
        version,
        formats,
        inputTokens,
        outputTokens,
        concurrency,
        relabelled,
        gpus,
        told,
        apart,
        prefill,
        decode);
  }

  /** The same of an engine of that version, where it says none. */
  ServingRow withVersion(Optional<String> known) {
    return new ServingRow(
        model,
        gpu,
        engine,
        version.or(() -> known),
        formats,
        inputTokens,
        outputTokens,
        concurrency,
        relabelled,
        gpus,
        flags,
        apart,
        prefill,
        decode);
  }

  /** Mean tokens of a prompt. */
  double meanInputTokens() {
    return flags.meanLength() * inputTokens;
  }

  /** Mean tokens of an answer. */
  double meanOutputTokens() {
    return flags.meanLength() * outputTokens;
  }

  /**
   * Formats as engines name them.
   *
   * @param all for a row that has neither of the others
   * @param weights of matrices that are no routed experts
   * @param experts of routed experts
   */
  record Formats(Optional<String> all, Optional<String> weights, Optional<String> experts) {
    /** For a summary: {@code fp8_block}, or both where they differ; {@code as stored}. */
    String words() {
      Optional<String> first = weights.or(() -> all);
      Optional<String> second = experts.filter(word -> !first.equals(Optional.of(word)));
      return first.or(() -> second).map(word -> joined(word, second)).orElse("as stored");
    }

    private static String joined(String word, Optional<String> second) {
      return second.filter(other -> !other.equals(word)).map(o -> word + "/" + o).orElse(word);
    }
  }

  /**
   * GPUs in equal workers; a degree that is empty or 0 is not said.
   *
   * @param prefix of its columns
   * @param workers how many
   * @param batch sequences of one attention rank
   * @param tensor GPUs of an attention rank
   * @param pipeline stages
   * @param data attention ranks
   * @param expertTensor GPUs that slice an expert
   * @param expert GPUs over which experts are spread
   */
  record Pool(
      String prefix,
      OptionalInt workers,
      OptionalInt batch,
      OptionalInt tensor,
      OptionalInt pipeline,
      OptionalInt data,
      OptionalInt expertTensor,
      OptionalInt expert) {}
}
