package dev.rackplan.report;

import dev.rackplan.replan.Replan;
import dev.rackplan.replan.ReplanPoint;
import dev.rackplan.replan.WeightMove;
import dev.rackplan.replan.WeightMoves;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What replanning found: gain against bytes moved, the plan taken, and its moves. */
public final class ReplanReport {
  private static final int MOST_POINTS = 12;

  private ReplanReport() {}

  /** For a terminal. {@code stepName} is TPOT, TTFT or step. */
  public static String text(Replan replan, String stepName) {
    TextTable table =
        new TextTable(
            List.of(
                "plan",
                stepName + " [ms]",
                "± [%]",
                "expert weights moved [GB]",
                "moves",
                "layers touched",
                "GPUs untouched",
                "time at the links' speed [ms]",
                "fits"));
    int points = replan.curve().size();
    for (int i = 0; i < points; i++) {
      ReplanPoint point = replan.curve().get(i);
      boolean taken = replan.chosen().filter(chosen -> chosen.equals(point)).isPresent();
      // Some points of a long curve, the first, the last and the chosen one among them.
      if (taken
          || i % Math.max(1, (points + MOST_POINTS - 1) / MOST_POINTS) == 0
          || i == points - 1) {
        table.add(row(taken ? "chosen" : i == 0 ? "forced changes only" : "more changes", point));
      }
    }
    table.add(row("solved afresh, relabelled", replan.fresh()));
    StringBuilder text = new StringBuilder(table.text());
    text.append("afresh without relabelling: ")
        .append(Figures.gigabytes(replan.freshUnlabelledBytes()))
        .append(" GB\n");
    replan.chosen().ifPresent(chosen -> text.append(sentence(chosen)));
    return text.toString();
  }

  private static List<String> row(String name, ReplanPoint point) {
    WeightMoves moves = point.moves();
    return List.of(
        name,
        Figures.millis(point.evaluation().stepSeconds()),
        ConfidenceText.cell(point.evaluation().confidence().plusMinus()),
        Figures.gigabytes(moves.expertBytes()),
        String.valueOf(moves.moves().size()),
        String.valueOf(moves.layers()),
        String.valueOf(moves.untouchedGpus()),
        Figures.millis(moves.seconds()),
        point.evaluation().feasible() ? "yes" : "no");
  }

  private static String sentence(ReplanPoint chosen) {
    WeightMoves moves = chosen.moves();
    StringBuilder text = new StringBuilder("chosen: ");
    List<String> parts = new ArrayList<>();
    for (WeightMove.Tier tier : WeightMove.Tier.values()) {
      parts.add(Figures.gigabytes(moves.expertBytes(tier)) + " GB " + words(tier));
    }
    text.append(String.join(", ", parts));
    if (moves.otherBytes() > 0) {
      text.append("; GPUs new to their stage read ")
          .append(Figures.gigabytes(moves.otherBytes()))
          .append(" GB of other weights");
    }
    return text.append('\n').toString();
  }

  private static String words(WeightMove.Tier tier) {
    return switch (tier) {
      case SCALE_UP -> "within NVLink domains";
      case SCALE_OUT -> "over the network";
      case STORAGE -> "from storage";
    };
  }

  /** As plain values for JSON. */
  public static Map<String, Object> tree(Replan replan) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("curve", replan.curve().stream().map(ReplanReport::point).toList());
    tree.put("fresh", point(replan.fresh()));
    tree.put("freshUnlabelledBytes", replan.freshUnlabelledBytes());
    replan.chosen().ifPresent(chosen -> tree.put("chosen", point(chosen)));
    return tree;
  }

  private static Map<String, Object> point(ReplanPoint point) {
    WeightMoves moves = point.moves();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("stepSeconds", point.evaluation().stepSeconds());
    tree.put("confidence", ConfidenceText.tree(point.evaluation().confidence()));
    tree.put("feasible", point.evaluation().feasible());
    tree.put("movedBytes", moves.expertBytes());
    for (WeightMove.Tier tier : WeightMove.Tier.values()) {
      tree.put(key(tier), moves.expertBytes(tier));
    }
    tree.put("otherBytes", moves.otherBytes());
    tree.put("moves", moves.moves().size());
    tree.put("layersTouched", moves.layers());
    tree.put("gpusUntouched", moves.untouchedGpus());
    tree.put("linkSeconds", moves.seconds());
    return tree;
  }

  private static String key(WeightMove.Tier tier) {
    return switch (tier) {
      case SCALE_UP -> "scaleUpBytes";
      case SCALE_OUT -> "scaleOutBytes";
      case STORAGE -> "storageBytes";
    };
  }

  /** A row for each copy of an expert, or of a slice, that moves. */
  public static String csv(WeightMoves moves) {
    return CsvText.of(
        table -> {
          table.row("layer", "expert", "to", "from", "tier", "bytes", "slice");
          for (WeightMove move : moves.moves()) {
            table.row(
                move.layer(),
                move.expert(),
                move.to(),
                move.from(),
                move.tier().name().toLowerCase(Locale.ROOT),
                Figures.shortest(move.bytes()),
                move.slice());
          }
        });
  }
}
