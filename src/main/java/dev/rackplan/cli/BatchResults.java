package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonText;
import dev.rackplan.report.RunEnd;
import dev.rackplan.report.RunTable;
import dev.rackplan.report.html.BatchPage;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run leaves beside its solutions: tables, a page for each plan, and one that leads to them.
 */
final class BatchResults {
  private BatchResults() {}

  /**
   * Writes them.
   *
   * @param folder as the user gave it; made if need be
   */
  static void write(String folder, RunTable table) {
    Path target = InputFiles.path(folder);
    AtomicFile.write(target.resolve("results.csv"), table.csv());
    AtomicFile.sweepAbandoned(target);
    AtomicFile.write(target.resolve("results.json"), JsonText.of(table.tree()));
    Map<Integer, String> pages = new TreeMap<>();
    for (int i = 0; i < table.ends().size(); i++) {
      RunEnd end = table.ends().get(i);
      if (end.solution().isPresent()) {
        String page = InputFiles.baseName(Path.of(end.solution().get())) + ".html";
        AtomicFile.write(target.resolve(page), ReportCommand.page(end.solution().get()));
        pages.put(i, page);
      }
    }
    AtomicFile.write(
        target.resolve("index.html"),
        BatchPage.of(table.ends().size() + " problems", table, pages));
  }
}
