package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.report.PlanReport;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan verify}: does a solution still hold? */
@Command(
    name = "verify",
    header = "Computes solutions again and says whether they still hold.",
    description = {
      "",
      "A solution holds where its inputs are the ones it was made from (by their hash), its plan keeps every limit, and every figure in the file is what the plan costs now, to the last digit. Another version of rackplan that made it is named. Exit code 3 where one does not hold, 2 where one can't be read.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  rackplan verify solutions")
final class VerifyCommand implements Callable<Integer> {
  private static final int SHOWN_DIFFERENCES = 3;

  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "SOLUTION", description = "Solution files or folders.")
  private List<String> files;

  @Option(names = "--json", description = "Print JSON: a list with an object for each solution.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<Object> results = new ArrayList<>();
    int exitCode = ExitCode.SOLVED;
    for (String shown : InputFiles.expand(files)) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("solution", shown);
      try {
        Solved solved = Solved.read(shown);
        List<String> faults = faults(solved);
        exitCode = Math.max(exitCode, faults.isEmpty() ? exitCode : ExitCode.NO_FEASIBLE_PLAN);
        result.put("holds", faults.isEmpty());
        result.put("faults", faults);
        result.put("madeBy", solved.contents().provenance().version());
        result.put("verifiedBy", VersionProvider.version());
        result.put("inputSha256", solved.contents().provenance().inputSha256());
        result.put("inputSha256Now", solved.loaded().sha256());
        if (!json) {
          out.println(shown + (faults.isEmpty() ? ": holds" : ": does not hold") + madeBy(solved));
          faults.forEach(fault -> out.println("  " + fault));
          out.flush();
        }
      } catch (InputException e) {
        exitCode = Math.max(exitCode, ExitCode.BAD_INPUT);
        spec.commandLine().getErr().println(e.getMessage());
        result.put("error", e.getMessage());
      }
      results.add(result);
    }
    if (json) {
      out.print(JsonText.of(results));
    }
    return exitCode;
  }

  // Nothing where this version made it.
  private static String madeBy(Solved solved) {
    String version = solved.contents().provenance().version();
    return version.equals(VersionProvider.version())
        ? ""
        : " (made by rackplan " + version + ", this is " + VersionProvider.version() + ")";
  }

  private static List<String> faults(Solved solved) {
    List<String> faults = new ArrayList<>();
    if (solved.isStale()) {
      faults.add(solved.staleWords());
    }
    PlanReport now = Judge.report(solved.problem(), solved.plan());
    now.evaluation().violations().forEach(violation -> faults.add("breaks a limit: " + violation));
    if (solved.contents().evaluation().isEmpty()) {
      faults.add("has no figures to compare");
    }
    List<String> differences = Solved.differences(solved.contents(), now);
    differences.stream()
        .limit(SHOWN_DIFFERENCES)
        .forEach(difference -> faults.add("is now another figure: " + difference));
    if (differences.size() > SHOWN_DIFFERENCES) {
      faults.add("and " + (differences.size() - SHOWN_DIFFERENCES) + " more figures");
    }
    return faults;
  }
}
