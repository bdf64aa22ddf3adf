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
  /** Of a plan; none where no layer is narrower. */
  static WideEnds of(Deployment deployment) {
    if (!TrainedFormat.of(deployment.problem().precision().weights()).isNarrow()) {
      return new WideEnds(0, 0);
    }
    List<Layer> layers = new ArrayList<>(deployment.problem().model().layers());
    int first = leading(layers);
    Collections.reverse(layers);
    return new WideEnds(first, first == layers.size() ? 0 : leading(layers));
  }

  /**
   * The same for a framework of Megatron-Core.
   *
   * @throws ExportRefusal where they are more than a stage has in the mean
   */
  static WideEnds of(Deployment deployment, String title) {
    WideEnds ends = of(deployment);
    int most = deployment.problem().model().layers().size() / deployment.layout().pipelineStages();
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
