package dev.rackplan.json.rows;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.Resource;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a script that authors published beside their table launched, where the table is silent; the
 * file says from where.
 *
 * @param paper arXiv number of the table
 * @param layers of the model
 * @param tensor degree of tensor parallelism
 * @param stages of the pipeline
 * @param gpus of the run
 * @param microBatch sequences of a micro-batch on one rank
 * @param chunks of layers on each stage
 */
record PublishedScript(
    String paper, int layers, int tensor, int stages, int gpus, int microBatch, int chunks) {
  private static final int MOST = 1_000_000;
  private static final List<PublishedScript> ALL =
      Resource.read(PublishedScript.class, "published-scripts.json").get("scripts").list().stream()
          .map(PublishedScript::read)
          .toList();

  private static PublishedScript read(JsonCursor at) {
    return new PublishedScript(
        at.text("paper"),
        at.integer("layers", 1, MOST),
        at.integer("tp", 1, MOST),
        at.integer("pp", 1, MOST),
        at.integer("gpus", 1, MOST),
        at.integer("microBatch", 1, MOST),
        at.integer("chunks", 1, MOST));
  }

  /** The row with what its script says, where it is silent and a script is its own. */
  static TrainingObject completed(TrainingObject row, String source) {
    return ALL.stream()
        .filter(script -> script.isOf(row, source))
        .findFirst()
        .map(script -> row.launched(script.microBatch(), script.chunks()))
        .orElse(row);
  }

  private boolean isOf(TrainingObject row, String source) {
    TrainingObject.Degrees degrees = row.degrees();
    return source.contains(paper)
        && row.shape().layers().equals(OptionalInt.of(layers))
        && row.gpus().equals(OptionalInt.of(gpus))
        && degrees.tensor().equals(OptionalInt.of(tensor))
        && degrees.pipeline().equals(OptionalInt.of(stages));
  }
}
