package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rackplan.SharedData;
import dev.rackplan.topology.ConstantBasis;
import dev.rackplan.topology.DatasheetMemory;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.PeakFlops;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuCatalogTest {
  private static final GpuCatalog CATALOG = GpuCatalog.load();
  private static final double MEBI = 1 << 20;

  private static final Set<String> WITHOUT_READING =
      Set.of(
          "tpu-v4",
          "vera-rubin",
          "mi308x",
          "mi455x",
          "tpu7x",
          "trainium1",
          "trainium2",
          "trainium3");

  private static final Map<GpuGeneration, List<String>> GENERATIONS =
      Map.ofEntries(
          Map.entry(GpuGeneration.VOLTA, List.of("v100-32g", "v100-16g")),
          Map.entry(GpuGeneration.TURING, List.of("t4")),
          Map.entry(
              GpuGeneration.AMPERE,
              List.of("a100-80g", "a100-40g", "a800-80g", "a100-pcie-80g", "a100-pcie-40g")),
          Map.entry(
              GpuGeneration.AMPERE_WORKSTATION, List.of("a10", "a40", "rtx-a6000", "rtx-3090")),
          Map.entry(
              GpuGeneration.HOPPER,
              List.of(
                  "h100-sxm",
                  "h100-nvl",
                  "h100-pcie",
                  "h200-sxm",
                  "h200-nvl",
                  "gh200",
                  "h800-sxm",
                  "h20-96g",
                  "h20-141g")),
          Map.entry(GpuGeneration.ADA, List.of("l4", "l40s", "l20", "rtx-6000-ada", "rtx-4090")),
          Map.entry(GpuGeneration.BLACKWELL, List.of("b200-sxm", "b300-sxm", "gb200", "gb300")),
          Map.entry(GpuGeneration.BLACKWELL_WORKSTATION, List.of("rtx-pro-6000", "rtx-5090")),
          Map.entry(GpuGeneration.RUBIN, List.of("vera-rubin")),
          Map.entry(GpuGeneration.CDNA2, List.of("mi250x")),
          Map.entry(GpuGeneration.CDNA3, List.of("mi300x", "mi325x", "mi308x")),
          Map.entry(GpuGeneration.CDNA4, List.of("mi350x", "mi355x")),
          Map.entry(GpuGeneration.CDNA5, List.of("mi455x")),
          Map.entry(GpuGeneration.TPU_V4, List.of("tpu-v4")),
          Map.entry(GpuGeneration.TPU_V5E, List.of("tpu-v5e")),
          Map.entry(GpuGeneration.TPU_V5P, List.of("tpu-v5p")),
          Map.entry(GpuGeneration.TPU_V6E, List.of("tpu-v6e")),
          Map.entry(GpuGeneration.TPU7X, List.of("tpu7x")),
          Map.entry(GpuGeneration.TRAINIUM1, List.of("trainium1")),
          Map.entry(GpuGeneration.TRAINIUM2, List.of("trainium2")),
          Map.entry(GpuGeneration.TRAINIUM3, List.of("trainium3")),
          Map.entry(GpuGeneration.GAUDI2, List.of("gaudi2")),
          Map.entry(GpuGeneration.GAUDI3, List.of("gaudi3")),
          Map.entry(GpuGeneration.ASCEND_910B, List.of("ascend-910b")),
          Map.entry(GpuGeneration.ASCEND_910C, List.of("ascend-910c")));

  /** Catalogue name by the reference table's name. */
  private static final Map<String, String> REFERENCE =
      Map.ofEntries(
          Map.entry("H100-SXM", "h100-sxm"),
          Map.entry("H200-SXM", "h200-sxm"),
          Map.entry("H800-SXM", "h800-sxm"),
          Map.entry("H20-96G", "h20-96g"),
          Map.entry("Ascend-910B", "ascend-910b"),
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
  void names_standByVendorAndGeneration() {
    assertEquals(
        List.of(
            "v100-32g",
            "v100-16g",
            "t4",
            "a100-80g",
            "a100-40g",
            "a800-80g",
            "a100-pcie-80g",
            "a100-pcie-40g",
            "a10",
            "a40",
            "rtx-a6000",
            "rtx-3090",
            "h100-sxm",
            "h100-nvl",
            "h100-pcie",
            "h200-sxm",
            "h200-nvl",
            "gh200",
            "h800-sxm",
            "h20-96g",
            "h20-141g",
            "l4",
            "l40s",
            "l20",
            "rtx-6000-ada",
            "rtx-4090",
            "b200-sxm",
            "b300-sxm",
            "gb200",
            "gb300",
            "rtx-pro-6000",
            "rtx-5090",
            "vera-rubin",
            "mi250x",
            "mi300x",
            "mi325x",
            "mi308x",
            "mi350x",
            "mi355x",
            "mi455x",
            "tpu-v4",
            "tpu-v5e",
            "tpu-v5p",
            "tpu-v6e",
            "tpu7x",
            "trainium1",
            "trainium2",
            "trainium3",
            "gaudi2",
            "gaudi3",
            "ascend-910b",
            "ascend-910c"),
        CATALOG.names());
  }

  @Test
  void entry_convertsUnits() {
    GpuCatalogEntry h100 = CATALOG.entry("h100-sxm");
    assertEquals(new DatasheetMemory(80e9, 3.35e12), h100.spec().datasheet());
    assertEquals(81_559.0 * MEBI, h100.spec().hbmBytes());
    assertEquals(3.35e12, h100.spec().hbmBytesPerSecond());
    assertEquals(OptionalDouble.of(989e12), h100.spec().peakFlops().bf16());
    assertEquals(OptionalDouble.of(1979e12), h100.spec().peakFlops().fp8());
    assertEquals(OptionalDouble.empty(), h100.spec().peakFlops().fp4());
    assertEquals(0.7, h100.spec().computeEfficiency());
    assertEquals(0.8, h100.spec().memoryEfficiency());
    assertEquals(OptionalDouble.of(1.69), h100.spec().usdPerHour());
    assertEquals(new LinkSpec(450e9, 3e-6, 0.6), h100.scaleUp());
    assertEquals(50e9, h100.nic().bandwidthBytesPerSecond());
    assertEquals(8, h100.scaleUpDomainGpus());
    assertEquals(
        192.0 * (1L << 30), CATALOG.entry("tpu7x").spec().hbmBytes(), "TPU memory is in GiB");
    assertEquals(0.0239, h100.spec().datasheet().drainSeconds(), 0.00005);
  }

  @ParameterizedTest
  @CsvSource({
    // What the tool shows in MiB, and that times 2^20 in 1e9 bytes.
    "a100-80g, 81920, 85.90", // nvidia-smi
    "h100-sxm, 81559, 85.52",
    "h200-sxm, 143771, 150.75",
    "h800-sxm, 81559, 85.52",
    "h20-96g, 97871, 102.63",
    "l4, 23034, 24.15",
    "b200-sxm, 182642, 191.51", // CUDA device properties
    "b300-sxm, 275040, 288.40",
    "gb200, 189471, 198.67",
    "gb300, 284208, 298.01",
    "mi300x, 196592, 206.14", // rocm-smi
    "mi325x, 262128, 274.86",
    "mi355x, 294896, 309.22",
    "tpu-v6e, 32000, 33.55", // XLA: 31.25 GiB
    "a100-40g, 40960, 42.95", // nvidia-smi
    "h100-nvl, 95830, 100.49",
    "h100-pcie, 81559, 85.52",
    "h200-nvl, 143771, 150.75",
    "h20-141g, 143771, 150.75",
    "l40s, 46068, 48.31",
    "rtx-pro-6000, 97887, 102.64",
    "v100-32g, 32510, 34.09",
    "v100-16g, 16160, 16.94",
    "rtx-4090, 24564, 25.76",
    "gh200, 97871, 102.63",
    "gaudi2, 98304, 103.08",
    "mi350x, 294896, 309.22", // HIP device properties
    "tpu-v5e, 16128, 16.91", // XLA: 15.75 GiB
    "gaudi3, 131072, 137.44", // hl-smi
    "ascend-910b, 65536, 68.72", // npu-smi
    "ascend-910c, 131072, 137.44",
  })
  void plans_reckonWithTheMemoryThatDriversReport(String name, long mebibytes, double gigabytes) {
    GpuSpec spec = CATALOG.entry(name).spec();
    assertEquals(mebibytes * MEBI, spec.hbmBytes(), 0.5);
    assertEquals(gigabytes, spec.hbmBytes() / 1e9, 0.005);
    assertEquals(ConstantBasis.MEASURED, CATALOG.entry(name).basis().get("hbmBytes"));
  }

  @ParameterizedTest
  @CsvSource({
    // The lecture's drain: data sheet bytes over data sheet rate, 80 / 3.35 and so on, in ms.
    "h100-sxm, 23.9", "h200-sxm, 29.4", "b200-sxm, 22.5", "b300-sxm, 33.5", "gb200, 24.0",
    "gb300, 36.0", "vera-rubin, 13.1", "mi300x, 36.2", "mi325x, 42.7", "mi355x, 36.0",
    "mi455x, 22.0", "h20-96g, 24.0",
  })
  void lecture_keepsTheDataSheetsMemory(String name, double drainMillis) {
    assertEquals(
        drainMillis, CATALOG.entry(name).spec().datasheet().drainSeconds() * 1e3, 0.05, name);
  }

  @Test
  void plans_reckonWithTheMemoryRateByClockAndWidth() {
    // 3,996 MHz, two transfers a clock, 7,680 bits: 7.672e12 bytes/s.
    double bytesPerSecond = 3996e6 * 2 * 7680 / 8;
    for (String name : List.of("b200-sxm", "b300-sxm")) {
      GpuSpec spec = CATALOG.entry(name).spec();
      assertEquals(bytesPerSecond, spec.hbmBytesPerSecond(), 0.005e12);
      assertEquals(8e12, spec.datasheet().bytesPerSecond());
    }
    assertEquals(23.3e12, CATALOG.entry("mi455x").spec().hbmBytesPerSecond());
    assertEquals(4.8e12, CATALOG.entry("h200-sxm").spec().hbmBytesPerSecond());
  }

  @Test
  void tpu_reportsGibibytesWithTwoDigits() {
    // XLA: "of 95.74G hbm".
    assertEquals(
        95.74 * (1L << 30), CATALOG.entry("tpu-v5p").spec().hbmBytes(), 0.005 * (1L << 30));
  }

  @Test
  void entriesWithoutADriversReading_saySo() {
    Set<String> without = new TreeSet<>();
    for (String name : CATALOG.names()) {
      GpuCatalogEntry entry = CATALOG.entry(name);
      boolean told =
          entry.note().orElse("").contains("No driver's reading of the memory was found");
      assertEquals(!entry.basis().containsKey("hbmBytes"), told, name);
      if (told) {
        assertEquals(entry.spec().datasheet().bytes(), entry.spec().hbmBytes(), name);
        without.add(name);
      }
    }
    assertEquals(WITHOUT_READING, without);
  }

  @ParameterizedTest
  @CsvSource({
    // Seven links in a full mesh, GB/s of one link in one direction.
    "mi300x, 64.0",
    "mi325x, 64.0",
    "mi355x, 76.8",
  })
  void scaleUpOfAMesh_isSevenLinks(String name, double gigabytesPerSecond) {
    assertEquals(
        7 * gigabytesPerSecond * 1e9,
        CATALOG.entry(name).scaleUp().bandwidthBytesPerSecond(),
        1,
        name);
  }

  @Test
  void everyEntry_hasABf16Rate() {
    for (String name : CATALOG.names()) {
      assertTrue(CATALOG.entry(name).spec().peakFlops().bf16().isPresent(), name);
    }
    // A rack of 72 Rubin GPUs: 288 PFLOP/s in BF16, 1,260 in FP8.
    PeakFlops rubin = CATALOG.entry("vera-rubin").spec().peakFlops();
    assertEquals(OptionalDouble.of(288e15 / 72), rubin.bf16());
    assertEquals(OptionalDouble.of(1260e15 / 72), rubin.fp8());
    // MI455X: matrix instructions of 32 against 128 along k, a quarter of the FP8 rate.
    assertEquals(
        20e15 * 32 / 128, CATALOG.entry("mi455x").spec().peakFlops().bf16().getAsDouble(), 0.05e15);
  }

  @ParameterizedTest
  @CsvSource({
    // Half of what the data sheet says with sparsity.
    "h100-nvl, 1671, 3341",
    "h100-pcie, 1513, 3026",
    "h200-nvl, 1671, 3341",
    "rtx-pro-6000, 1000, 2000",
    // Compute units x FLOPs a clock x GHz, twice.
    "mi350x, 4613.7, 9227.5", // 2 x 256 x 4,096 x 2.2
    "mi308x, 687.9, 1376.3", // 2 x 80/304 of MI300X's 1,307 and 2,615
    // Dense already.
    "l40s, 724.1, 1466",
    "h20-141g, 296, 592",
  })
  void rates_areDense(String name, double twiceBf16, double twiceFp8) {
    PeakFlops peak = CATALOG.entry(name).spec().peakFlops();
    assertEquals(twiceBf16 / 2, peak.bf16().getAsDouble() / 1e12, 0.6, name);
    assertEquals(twiceFp8 / 2, peak.fp8().getAsDouble() / 1e12, 0.6, name);
  }

  @Test
  void cards_haveTheDomainsOfTheirBridges() {
    assertEquals(2, CATALOG.entry("h100-nvl").scaleUpDomainGpus());
    assertEquals(2, CATALOG.entry("h100-pcie").scaleUpDomainGpus());
    assertEquals(4, CATALOG.entry("h200-nvl").scaleUpDomainGpus());
    assertEquals(new LinkSpec(300e9, 3e-6, 0.8), CATALOG.entry("h100-nvl").scaleUp());
    assertEquals(new LinkSpec(450e9, 3e-6, 0.8), CATALOG.entry("h200-nvl").scaleUp());
    // PCIe 4.0 and 5.0 x16 in place of NVLink.
    assertEquals(new LinkSpec(32e9, 3e-6, 0.8), CATALOG.entry("l40s").scaleUp());
    assertEquals(new LinkSpec(64e9, 3e-6, 0.8), CATALOG.entry("rtx-pro-6000").scaleUp());
    // Two dies a package: 2 x 196 GB/s, in a supernode of 384.
    assertEquals(new LinkSpec(392e9, 3e-6, 0.8), CATALOG.entry("ascend-910c").scaleUp());
    assertEquals(384, CATALOG.entry("ascend-910c").scaleUpDomainGpus());
    // A pod's network over its chips: 6.4 Tb/s over 256; an instance's: 800 Gb/s over 16.
    assertEquals(6.4e12 / 8 / 256, CATALOG.entry("tpu-v5e").nic().bandwidthBytesPerSecond());
    assertEquals(800e9 / 8 / 16, CATALOG.entry("trainium1").nic().bandwidthBytesPerSecond());
  }

  @Test
  void price_hasItsBasis() {
    GpuCatalogEntry a100 = CATALOG.entry("a100-80g");
    assertEquals(OptionalDouble.of(1.49), a100.spec().usdPerHour());
    assertTrue(a100.priceBasis().orElseThrow().contains("on demand"));
  }

  @Test
  void generations_groupWhatSharesKernels() {
    SortedMap<GpuGeneration, List<String>> groups = new TreeMap<>();
    for (String name : CATALOG.names()) {
      groups
          .computeIfAbsent(
              CATALOG.entry(name).spec().generation().orElseThrow(), key -> new ArrayList<>())
          .add(name);
    }
    assertEquals(GENERATIONS, groups);
  }

  @Test
  void nic_sustainsWhatLeavesANodeInDeepEpsTable() {
    LinkSpec nic = CATALOG.entry("h100-sxm").nic();
    // Low-latency dispatch on 8 nodes of 8 H100: 166.8 us with 128 tokens a GPU, 301.1 us with 256.
    // Of 8 copies of 7,168 bytes each token sends 7/8 to other nodes.
    double bytes = 128.0 * 8 * 7168 * 7 / 8;
    assertEquals(bytes / (301.1e-6 - 166.8e-6), nic.sustainedBytesPerSecond(), 0.5e9);
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
        boolean amd = read.name().matches("mi3[0-9]+x");
        assertEquals(
            amd ? ConstantBasis.FITTED : ConstantBasis.ASSUMED,
            read.basis().get("computeEfficiency"),
            read.name());
      }
    }
  }

  @Test
  void aliases_meanAnEntryInAnySpelling() {
    String[][] rows = {
      {"h100", "h100-sxm"},
      {"H100", "h100-sxm"},
      {"H100-SXM", "h100-sxm"},
      {"NVIDIA H100 80GB HBM3", "h100-sxm"},
      {"h100_pcie", "h100-pcie"},
      {"A100", "a100-80g"},
      {"A100-SXM4-40GB", "a100-40g"},
      {"b200", "b200-sxm"},
      {"B300", "b300-sxm"},
      {"GB200", "gb200"},
      {"GB300-NVL72", "gb300"},
      {"AMD Instinct MI355X", "mi355x"},
      {"mi300", "mi300x"},
      {"TPU v5e", "tpu-v5e"},
      {"Ironwood", "tpu7x"},
      {"trn2", "trainium2"},
      {"910B", "ascend-910b"},
    };
    for (String[] row : rows) {
      assertEquals(row[1], CATALOG.entry(row[0]).name(), row[0]);
    }
    for (String name : CATALOG.names()) {
      assertEquals(name, CATALOG.entry(name.toUpperCase(Locale.ROOT)).name());
    }
    // What measured tables go by stays exact.
    assertTrue(CATALOG.find("h100").isEmpty());
  }

  @Test
  void aliasOfTwo_isRefused() {
    String text = "{\"description\":\"d\",\"assumptions\":[],\"gpus\":[%s,%s]}";
    String entry = entryText("h100-sxm");
    InputException error =
        assertThrows(
            InputException.class,
            () -> GpuCatalog.parse(String.format(text, entry, entry.replace("h100-sxm", "x1"))));
    assertTrue(error.getMessage().contains("is an alias of h100-sxm too"), error.getMessage());
  }

  private static String entryText(String name) {
    try (var in = GpuCatalog.class.getResourceAsStream("gpus.json")) {
      for (JsonNode gpu : new ObjectMapper().readTree(in).get("gpus")) {
        if (gpu.get("name").textValue().equals(name)) {
          return gpu.toString();
        }
      }
      throw new AssertionError(name);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void entry_suggestsForUnknownNames() {
    String[][] rows = {
      {"h2000", "Did you mean \"h200-sxm\"?"},
      {"h1000", "Did you mean \"h100-sxm\"?"},
      {"a100-80", "Did you mean \"a100-80g\"?"},
      {"ascend-910", "Did you mean \"ascend-910b\"?"},
      {"gb2000", "Did you mean \"gb200\"?"},
      {"H200-SXN", "Did you mean \"h200-sxm\"?"},
      {"abacus", "Known: v100-32g, v100-16g, t4, a100-80g, "},
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
          wrong,
          name,
          "hbm",
          row.get("hbm_gb"),
          OptionalDouble.of(entry.spec().datasheet().bytes() / giga));
      compare(
          wrong,
          name,
          "hbm_tbps",
          row.get("hbm_tbps"),
          OptionalDouble.of(entry.spec().datasheet().bytesPerSecond() / 1e12));
      compare(wrong, name, "bf16", row.get("bf16_tflops"), tera(entry.spec().peakFlops().bf16()));
      compare(wrong, name, "fp8", row.get("fp8_tflops"), tera(entry.spec().peakFlops().fp8()));
      compare(wrong, name, "fp4", row.get("fp4_tflops"), tera(entry.spec().peakFlops().fp4()));
      compare(
          wrong,
          name,
          "domain",
          row.get("scaleup_domain"),
          OptionalDouble.of(entry.scaleUpDomainGpus()));
      // The table has 7 x 82.3 for the MI355X, whose links have 76.8 each way.
      compare(
          wrong,
          name,
          "scale-up",
          name.equals("mi355x") ? null : row.get("scaleup_gbps_uni"),
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
