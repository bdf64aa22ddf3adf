package dev.rackplan.problem;

/**
 * How a degree is said. All but the separator have the value for {@code %d}.
 *
 * @param table in a table, with what separates it from the degree before: {@code , EP %d}
 * @param mark as short as can be, likewise: {@code EP%d}
 * @param separator from the degree before in a sentence
 * @param one in a sentence where the value is 1: {@code %d stage}
 * @param many in a sentence elsewhere: {@code %d stages}
 */
record DegreeWords(String table, String mark, String separator, String one, String many) {
  String inTable(Object value) {
    return with(table, value);
  }

  String inShort(Object value) {
    return with(mark, value);
  }

  String inSentence(boolean isOne, Object value) {
    return with(isOne ? one : many, value);
  }

  private static String with(String words, Object value) {
    return words.replace("%d", value.toString());
  }
}
