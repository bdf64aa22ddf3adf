package dev.rackplan.export;

import dev.rackplan.model.Layer;
import dev.rackplan.model.WeightFormats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Layers at the ends of a model that stay in BF16, as Megatron-Core is told of them.
 *
 * <p>Source: Megatron-LM's {@code transformer_config.py}, August 2026.
 */
record WideEnds(int first, int last) {
  /**
   * Of a plan.
   *
   * @throws ExportRefusal where they are more than a stage has in the mean
   */
  static WideEnds of(Deployment deployment, String title) {
    List<Layer> layers = new ArrayList<>(deployment.problem().model().layers());
    int first = leading(layers);
    Collections.reverse(layers);
    WideEnds ends = new WideEnds(first, first == layers.size() ? 0 : leading(layers));
    int most = layers.size() / deployment.layout().pipelineStages();
    if (ends.first > most || ends.last > most) {
      throw new ExportRefusal(
          title
              + " keeps at most as many layers of an end in BF16 as a stage has in the mean, "
              + most
              + "; the plan has wideLayers "
              + ends.first
              + " and "
              + ends.last,
          "Solve with fewer wideLayers or stages.");
    }
    return ends;
  }

  private static int leading(List<Layer> layers) {
    int count = 0;
    while (count < layers.size()
        && layers.get(count).stored().filter(WeightFormats::kept).isPresent()) {
      count++;
    }
    return count;
  }

  /** Whether there are any. */
  boolean any() {
    return first + last > 0;
  }
}
