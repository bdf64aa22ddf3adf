package dev.rackplan.json;

/**
 * Bad input: which file, where in it, what is wrong with which value, and one remedy; two lines,
 * whatever stands in the input.
 */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String path;
  private final String problem;
  private final String remedy;

  /**
   * @param file path as the user gave it
   * @param path JSON path such as {@code $.workload.contextTokens}, a line ({@code line 3}), or
   *     empty for the whole file
   * @param problem what is wrong, with the value
   * @param remedy one sentence that says what to do
   */
  public InputException(String file, String path, String problem, String remedy) {
    super(
        ControlCharacters.written(file + ": " + (path.isEmpty() ? "" : path + ": ") + problem)
            + "\n  "
            + ControlCharacters.written(remedy));
    this.file = file;
    this.path = path;
    this.problem = problem;
    this.remedy = remedy;
  }

  public String file() {
    return file;
  }

  public String path() {
    return path;
  }

  /** The same, told of where the user said it: not in a file that a command wrote for them. */
  public InputException saidAt(String otherFile, String otherPath) {
    return new InputException(otherFile, otherPath, problem, remedy);
  }
}
