package dev.rackplan.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.json.ModelCatalog;
import org.junit.jupiter.api.Test;

/** Modules for further tokens stand behind a model's layers. */
class MultiTokenPredictionTest {
  @Test
  void modules_followTheLastLayer() {
    Model model = ModelCatalog.read("deepseek-v3");
    Model trained = new MultiTokenPrediction(1).in(model);

    assertEquals(62, trained.layers().size());
    assertSame(model.nextTokenLayers().get(0), trained.layers().get(61));
    assertEquals(2, trained.predictions());
    assertEquals(1, MultiTokenPrediction.layersIn(trained));
    assertEquals(0, MultiTokenPrediction.layersIn(model));
    assertSame(model, new MultiTokenPrediction(0).in(model));
  }

  // Attention and mixture are one module of Nemotron's, which is run twice.
  @Test
  void fewerModules_areRunAgain() {
    Model model = ModelCatalog.read("nemotron-3-ultra-550b-a55b");
    Model trained = new MultiTokenPrediction(2).in(model);

    assertEquals(model.layers().size() + 4, trained.layers().size());
    assertEquals(3, trained.predictions());
    assertEquals(4, MultiTokenPrediction.layersIn(trained));
    assertEquals(1, MultiTokenPrediction.modulesOf(model).size());
  }

  @Test
  void modelWithoutModules_isRefused() {
    Model model = ModelCatalog.read("llama-3.1-8b");
    assertEquals(
        "llama-3.1-8b has no next-token layers",
        assertThrows(IllegalArgumentException.class, () -> new MultiTokenPrediction(1).in(model))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> new MultiTokenPrediction(-1));
  }
}
