package dev.rackplan.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A script that completes a command in fish, made from the command's model: subcommands, options
 * with what they mean, values of options that list theirs, else files.
 */
final class FishCompletion {
  private final String program;
  private final StringBuilder script = new StringBuilder();

  private FishCompletion(String program) {
    this.program = program;
  }

  /** Of a program with this model. */
  static String of(CommandSpec root) {
    FishCompletion completion = new FishCompletion(root.name());
    completion.script.append("# Completes ").append(root.name()).append(" in fish.\n");
    completion.command(root, "");
    return completion.script.toString();
  }

  // Whatever comes after a command's name, up to one of its own subcommands.
  private void command(CommandSpec spec, String seen) {
    List<String> names = new ArrayList<>(spec.subcommands().keySet());
    String here = seen;
    if (!names.isEmpty()) {
      String notYet = "not __fish_seen_subcommand_from " + String.join(" ", names);
      here = both(seen, notYet);
      String condition = here;
      spec.subcommands()
          .forEach(
              (name, sub) -> {
                String[] header = sub.getCommandSpec().usageMessage().header();
                line(condition, "-f -a " + quoted(name) + described(String.join(" ", header)));
              });
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        option(option, here);
      }
    }
    spec.subcommands()
        .forEach(
            (name, sub) -> {
              command(sub.getCommandSpec(), both(seen, "__fish_seen_subcommand_from " + name));
            });
  }

  private static String both(String seen, String more) {
    return seen.isEmpty() ? more : seen + "; and " + more;
  }

  private void option(OptionSpec option, String condition) {
    StringBuilder words = new StringBuilder();
    for (String name : option.names()) {
      words.append(words.isEmpty() ? "" : " ");
      words.append(name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.substring(1));
    }
    if (option.arity().max() > 0) {
      words.append(" -r");
      if (option.completionCandidates() != null) {
        List<String> values = new ArrayList<>();
        option.completionCandidates().forEach(values::add);
        words.append(" -f -a ").append(quoted(String.join(" ", values)));
      }
    }
    line(condition, words + described(firstSentence(option)));
  }

  private static String firstSentence(OptionSpec option) {
    String words = option.description().length == 0 ? "" : option.description()[0];
    String plain = words.replace("%n", " ").replace("%%", "%").strip();
    int end = plain.indexOf(". ");
    String first = end < 0 ? plain : plain.substring(0, end + 1);
    return first.contains("${") ? "" : first;
  }

  private static String described(String words) {
    return words.isEmpty() ? "" : " -d " + quoted(words);
  }

  private void line(String condition, String words) {
    script
        .append("complete -c ")
        .append(program)
        .append(condition.isEmpty() ? "" : " -n " + quoted(condition))
        .append(' ')
        .append(words)
        .append('\n');
  }

  private static String quoted(String words) {
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
