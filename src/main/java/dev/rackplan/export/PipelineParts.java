package dev.rackplan.export;

import dev.rackplan.model.Layer;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Precision;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;

/**
 * The model cut for a pipeline as frameworks read it: parts of layers in a row, dealt to ranks
 * round and round, so that part a·P + b is chunk a of rank b.
 *
 * @param layers how many each part has
 */
record PipelineParts(List<Integer> layers) {
  PipelineParts {
    layers = List.copyOf(layers);
  }

  /**
   * Of the plan's stages.
   *
   * @param title of the framework
   * @throws ExportRefusal for schedules that it has not, and chunks of unlike layers
   */
  static PipelineParts of(Deployment deployment, Training training, String title) {
    switch (training.schedule()) {
      case ONE_FORWARD_ONE_BACKWARD, INTERLEAVED -> {}
      case ZERO_BUBBLE, DUAL_PIPE ->
          throw new ExportRefusal(
              title + " has no schedule " + training.schedule().word(),
              "Solve with schedule 1f1b or interleaved.");
    }
    int chunks = training.virtualStages();
    if (chunks > 1) {
      refuseUnlikeLayers(deployment, title);
    }
    List<Integer> parts = new ArrayList<>();
    for (int chunk = 0; chunk < chunks; chunk++) {
      for (Stage stage : deployment.plan().stages()) {
        int layers = stage.lastLayer() - stage.firstLayer() + 1;
        parts.add(layers / chunks + (chunk < layers % chunks ? 1 : 0));
      }
    }
    return new PipelineParts(parts);
  }

  private static void refuseUnlikeLayers(Deployment deployment, String title) {
    List<Layer> layers = deployment.problem().model().layers();
    for (int layer = 1; layer < layers.size(); layer++) {
      if (!alike(layers.get(layer), layers.get(0), deployment.problem().precision())) {
        throw new ExportRefusal(
            "with virtual stages "
                + title
                + " deals a stage's layers to chunks that are not in a row, and layer "
                + layer
                + " is not like layer 0",
            "Solve with virtualStages 1.");
      }
    }
  }

  // The last one also holds the final norm. Formats are those of training, not the checkpoint's.
  private static boolean alike(Layer one, Layer other, Precision precision) {
    return one.attention().equals(other.attention())
        && one.ffn().equals(other.ffn())
        && precision.attention(one) == precision.attention(other)
        && precision.ffn(one) == precision.ffn(other)
        && precision.experts(one) == precision.experts(other);
  }

  /** What a README says of chunks; empty without. */
  static String dealt(Training training, String title) {
    return training.schedule() == PipelineSchedule.INTERLEAVED
        ? "\nEach stage's layers are dealt to "
            + training.virtualStages()
            + " chunks; chunk a of rank b is "
            + title
            + "'s virtual stage a·stages + b, so that layers of a stage are not in a row. All layers"
            + " of this model cost the same, so the plan's times hold.\n"
        : "";
  }

  /**
   * Megatron's words: E embedding, t layer, L loss, {@code |} between parts; alike parts in a row
   * once, with how many they are.
   */
  String megatron() {
    StringBuilder text = new StringBuilder("E");
    int last = layers.size() - 1;
    for (int s = 0; s < last; ) {
      int same = 1;
      while (s + same < last && layers.get(s + same).equals(layers.get(s))) {
        same++;
      }
      // The first one has the embedding before its layers.
      boolean folds = s > 0 && same > 2 && layers.get(s) > 0;
      if (folds) {
        text.append('(').append("t".repeat(layers.get(s))).append("|)*").append(same);
        s += same;
      } else {
        text.append(megatron(layers.get(s))).append('|');
        s++;
      }
    }
    return text.append(megatron(layers.get(last))).append('L').toString();
  }

  private static String megatron(int count) {
    return count == 0 ? "" : count == 1 ? "t" : "t*" + count;
  }

  /** torchtitan's names of the modules of each part, with commas between. */
  List<String> modules() {
    List<String> parts = new ArrayList<>();
    int layer = 0;
    for (int part = 0; part < layers.size(); part++) {
      List<String> names = new ArrayList<>();
      if (part == 0) {
        names.add("tok_embeddings");
      }
      for (int end = layer + layers.get(part); layer < end; layer++) {
        names.add("layers." + layer);
      }
      if (part == layers.size() - 1) {
        names.add("norm");
        names.add("lm_head");
      }
      parts.add(String.join(",", names));
    }
    return parts;
  }
}
