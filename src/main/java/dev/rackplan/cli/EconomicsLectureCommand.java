package dev.rackplan.cli;

import dev.rackplan.cli.file.SheetOutput;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.report.sheets.LectureSheets;
import dev.rackplan.report.sheets.SheetReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rackplan economics lecture}. */
@Command(
    name = "lecture",
    header = "The lecture's figures beside what its formulas give for real hardware and models.",
    description = {
      "",
      "Of \"The math behind how LLMs are trained and served\" (R. Pope with D. Patel, 2026-04-29), section by section: what was said, and what follows from the catalogue.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  rackplan economics lecture --csv lecture.csv"})
final class EconomicsLectureCommand implements Callable<Integer> {
  @Mixin private SheetOutput output;

  @Override
  public Integer call() {
    GpuCatalog gpus = GpuCatalog.load();
    output.print(
        new SheetReport(
            "The lecture's figures",
            new LectureSheets(name -> gpus.entry(name).spec(), ModelCatalog::read).sheets()));
    return ExitCode.SOLVED;
  }
}
