package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Deployments on hosts of 8 GPUs. */
class FoundTest {
  private static final int HOST = 8;
  private static final double ROUNDING = 1e-9;

  static Goal goal(double input, double cached, double output) {
    return new Goal(
        input,
        cached,
        output,
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  static Instances pool(String name, int count, int gpus, double usd, double promptShare) {
    String[] word = name.split("-");
    return new Instances(
        Stream.of(Pool.values()).filter(role -> role.word().equals(word[0])).findFirst(),
        word.length == 1 ? 1 : Integer.parseInt(word[1]),
        count,
        Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, gpus)),
        1,
        GpuCatalog.load().entry("h100-sxm").withUsdPerHour(usd),
        HOST,
        5,
        promptShare,
        1);
  }

  private static Found found(Mode mode, double rate, Instances... pools) {
    return new Found(mode, List.of(pools), 0.1, 0.02, rate, "", true, Optional.empty());
  }

  // Three stages of 4 GPUs: the host in the middle of three has a part of two instances.
  @Test
  void lostHost_endsAllInstancesWithAPartOnIt() {
    Instances plain = pool("serve", 2, 4, 2, 0.5);
    Instances staged =
        new Instances(
            plain.role(),
            1,
            2,
            Layout.of(Map.of(Degree.PIPELINE_STAGES, 3, Degree.ATTENTION_TENSOR_PARALLEL, 4)),
            1,
            plain.gpu(),
            HOST,
            5,
            0.5,
            1);

    assertEquals(0, found(Mode.AGGREGATED, 10, staged).requestsPerSecondWithout(1), ROUNDING);
  }

  // Each instance serves 5 a second, of which 4 may share a host at 2 GPUs, 2 at 4, none at 8; one
  // of 16 lies on two hosts, and any of them ends it.
  @ParameterizedTest
  @CsvSource({
    "2,  6, 1, 10",
    "2,  6, 2, 0",
    "4,  3, 1, 5",
    "4,  3, 2, 0",
    "8,  3, 1, 10",
    "8,  3, 2, 5",
    "16, 3, 2, 5",
    "16, 3, 4, 0"
  })
  void lostHosts_endTheInstancesOnThem(int gpus, int count, int lost, double left) {
    Found one = found(Mode.AGGREGATED, 5.0 * count, pool("serve", count, gpus, 2, 0.5));

    assertEquals(left, one.requestsPerSecondWithout(lost), ROUNDING);
  }

  // Readers lose 2 · 5 of 15, writers 5 of 20: the readers' 5 are what is left; of a rate below
  // that nothing is lost.
  @Test
  void poolsApart_loseWhereItCostsMost() {
    Instances prefill = pool("prefill", 3, 4, 2, 1);
    Instances decode = pool("decode", 3, 8, 2, 0);
    Instances more = pool("decode-2", 1, 4, 2, 0);

    assertEquals(
        5,
        found(Mode.DISAGGREGATED, 15, prefill, decode, more).requestsPerSecondWithout(1),
        ROUNDING);
    assertEquals(
        4,
        found(Mode.DISAGGREGATED, 4, prefill, decode, more).requestsPerSecondWithout(1),
        ROUNDING);
    assertEquals("decode-2", more.name());
  }

  // In steps of 1%: the second is slower in all; the third has as many tokens within 1% and is
  // later; the fourth is sooner.
  @Test
  void front_keepsWhatNoOtherBeats() {
    Found best = with(100, 0.020, 0.5);
    Found slower = with(90, 0.021, 0.6);
    Found alike = with(100.2, 0.020, 0.5);
    Found sooner = with(80, 0.020, 0.3);

    assertEquals(List.of(best, sooner), Front.of(List.of(best, slower, alike, sooner), 500));
  }

  private static Found with(double rate, double tpot, double ttft) {
    return new Found(
        Mode.AGGREGATED,
        List.of(pool("serve", 1, 8, 2, 0.5)),
        ttft,
        tpot,
        rate,
        "",
        true,
        Optional.empty());
  }
}
