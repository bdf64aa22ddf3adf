package dev.rackplan.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.HostileNames;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptTextTest {
  @Test
  void filled_replacesEachPlaceOnce_theLongerOneFirst() {
    assertEquals(
        "a=LIST $0 \\1, b=NAME",
        ScriptText.filled(
            "a=NAME, b=NAMELIST", Map.of("NAME", "LIST $0 \\1", "NAMELIST", "NAME", "LIST", "no")));
  }

  @ParameterizedTest
  @CsvSource({
    "deepseek-v3_decode.x4, deepseek-v3_decode.x4",
    "two words, two-words",
    "$(touch hit), touch-hit",
    "--wrap=hit, wrap-hit",
    "../outside, outside",
    "Größe, Gr-e",
    "模型, plan",
  })
  void word_isOneForShellsAndSchedulers(String name, String word) {
    assertEquals(word, ScriptText.word(name).replaceAll("-+", "-"));
  }

  @Test
  void everyHostileName_isAWord_andOneLineOfMarkdownWithoutMarkup() {
    Pattern markup = Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*[`*<>|&~$\\[\\]]|[\\p{Cc}\u202e]");
    for (String name : HostileNames.ALL) {
      assertTrue(ScriptText.word(name).matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"), name);
      assertFalse(markup.matcher(ScriptText.markdown(name)).find(), ScriptText.markdown(name));
    }
  }
}
