package dev.rackplan.law;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which of several kernels of one kind and format an engine runs: the first whose name holds the
 * pattern; of those marked as tuned, the fastest. Where no choice fits, the kernel with the most
 * measured rows stands.
 *
 * <p>Source: the engines' defaults (docs/decisions/0021).
 *
 * @param engine such as {@code sglang}
 * @param op kind of operation
 * @param kernels patterns of kernel names, best first
 * @param tuned whether the engine times them and takes the fastest
 */
record KernelChoice(String engine, OpKind op, List<Pattern> kernels, boolean tuned) {
  private static final List<KernelChoice> CHOICES =
      List.of(
          of("trtllm", OpKind.RECURRENT_DECODE, "generation/fused"),
          of("trtllm", OpKind.RECURRENT_PREFILL, "context/chunk"),
          of("vllm", OpKind.RECURRENT_DECODE, "generation/fused"),
          of("vllm", OpKind.RECURRENT_PREFILL, "context/(chunk|flash)"),
          of("sglang", OpKind.RECURRENT_DECODE, "generation/fused"),
          of("sglang", OpKind.RECURRENT_PREFILL, "context/chunk"),
          of("trtllm", OpKind.DECODE_ATTENTION, "^torch_flow$"),
          of("trtllm", OpKind.PREFILL_ATTENTION, "^torch_flow$"),
          tuned("trtllm", OpKind.EXPERTS, "cutlass", "min_latency", "deepgemm"),
          of("vllm", OpKind.DECODE_ATTENTION, "fa3", "trtllmdecode", "flash_attn"),
          of("vllm", OpKind.PREFILL_ATTENTION, "fa3", "trtllmprefill", "flash_attn"),
          of("vllm", OpKind.LATENT_DECODE_BLOCK, "MLA"),
          of("vllm", OpKind.EXPERTS, "monolithic", "triton", "marlin"),
          of("vllm", OpKind.ALL_REDUCE, "custom_graph", "_graph"),
          of("sglang", OpKind.DECODE_ATTENTION, "fa3", "trtllm_mha", "flash_att"),
          of("sglang", OpKind.PREFILL_ATTENTION, "fa3", "trtllm_mha", "flash_att"),
          of("sglang", OpKind.LATENT_DECODE, "trtllm_mla", "flashmla", "fa3"),
          of("sglang", OpKind.LATENT_PREFILL, "fa3", "trtllm_mla", "flashinfer"),
          of("sglang", OpKind.EXPERTS, "flashinfer_trtllm", "triton", "marlin"),
          of("sglang", OpKind.ALL_REDUCE, "_graph"));

  private static KernelChoice of(String engine, OpKind op, String... kernels) {
    return new KernelChoice(
        engine, op, List.of(kernels).stream().map(Pattern::compile).toList(), false);
  }

  private static KernelChoice tuned(String engine, OpKind op, String... kernels) {
    return new KernelChoice(
        engine, op, List.of(kernels).stream().map(Pattern::compile).toList(), true);
  }

  /** Of the cells of one engine, operation and format those that it runs; never empty. */
  static List<Cell> of(List<Cell> cells) {
    CellKey first = cells.get(0).key();
    Optional<KernelChoice> choice =
        CHOICES.stream()
            .filter(known -> known.engine.equals(first.engine()) && known.op == first.op())
            .findFirst();
    if (choice.isPresent()) {
      List<Cell> chosen = choice.get().among(cells);
      if (!chosen.isEmpty()) {
        return chosen;
      }
    }
    Cell most = cells.get(0);
    for (Cell cell : cells) {
      most = cell.rows() > most.rows() ? cell : most;
    }
    String kernel = most.key().kernel();
    return cells.stream().filter(cell -> cell.key().kernel().equals(kernel)).toList();
  }

  private List<Cell> among(List<Cell> cells) {
    if (tuned) {
      return cells.stream()
          .filter(
              cell ->
                  kernels.stream().anyMatch(kernel -> kernel.matcher(cell.key().kernel()).find()))
          .toList();
    }
    for (Pattern kernel : kernels) {
      List<Cell> chosen =
          cells.stream().filter(cell -> kernel.matcher(cell.key().kernel()).find()).toList();
      if (!chosen.isEmpty()) {
        return chosen;
      }
    }
    return List.of();
  }
}
