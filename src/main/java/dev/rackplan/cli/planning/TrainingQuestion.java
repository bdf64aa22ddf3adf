package dev.rackplan.cli.planning;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code rackplan plan --train} is asked.
 *
 * @param globalBatch sequences of one optimizer step
 * @param sequenceTokens of each
 * @param precision of products, as problem files name it
 * @param training the {@code training} object of a problem file
 * @param engine name of the engine; {@code any} for none
 * @param layout values of degrees, as problem files hold them; others are left out there
 * @param microBatch sequences of one rank; empty = searched
 */
public record TrainingQuestion(
    int globalBatch,
    int sequenceTokens,
    String precision,
    Map<String, Object> training,
    String engine,
    Map<Degree, Object> layout,
    Optional<Integer> microBatch) {
  /** Whether a layout has the micro-batch that is asked for. */
  boolean allows(Layout candidate) {
    return microBatch
        .filter(each -> candidate.sequencesPerMicroBatch() != each * candidate.attentionRanks())
        .isEmpty();
  }
}
