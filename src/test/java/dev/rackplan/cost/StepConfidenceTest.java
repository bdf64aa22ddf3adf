package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.RestsOn;
import dev.rackplan.law.StepErrors;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A dense layer, on one GPU except where its all-reduce matters. */
class StepConfidenceTest {
  private static final Layer LAYER =
      new Layer(
          new GroupedQueryAttention(
              4 * 128 * 128, 8, 8, 16, GroupedQueryAttention.Window.full(), Optional.empty()),
          new DenseFfn(3 * 128 * 512, OptionalInt.of(512)),
          256,
          1);

  private static CostedPlan costed(Problem problem, int tensor) {
    Layout layout =
        Layout.neutral()
            .with(Degree.ATTENTION_TENSOR_PARALLEL, tensor)
            .with(Degree.DENSE_TENSOR_PARALLEL, tensor)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, 4);
    List<Integer> gpus = tensor == 1 ? List.of(0) : List.of(0, 1, 2, 3);
    Plan plan = new Plan(layout, List.of(new Stage(0, 0, gpus)), new TreeMap<>());
    return CostedPlan.of(problem, ProblemRouting.of(problem), plan, CostDetail.TIMES);
  }

  private static RestsOn restsOn(OpsCase of, int tensor) {
    Problem problem = of.problem(LAYER);
    return StepConfidence.restsOn(problem, costed(problem, tensor));
  }

  @Test
  void withoutLaws_everythingIsFormula() {
    assertEquals(RestsOn.FORMULA, restsOn(OpsCase.DECODE, 1));
    assertEquals(
        RestsOn.FORMULA, restsOn(OpsCase.DECODE.of(Phase.PREFILL, Contexts.of(64), 64), 4));
  }

  @Test
  void lawsOfTheEngine_areMeasured_ofAnotherTransferred() {
    RestsOn own = restsOn(OpsCase.DECODE.with(StartLaws.of("sglang", kind -> true)), 1);
    assertEquals(1, own.measured(), 1e-9);
    RestsOn other = restsOn(OpsCase.DECODE.with(StartLaws.of("vllm", kind -> true)), 1);
    assertEquals(1, other.transferred(), 1e-9);
  }

  // Products have laws of their own, the rest flat starts of 2 µs.
  @Test
  void shares_areOfSeconds() {
    OpsCase products = OpsCase.DECODE.with(StartLaws.of("sglang", kind -> kind == OpKind.GEMM));
    Problem problem = products.problem(LAYER);
    CostedPlan costed = costed(problem, 1);
    RestsOn restsOn = StepConfidence.restsOn(problem, costed);
    double step = costed.stepSeconds();
    double measured = restsOn.measured() * step / StartLaws.start(OpKind.GEMM);

    // Two of attention, two of the FFN, one of the head: each a start.
    assertEquals(5, measured, 1e-6);
    assertEquals(1 - restsOn.measured(), restsOn.formula(), 1e-9);
    assertEquals(0, restsOn.transferred());
  }

  // Four GPUs of two domains: links' rates say what lies between them.
  @Test
  void allReduceBetweenDomains_isFormula() {
    Problem problem = OpsCase.DECODE.with(StartLaws.of("sglang", kind -> true)).problem(LAYER);
    CostedPlan costed = costed(problem, 4);
    double reduce = costed.slowest().stages().get(0).terms().of(Term.ALL_REDUCE);

    assertTrue(reduce > 0);
    assertEquals(
        reduce / costed.stepSeconds(), StepConfidence.restsOn(problem, costed).formula(), 1e-9);
  }

  // 4 sequences of 128 elements in BF16 are 1,024 bytes, two all-reduces. Engines' own kernels end
  // at
  // the domain: over two NCCL runs within each, and a NIC of 40e9 bytes/s behind a leaf of half
  // the rate carries half of a half there and back.
  @Test
  void allReduceBetweenDomains_isNcclsWithinEach() {
    Problem problem = OpsCase.DECODE.with(StartLaws.ofAllReduces(3e-6, 17e-6)).problem(LAYER);

    assertEquals(2 * 3e-6, reduce(costed(problem, 2)), 1e-12);
    assertEquals(2 * (17e-6 + 10e-6 + 1024.0 / 40e9), reduce(costed(problem, 4)), 1e-12);
  }

  private static double reduce(CostedPlan costed) {
    return costed.slowest().stages().get(0).terms().of(Term.ALL_REDUCE);
  }

  // Prompts were met within 5%, tokens within 20%: no prompt is said to be surer.
  @Test
  void prompts_areNoSurerThanTokens() {
    LawBook laws = new LawBook(List.of(), List.of(errors(ModelledFigure.PREFILL, 0.05)));
    LawBook both =
        new LawBook(
            List.of(),
            List.of(errors(ModelledFigure.PREFILL, 0.05), errors(ModelledFigure.TPOT, 0.2)));

    assertEquals(0.05, prompt(laws).plusMinus().orElseThrow(), 1e-9);
    assertEquals(0.2, prompt(both).plusMinus().orElseThrow(), 1e-9);
    assertEquals(OptionalDouble.empty(), prompt(LawBook.NONE).plusMinus());
    assertEquals(OptionalDouble.of(0.03), prompt(both).ratio());
  }

  private static Confidence prompt(LawBook laws) {
    Problem problem =
        OpsCase.DECODE.of(Phase.PREFILL, Contexts.of(64), 64).with(laws).problem(LAYER);
    return StepConfidence.of(problem, costed(problem, 1));
  }

  private static StepErrors errors(ModelledFigure time, double error) {
    StepErrors.Group all =
        new StepErrors.Group(
            Optional.empty(), Optional.empty(), Optional.empty(), 30, 5, error, 0, 0, 1);
    return new StepErrors(
        time, "made up", "2026-01-31", List.of(all), 0, 0, 30, OptionalDouble.of(0.03));
  }
}
