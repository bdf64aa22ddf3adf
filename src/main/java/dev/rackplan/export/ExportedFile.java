package dev.rackplan.export;

/**
 * One file of an export.
 *
 * @param name in the folder of the target
 * @param text UTF-8
 * @param about what it is, in a line for the README
 */
public record ExportedFile(String name, String text, String about) {
  /** Whether it is a script, which people and schedulers run. */
  public boolean isExecutable() {
    return name.endsWith(".sh") || name.endsWith(".sbatch");
  }
}
