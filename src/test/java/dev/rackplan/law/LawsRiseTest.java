package dev.rackplan.law;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bounds take the least work's time for the least time: no law may fall with work. */
class LawsRiseTest {
  private static final int CASES = 3000;
  private static final double ROUNDING = 1e-12;

  /**
   * Random shapes of one kind of operation.
   *
   * @param loads what is more work the more there is of it, by name
   * @param most of each argument; whole numbers from 1 on, as tokens, heads and widths are
   * @param op from values of the arguments, loads first
   */
  private record Shapes(List<String> loads, double[] most, Function<double[], Op> op) {}

  // Copies that more ranks or multiprocessors share are less work for each; experts of the whole
  // model share what serves them: these are no loads.
  private static Shapes shapes(OpKind kind) {
    return switch (kind) {
      case GEMM ->
          new Shapes(
              List.of("rows", "width", "depth"),
              new double[] {4096, 20_000, 20_000},
              v -> new Gemm(v[0], v[1], v[2]));
      case DECODE_ATTENTION ->
          new Shapes(
              List.of("sequences", "heads", "kvHeads", "headSize", "keys"),
              new double[] {512, 128, 16, 256, 1e6},
              v -> new DecodeAttention(v[0], v[1], v[2], v[3], v[4]));
      case PREFILL_ATTENTION ->
          new Shapes(
              List.of("sequences", "queries", "prefix", "heads", "kvHeads", "headSize", "window"),
              new double[] {16, 16_384, 1e5, 128, 16, 256, 1e5},
              v -> new PrefillAttention(v[0], v[1], v[2], v[3], v[4], v[5], v[6]));
      case LATENT_DECODE ->
          new Shapes(
              List.of("sequences", "heads", "keys", "latentRank", "ropeSize"),
              new double[] {512, 128, 1e6, 512, 64},
              v -> new LatentDecode(v[0], v[1], v[2], v[3], v[4]));
      case LATENT_PREFILL ->
          new Shapes(
              List.of("sequences", "queries", "prefix", "heads", "keySize", "valueSize"),
              new double[] {16, 16_384, 1e5, 128, 256, 256},
              v -> new LatentPrefill(v[0], v[1], v[2], v[3], v[4], v[5]));
      case HEAD_PRODUCT ->
          new Shapes(
              List.of("tokens", "heads", "inputs", "outputs"),
              new double[] {4096, 128, 512, 512},
              v -> new HeadProduct(v[0], v[1], v[2], v[3]));
      case LATENT_DECODE_BLOCK ->
          new Shapes(
              List.of("sequences", "heads", "keys", "latentRank", "ropeSize", "weights"),
              new double[] {512, 128, 1e6, 512, 64, 1e9},
              v -> new LatentDecodeBlock(new LatentDecode(v[0], v[1], v[2], v[3], v[4]), v[5]));
      case LATENT_PREFILL_BLOCK ->
          new Shapes(
              List.of("sequences", "queries", "prefix", "heads", "keySize", "valueSize", "weights"),
              new double[] {16, 16_384, 1e5, 128, 256, 256, 1e9},
              v ->
                  new LatentPrefillBlock(
                      new LatentPrefill(v[0], v[1], v[2], v[3], v[4], v[5]), v[6]));
      case EXPERTS, EXPERTS_AFTER_DISPATCH, EXPERTS_AFTER_PREFILL_DISPATCH, WIDE_EXPERTS ->
          new Shapes(
              List.of("pairs", "active", "tokens", "hiddenSize", "innerSize"),
              new double[] {1e5, 256, 1e5, 8192, 8192},
              v -> new Experts(v[0], v[1], v[2], v[3], v[4]));
      case LOW_LATENCY_DISPATCH,
          LOW_LATENCY_COMBINE,
          THROUGHPUT_DISPATCH,
          THROUGHPUT_COMBINE,
          MESH_DISPATCH,
          MESH_COMBINE,
          TRANSFER_PREPARE,
          NVLINK_DISPATCH,
          NVLINK_COMBINE ->
          new Shapes(
              List.of("tokens", "copies", "hiddenSize", "bytesPerElement"),
              new double[] {4096, 16, 8192, 2, 64, 8, 512, 132},
              v -> new ExpertTransfer(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]));
      case ALL_REDUCE, ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL ->
          new Shapes(
              List.of("bytes", "elements", "ranks"),
              new double[] {1e9, 5e8, 72},
              v -> new Collective(v[0], v[1], v[2]));
      case RECURRENT_DECODE, RECURRENT_PREFILL, QUANTISE, ELEMENTWISE, HYPER_CONNECTION ->
          new Shapes(
              List.of("bytes", "steps"), new double[] {1e10, 1024}, v -> new Streaming(v[0], v[1]));
    };
  }

  @SuppressWarnings("unchecked")
  private static Law<Op> law(OpKind kind, Lcg random, int index) {
    if (index % 20 == 0) {
      return (Law<Op>) FlatFormula.law(kind, random.between(0.1, 1), random.between(0.1, 1), 3e-6);
    }
    double[] values = new double[kind.form().parameters().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = parameter(kind.form().parameters().get(i), random);
    }
    return (Law<Op>) kind.form().law(values);
  }

  private static double parameter(Parameter bounds, Lcg random) {
    if (bounds.least() > 0) {
      return random.below(8) == 0 ? bounds.least() : random.between(bounds.least(), bounds.most());
    }
    return random.below(4) == 0 ? 0 : random.between(bounds.most() * 1e-6, bounds.most());
  }

  private static Setting setting(Lcg random) {
    double wide = random.between(1e13, 5e15);
    return new Setting(
        wide * random.in(1, 4),
        wide,
        random.between(1e11, 2e13),
        random.between(0.5, 4),
        random.between(0.5, 4));
  }

  @ParameterizedTest
  @EnumSource(OpKind.class)
  void law_neverFallsWithMoreOfALoad(OpKind kind) {
    Lcg random = new Lcg(kind.ordinal());
    Shapes shapes = shapes(kind);
    Set<String> rose = new TreeSet<>();
    for (int i = 0; i < CASES; i++) {
      Law<Op> law = law(kind, random, i);
      Setting setting = setting(random);
      double[] values =
          Arrays.stream(shapes.most()).map(most -> Math.floor(random.between(1, most))).toArray();
      double before = law.seconds(shapes.op().apply(values), setting);
      assertTrue(Double.isFinite(before), () -> law + " is not finite");
      assertTrue(before >= law.startSeconds() * (1 - ROUNDING), () -> law + " starts later");
      for (int load = 0; load < shapes.loads().size(); load++) {
        double[] more = values.clone();
        more[load] =
            random.coin() ? values[load] + 1 : Math.ceil(values[load] * random.between(1.01, 3));
        double after = law.seconds(shapes.op().apply(more), setting);
        String name = shapes.loads().get(load);
        assertTrue(
            after >= before * (1 - ROUNDING),
            () -> law + " fell with " + name + " from " + before + " to " + after);
        if (after > before) {
          rose.add(name);
        }
      }
    }
    // Each is a load: some law rises with it.
    assertTrue(rose.containsAll(shapes.loads()), () -> kind + " rises with " + rose + " only");
  }

  // Rows that engines give to another kernel than 64 and fewer.
  @Test
  void gemm_neverFallsWhereTheKernelChanges() {
    Lcg random = new Lcg(64);
    for (int i = 0; i < CASES; i++) {
      Law<Op> law = law(OpKind.GEMM, random, i);
      Setting setting = setting(random);
      double width = random.in(1, 20_000);
      double depth = random.in(1, 20_000);
      double few = law.seconds(new Gemm(GemmLaw.FEW_ROWS, width, depth), setting);
      double many = law.seconds(new Gemm(GemmLaw.FEW_ROWS + 1, width, depth), setting);
      assertTrue(many >= few * (1 - ROUNDING), () -> law + " fell from " + few + " to " + many);
    }
  }
}
