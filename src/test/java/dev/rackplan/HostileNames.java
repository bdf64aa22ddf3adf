package dev.rackplan;

import java.util.List;

/**
 * Names that do harm where they reach a shell, a scheduler, a page, a spreadsheet or a terminal.
 */
public final class HostileNames {
  /** What runs in a page sets this property of its window. */
  public static final String HIT = "rackplanHit";

  /** All of them. */
  public static final List<String> ALL =
      List.of(
          "two words",
          "it's",
          "say \"hi\"",
          "back\\slash",
          "$(touch hit)",
          "`touch hit`",
          "${HOME}",
          "$HOME",
          "a; touch hit",
          "a && touch hit",
          "a | touch hit",
          "a > hit",
          "a & touch hit &",
          "#SBATCH --wrap=hit",
          "first\nsecond",
          "first\r\n#SBATCH --uid=0",
          "tab\there",
          "-rf",
          "--wrap=hit",
          "..",
          "../outside",
          "/etc/passwd",
          "~root",
          "*",
          "?[a-z]{1,2}",
          "!event",
          "%n%s%x",
          "\u202egnp.exe",
          "\u001b[2J\u001b]0;mine\u0007",
          "\u001b[31mred\u001b[0m",
          "\b\b\bback",
          "=cmd|' /C calc'!A0",
          "+1+cmd|' /C calc'!A0",
          "@SUM(1+1)*cmd|' /C calc'!A0",
          "<script>window.rackplanHit=1</script>",
          "</script><script>window.rackplanHit=1</script>",
          "<img src=x onerror=window.rackplanHit=1>",
          "\" onmouseover=\"window.rackplanHit=1\" x=\"",
          "javascript:window.rackplanHit=1",
          "{{constructor.constructor('window.rackplanHit=1')()}}",
          "NAME HOSTSTARTS STARTS RESOURCES GATHER COMMAND SETUP POOLS",
          "MODEL: x\n- y: &a [*a]",
          "[click](javascript:window.rackplanHit=1) | cell",
          "Größe 模型 \uD83D\uDE80",
          "long-" + "x".repeat(5000));

  private HostileNames() {}
}
