package dev.rackplan.export;

import dev.rackplan.plan.HandOver;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Pool;

/**
 * Refuses pools that cannot hand KV caches over: other problems, or layouts by {@link HandOver}.
 */
final class HandOverRules {
  private HandOverRules() {}

  /**
   * Refuses what {@code engine} would.
   *
   * @throws ExportRefusal naming the first rule that is broken
   */
  static void check(EngineKind engine, ServedPools pools) {
    for (Deployment prefill : pools.of(Pool.PREFILL)) {
      for (Deployment decode : pools.of(Pool.DECODE)) {
        refuseUnlike(prefill, decode);
        new HandOver(
                engine, decode.problem().model(), prefill.gpu().vendor(), decode.gpu().vendor())
            .fault(prefill.layout(), decode.layout())
            .ifPresent(
                fault -> {
                  throw new ExportRefusal(fault.words(), fault.remedy());
                });
      }
    }
  }

  private static void refuseUnlike(Deployment one, Deployment other) {
    var prefill = one.problem();
    var decode = other.problem();
    if (!prefill.model().name().equals(decode.model().name())) {
      throw new ExportRefusal(
          "pools that serve together have one model; prefill has "
              + prefill.model().name()
              + ", decode "
              + decode.model().name(),
          "Solve both for one model.");
    }
    if (prefill.precision().kv() != decode.precision().kv()) {
      throw new ExportRefusal(
          "KV caches are handed over as they are; prefill keeps them as "
              + prefill.precision().kv()
              + ", decode as "
              + decode.precision().kv(),
          "Give both one precision.kv.");
    }
    if (!prefill.engine().memory().pageTokens().equals(decode.engine().memory().pageTokens())) {
      throw new ExportRefusal(
          "both pools need pages of as many tokens", "Give both one engine.pageTokens.");
    }
  }
}
