package dev.rackplan.report;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.memory.MemoryUse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One row per stage: memory of its fullest GPU in GB, part by part, in inference. A part that is
 * zero on every stage has no column. The last column is what the engine's rule counts against the
 * limit beside weights and KV cache: these and it add up to a GPU's memory.
 */
final class MemoryTable {
  private enum Part {
    ATTENTION("attention", MemoryUse::attentionBytes),
    DENSE("dense FFN", MemoryUse::denseBytes),
    SHARED("shared experts and gates", MemoryUse::sharedBytes),
    EXPERTS("routed experts", MemoryUse::expertBytes),
    EMBEDDING("embedding and head", MemoryUse::embeddingBytes),
    DRAFTS("draft layers", MemoryUse::draftBytes),
    KV("KV cache", MemoryUse::kvBytes),
    STEP("largest step", use -> use.working().stepBytes()),
    COMMUNICATION("transfer buffers", use -> use.working().communicationBytes()),
    GRAPHS("CUDA graphs", use -> use.working().graphBytes()),
    FRAMEWORK("framework", use -> use.working().frameworkBytes()),
    COUNTED("buffers as counted", MemoryUse::bufferBytes);

    private final String words;

    @SuppressWarnings("ImmutableEnumChecker") // A reference to a getter.
    private final ToDoubleFunction<MemoryUse> bytes;

    Part(String words, ToDoubleFunction<MemoryUse> bytes) {
      this.words = words;
      this.bytes = bytes;
    }
  }

  private MemoryTable() {}

  static String of(PlanReport report) {
    List<MemoryUse> stages =
        report.evaluation().stages().stream().map(CostedStage::memory).toList();
    List<Part> parts =
        Arrays.stream(Part.values())
            .filter(part -> stages.stream().anyMatch(use -> part.bytes.applyAsDouble(use) != 0))
            .toList();
    List<String> header = new ArrayList<>(List.of("stage"));
    parts.forEach(part -> header.add(part.words + " [GB]"));
    TextTable table = new TextTable(header);
    for (int s = 0; s < stages.size(); s++) {
      List<String> cells = new ArrayList<>(List.of(Integer.toString(s)));
      for (Part part : parts) {
        cells.add(Figures.gigabytes(part.bytes.applyAsDouble(stages.get(s))));
      }
      table.add(cells);
    }
    return table.text();
  }
}
