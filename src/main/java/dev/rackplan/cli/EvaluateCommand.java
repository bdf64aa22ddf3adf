package dev.rackplan.cli;

import dev.rackplan.cli.file.ForeignMap;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.file.PoolFiles;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.option.TermConverter;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.TermAccount;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.SummaryText;
import dev.rackplan.report.TermText;
import dev.rackplan.report.TermTree;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan evaluate}: judges a plan from scratch. */
@Command(
    name = "evaluate",
    header =
        "Judges a plan, or an expert map that someone else made, under a problem's own scorer.",
    description = {
      "",
      "Everything is computed again. Figures in a solution file are only compared: where they"
          + " differ, a message on standard error says so, and the new ones count. An expert map is"
          + " put on the stages of the problem's first layout that has as many slots.",
      "A plan that breaks a limit is still judged; 'fits' says no.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan evaluate problems/deepseek-v3-decode-gb200.json --solution"
          + " solutions/deepseek-v3-decode-gb200.json",
      "  rackplan evaluate problems/deepseek-v3-decode-gb200.json --expert-map"
          + " expert-location.json",
      "  rackplan evaluate problems/deepseek-v3-decode-gb200.json --solution"
          + " solutions/deepseek-v3-decode-gb200.json --explain dispatch"
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final int SHOWN_DIFFERENCES = 10;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PROBLEM", description = "Problem file.")
  private String problemFile;

  @ArgGroup(multiplicity = "1")
  private Source source;

  private static final class Source {
    @Option(
        names = "--solution",
        required = true,
        paramLabel = "FILE",
        description = "Solution file.")
    private String solution = "";

    @Option(
        names = "--expert-map",
        required = true,
        paramLabel = "FILE",
        description = "Expert map of SGLang, TensorRT-LLM or vLLM, as JSON.")
    private String expertMap = "";
  }

  @Option(
      names = "--explain",
      paramLabel = "TERM",
      split = ",",
      converter = TermConverter.class,
      completionCandidates = TermConverter.Names.class,
      description =
          "Tell where a term of the step comes from instead: formula, inputs with their values,"
              + " law, source and error. One or more of ${COMPLETION-CANDIDATES}.")
  private List<Term> explained = List.of();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    Path problem = InputFiles.path(problemFile);
    ProblemFile.Loaded loaded =
        source.solution.isEmpty()
            ? ProblemFile.load(problem, problemFile)
            : PoolFiles.load(
                problem, problemFile, InputFiles.path(source.solution), source.solution);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("problem", problemFile);
    PlanReport report =
        source.solution.isEmpty() ? judgeMap(loaded.problem()) : judgeSolution(loaded, result);
    PrintWriter out = spec.commandLine().getOut();
    if (!explained.isEmpty()) {
      explain(report, result, out);
    } else if (json) {
      result.put("evaluation", EvaluationTree.of(report));
      out.print(JsonText.of(result));
    } else {
      out.print(SummaryText.of(report));
    }
    return ExitCode.SOLVED;
  }

  private PlanReport judgeSolution(ProblemFile.Loaded loaded, Map<String, Object> result) {
    PrintWriter err = spec.commandLine().getErr();
    SolutionFile.Contents contents =
        SolutionFile.read(InputFiles.path(source.solution), source.solution, loaded.problem());
    if (!contents.provenance().inputSha256().equals(loaded.sha256())) {
      err.println(
          source.solution
              + ": was made from other inputs than "
              + problemFile
              + " and its files have now");
    }
    PlanReport report = Judge.report(contents.problem(), contents.plan());
    List<String> differences = Solved.differences(contents, report);
    result.put("differences", differences);
    if (!differences.isEmpty()) {
      err.println(
          source.solution
              + ": its evaluation is not what the plan costs now; the new figures count");
      differences.stream()
          .limit(SHOWN_DIFFERENCES)
          .forEach(difference -> err.println("  " + difference));
      if (differences.size() > SHOWN_DIFFERENCES) {
        err.println("  and " + (differences.size() - SHOWN_DIFFERENCES) + " more");
      }
    }
    return report;
  }

  private void explain(PlanReport report, Map<String, Object> result, PrintWriter out) {
    Problem problem = report.problem();
    CostedPlan costed = new Judge(problem).cost(report.plan());
    List<TermAccount> accounts =
        explained.stream().map(term -> TermAccount.of(problem, costed, term)).toList();
    if (json) {
      result.put("explained", accounts.stream().map(TermTree::of).toList());
      out.print(JsonText.of(result));
      return;
    }
    String step = problem.workload().phase().stepName();
    out.print(
        accounts.stream()
            .map(account -> TermText.of(account, step))
            .collect(Collectors.joining("\n")));
  }

  private PlanReport judgeMap(Problem problem) {
    return Judge.report(problem, ForeignMap.read(List.of(source.expertMap), problem));
  }
}
