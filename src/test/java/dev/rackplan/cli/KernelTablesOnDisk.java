package dev.rackplan.cli;

import dev.rackplan.law.Gemm;
import dev.rackplan.law.GemmRangeLaw;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Rates;
import dev.rackplan.law.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/** Small kernel tables, made up by laws with a few percent of noise, in a folder of a GPU's. */
final class KernelTablesOnDisk {
  static final int GEMM_ROWS = 8 * 6 * 5;
  static final int EXPERT_ROWS = 10 * 12;
  static final int FEW_ROWS = 4;

  private static final Rates H100 =
      new Rates(3.35e12, 989e12, OptionalDouble.of(1979e12), OptionalDouble.empty());
  private static final Setting SETTING = Setting.of(H100, KernelFormat.BF16, KernelFormat.BF16);
  private static final String HEADER = "framework,version,device,op_name,kernel_source,";
  private static final String ENGINE = "SGLang,0.5.14,NVIDIA H100 80GB HBM3,";

  private final Path folder;
  private final SplittableRandom random = new SplittableRandom(5);

  /**
   * @param folder such as {@code h100_sxm}
   */
  KernelTablesOnDisk(Path folder) {
    this.folder = folder;
  }

  /** Products of one kernel, a few rows of another, and one row without a time. */
  Path gemm() {
    GemmRangeLaw law = new GemmRangeLaw(4e-6, 0.7, 0.8, 2, 1e-10, 0);
    StringBuilder text = new StringBuilder(HEADER + "gemm_dtype,m,n,k,latency\n");
    for (int m = 1; m <= 1 << 14; m *= 4) {
      for (int n = 1024; n <= 1 << 15; n *= 2) {
        for (int k = 1024; k <= 1 << 14; k *= 2) {
          double seconds = law.seconds(new Gemm(m, n, k), SETTING) * noise();
          text.append(gemmRow("cublas", m, n, k, seconds));
        }
      }
    }
    for (int i = 1; i <= FEW_ROWS; i++) {
      text.append(
          gemmRow("a_kernel_with_a_name_that_is_much_too_long_for_a_table", i, 64, 64, 1e-5));
    }
    text.append(gemmRow("cublas", 3, 64, 64, 0));
    return write("gemm/sglang/0.5.14/gemm_perf.csv", text.toString());
  }

  private static String gemmRow(String kernel, int m, int n, int k, double seconds) {
    return String.format(
            Locale.ROOT,
            "%sgemm,%s,bfloat16,%d,%d,%d,%.9f%n",
            ENGINE,
            kernel,
            m,
            n,
            k,
            seconds * 1e3)
        .replace("\r", "");
  }

  /** Experts of twelve models' shapes. */
  Path experts() {
    StringBuilder text =
        new StringBuilder(
            HEADER
                + "moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,moe_ep_size,distribution,latency\n");
    for (int shape = 0; shape < 12; shape++) {
      int hidden = 2048 + 512 * shape;
      int inner = 1024 + 512 * (shape % 3);
      for (int tokens = 1; tokens <= 512; tokens *= 2) {
        double active = Math.min(64, tokens * 4);
        double seconds =
            1e-5
                + 3.0 * hidden * inner * active * 2 / (0.7 * H100.bytesPerSecond())
                + 6.0 * hidden * inner * tokens * 4 / (0.5 * H100.bf16());
        text.append(
            String.format(
                    Locale.ROOT,
                    "%smoe,triton,bfloat16,%d,%d,%d,4,64,1,1,balanced,%.9f%n",
                    ENGINE,
                    tokens,
                    hidden,
                    inner,
                    seconds * noise() * 1e3)
                .replace("\r", ""));
      }
    }
    return write("moe/sglang/0.5.14/moe_perf.csv", text.toString());
  }

  private double noise() {
    return 1 + 0.06 * (random.nextDouble() - 0.5);
  }

  Path write(String name, String text) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
