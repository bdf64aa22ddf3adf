package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.SharedData;
import dev.rackplan.topology.ConstantBasis;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.LinkSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GpuCatalogTest {
  private static final GpuCatalog CATALOG = GpuCatalog.load();

  /** Catalogue name by the reference table's name. */
  private static final Map<String, String> REFERENCE =
      Map.ofEntries(
          Map.entry("H100-SXM", "h100-sxm"),
          Map.entry("H200-SXM", "h200-sxm"),
          Map.entry("H800-SXM", "h800-sxm"),
          Map.entry("H20-96G", "h20-96g"),
          Map.entry("B200-SXM", "b200-sxm"),
          Map.entry("B300-SXM", "b300-sxm"),
          Map.entry("GB200-NVL72", "gb200"),
          Map.entry("GB300-NVL72", "gb300"),
          Map.entry("Vera-Rubin-NVL72", "vera-rubin"),
          Map.entry("MI300X", "mi300x"),
          Map.entry("MI325X", "mi325x"),
          Map.entry("MI355X", "mi355x"),
          Map.entry("MI455X-Helios", "mi455x"),
          Map.entry("TPU-v5p", "tpu-v5p"),
          Map.entry("TPU-v6e", "tpu-v6e"),
          Map.entry("TPU7x-Ironwood", "tpu7x"),
          Map.entry("Trainium2", "trainium2"),
          Map.entry("Trainium3", "trainium3"));

  @Test
  void names_areTheTwentyAccelerators() {
    assertEquals(
        List.of(
            "a100-80g",
            "h100-sxm",
            "h200-sxm",
            "h800-sxm",
            "h20-96g",
            "l4",
            "b200-sxm",
            "b300-sxm",
            "gb200",
            "gb300",
            "vera-rubin",
            "mi300x",
            "mi325x",
            "mi355x",
            "mi455x",
            "tpu-v5p",
            "tpu-v6e",
            "tpu7x",
            "trainium2",
            "trainium3"),
        CATALOG.names());
  }

  @Test
  void entry_convertsUnits() {
    GpuCatalogEntry h100 = CATALOG.entry("h100-sxm");
    assertEquals(80e9, h100.spec().hbmBytes());
    assertEquals(3.35e12, h100.spec().hbmBytesPerSecond());
    assertEquals(OptionalDouble.of(989e12), h100.spec().peakFlops().bf16());
    assertEquals(OptionalDouble.of(1979e12), h100.spec().peakFlops().fp8());
    assertEquals(OptionalDouble.empty(), h100.spec().peakFlops().fp4());
    assertEquals(0.7, h100.spec().computeEfficiency());
    assertEquals(0.8, h100.spec().memoryEfficiency());
    assertEquals(OptionalDouble.of(1.69), h100.spec().usdPerHour());
    assertEquals(new LinkSpec(450e9, 3e-6, 0.8), h100.scaleUp());
    assertEquals(50e9, h100.nic().bandwidthBytesPerSecond());
    assertEquals(8, h100.scaleUpDomainGpus());
    assertEquals(
        95.0 * (1L << 30), CATALOG.entry("tpu-v5p").spec().hbmBytes(), "TPU memory is in GiB");
    assertEquals(0.0239, h100.spec().drainSeconds(), 0.00005);
  }

  @Test
  void nic_reproducesDeepEpLowLatencyDispatch() {
    LinkSpec nic = CATALOG.entry("h800-sxm").nic();
    double seconds = nic.latencySeconds() + 128.0 * 8 * 7168 / nic.sustainedBytesPerSecond();
    // DeepEP's table, EP128: 192 us measured.
    assertEquals(192e-6, seconds, 2e-6);
  }

  @Test
  void entry_namesTheBasisOfEveryNumber() throws IOException {
    try (InputStream in = GpuCatalog.class.getResourceAsStream("gpus.json")) {
      for (JsonNode entry : new ObjectMapper().readTree(in).get("gpus")) {
        Set<String> numbers = new TreeSet<>();
        entry
            .fields()
            .forEachRemaining(
                field -> {
                  if (field.getValue().isNumber()) {
                    numbers.add(field.getKey());
                  }
                });
        GpuCatalogEntry read = CATALOG.entry(entry.get("name").textValue());
        assertEquals(numbers, read.basis().keySet(), read.name());
        assertEquals(ConstantBasis.ASSUMED, read.basis().get("computeEfficiency"), read.name());
      }
    }
  }

  @Test
  void entry_suggestsForUnknownNames() {
    String[][] rows = {
      {"h100", "Did you mean \"h100-sxm\"?"},
      {"gb2000", "Did you mean \"gb200\"?"},
      {"H200-SXM", "Did you mean \"h200-sxm\"?"},
      {"abacus", "Known: a100-80g, h100-sxm, "},
    };
    for (String[] row : rows) {
      String message = assertThrows(InputException.class, () -> CATALOG.entry(row[0])).getMessage();
      assertTrue(message.contains("no accelerator \"" + row[0] + "\""), message);
      assertTrue(message.contains("\n  " + row[1]), message);
      assertEquals(2, message.lines().count(), message);
    }
  }

  @Test
  void entries_agreeWithTheReferenceTable() throws IOException {
    JsonNode table =
        new ObjectMapper()
            .readTree(SharedData.dir().resolve("hardware.json").toFile())
            .get("hardware");
    List<String> wrong = new ArrayList<>();
    Map<String, String> unseen = new HashMap<>(REFERENCE);
    for (JsonNode row : table) {
      String name = unseen.remove(row.get("name").textValue());
      if (name == null) {
        continue;
      }
      GpuCatalogEntry entry = CATALOG.entry(name);
      double giga = row.has("hbm_unit") ? 1L << 30 : 1e9;
      compare(
          wrong, name, "hbm", row.get("hbm_gb"), OptionalDouble.of(entry.spec().hbmBytes() / giga));
      compare(
          wrong,
          name,
          "hbm_tbps",
          row.get("hbm_tbps"),
          OptionalDouble.of(entry.spec().hbmBytesPerSecond() / 1e12));
      compare(wrong, name, "bf16", row.get("bf16_tflops"), tera(entry.spec().peakFlops().bf16()));
      compare(wrong, name, "fp8", row.get("fp8_tflops"), tera(entry.spec().peakFlops().fp8()));
      compare(wrong, name, "fp4", row.get("fp4_tflops"), tera(entry.spec().peakFlops().fp4()));
      compare(
          wrong,
          name,
          "domain",
          row.get("scaleup_domain"),
          OptionalDouble.of(entry.scaleUpDomainGpus()));
      compare(
          wrong,
          name,
          "scale-up",
          row.get("scaleup_gbps_uni"),
          OptionalDouble.of(entry.scaleUp().bandwidthBytesPerSecond() / 1e9));
      compare(
          wrong,
          name,
          "nic",
          row.get("scaleout_gbps"),
          OptionalDouble.of(entry.nic().bandwidthBytesPerSecond() / 1e9));
      if (row.path("usd_per_gpu_h").has("neocloud_tco")) {
        compare(
            wrong,
            name,
            "usd",
            row.get("usd_per_gpu_h").get("neocloud_tco"),
            entry.spec().usdPerHour());
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(unseen.isEmpty(), unseen.toString());
    assertFalse(table.isEmpty());
  }

  private static OptionalDouble tera(OptionalDouble rate) {
    return rate.isPresent() ? OptionalDouble.of(rate.getAsDouble() / 1e12) : rate;
  }

  /** Says nothing where the table has no number. */
  private static void compare(
      List<String> wrong, String name, String what, JsonNode expected, OptionalDouble actual) {
    boolean known = expected != null && expected.isNumber();
    if (known
        && (actual.isEmpty()
            || Math.abs(actual.getAsDouble() - expected.doubleValue())
                > 1e-9 * expected.doubleValue())) {
      wrong.add(name + " " + what + ": " + actual + ", table " + expected);
    }
  }
}
