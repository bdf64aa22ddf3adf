package dev.rackplan.law;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whole blocks of latent attention in versions of an engine whose tables hold the core alone: the
 * block of the first version that has both, which starts as much later, and walks along the keys as
 * much longer, as the older core does.
 *
 * <p>TensorRT-LLM's tables hold blocks from 1.3.0rc10 on, where the core starts in 12.5 µs on H200
 * and walks 8,192 keys in 5; 1.2.0rc5's in 25.1 and 11.
 */
final class OlderBlocks {
  private static final VersionOrder VERSIONS = new VersionOrder();
  // A core's walk bends with the keys, a block's is a line: the same at so many.
  private static final double KEYS = 8192;
  private static final String WALK = "secondsPerKey";

  private OlderBlocks() {}

  /** A GPU's laws and those blocks. */
  static GpuLaws completed(GpuLaws laws) {
    List<Cell> cells = new ArrayList<>(laws.cells());
    of(laws, OpKind.LATENT_DECODE_BLOCK)
        .filter(block -> isFirst(laws, block))
        .forEach(block -> addOlder(laws, block, cells));
    return new GpuLaws(
        laws.gpu(), laws.generation(), laws.rates(), laws.source(), laws.date(), cells);
  }

  private static void addOlder(GpuLaws laws, Cell block, List<Cell> cells) {
    Optional<Cell> core =
        cores(laws, block)
            .filter(cell -> cell.key().version().equals(block.key().version()))
            .findFirst();
    core.ifPresent(
        own ->
            cores(laws, block)
                .filter(older -> older.key().kernel().equals(own.key().kernel()))
                .filter(older -> isBefore(older, block))
                .forEach(older -> cells.add(moved(block, older, own))));
  }

  private static Cell moved(Cell block, Cell older, Cell own) {
    double later = older.law().startSeconds() - own.law().startSeconds();
    double longer = secondsPerKey(older) - secondsPerKey(own);
    Cell moved =
        block.with(
            (parameter, value) ->
                Math.max(
                    parameter.least(),
                    value
                        + (parameter.isStart() ? later : 0)
                        + (parameter.isOf(WALK) ? longer : 0)));
    CellKey key = block.key();
    return new Cell(
        new CellKey(
            key.op(),
            key.engine(),
            older.key().version(),
            key.format(),
            key.cache(),
            key.kernel(),
            key.variant()),
        moved.parameters(),
        moved.rows(),
        moved.fittedRows(),
        moved.error(),
        moved.shapesLeftOut());
  }

  private static double secondsPerKey(Cell core) {
    LatentDecodeLaw law = (LatentDecodeLaw) core.law();
    return law.secondsPerKey() / (1 + KEYS / law.keysAtHalf());
  }

  private static boolean isFirst(GpuLaws laws, Cell block) {
    return of(laws, block.key().op())
        .filter(other -> other.key().engine().equals(block.key().engine()))
        .noneMatch(other -> isBefore(other, block));
  }

  private static boolean isBefore(Cell cell, Cell block) {
    return VERSIONS.compare(cell.key().version(), block.key().version()) < 0;
  }

  private static Stream<Cell> cores(GpuLaws laws, Cell block) {
    return of(laws, OpKind.LATENT_DECODE)
        .filter(cell -> cell.key().engine().equals(block.key().engine()))
        .filter(cell -> cell.key().cache() == block.key().cache());
  }

  private static Stream<Cell> of(GpuLaws laws, OpKind kind) {
    return laws.cells().stream().filter(cell -> cell.key().op() == kind);
  }
}
