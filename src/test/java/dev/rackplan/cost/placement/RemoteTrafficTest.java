package dev.rackplan.cost.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.SmallCase;
import dev.rackplan.SmallCase.Known;
import dev.rackplan.SmallCase.Size;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What leaves home, against the tally's copies and the layer's bytes. */
class RemoteTrafficTest {
  private static final double ROUNDING = 1e-9;

  @ParameterizedTest
  @EnumSource
  void choices_areTheCopiesOfChoicesSentSingly_andCopiesAreFewer(DispatchRule rule) {
    Lcg random = new Lcg(rule.ordinal());
    for (int i = 0; i < 60; i++) {
      Known known = Known.values()[i % 3];
      CopyRule copy = CopyRule.values()[random.below(3)];
      SmallCase small = SmallCase.random(random, Size.random(random), rule, copy, known);
      int[][] replicas = PlanShapes.replicaGpus(small.placement(random), small.moe().experts());
      ScenarioLayer scenario = small.scenarios().get(0);
      StageShape shape = small.shape();
      PlacementTally singly =
          PlacementTally.of(
              scenario, shape, rule, CopyRule.PER_EXPERT, small.batch().tokens(), replicas);
      double expected = 0;
      for (int home = 0; home < shape.domainCount(); home++) {
        for (int domain = 0; domain < shape.domainCount(); domain++) {
          double tokens = shape.domainSize(home) / (double) shape.gpuCount();
          expected += home == domain ? 0 : tokens * singly.copiesToDomain(home, domain);
        }
      }

      PlacementTally tally = small.tally(scenario, replicas);
      RemoteTraffic traffic = RemoteTraffic.of(tally);

      assertEquals(expected, traffic.choices(), ROUNDING);
      assertTrue(traffic.copies() <= traffic.choices() + ROUNDING);
      assertEquals(
          small.layerModel().exchange().scaleOutBytesPerToken(tally),
          traffic.copies() * small.layerModel().exchange().bytesPerCopy(),
          ROUNDING * small.layerModel().exchange().bytesPerCopy());
      if (copy == CopyRule.PER_EXPERT) {
        assertEquals(traffic.choices(), traffic.copies());
      }
    }
  }
}
