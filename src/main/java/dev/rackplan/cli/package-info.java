/**
 * The commands: arguments in, tables and files out, and the exit code.
 *
 * <p>The only package that wires the others together, prints, or ends the process, and the only one
 * that uses picocli and the progress bar. May import every package; none may import it. A new
 * command is one class and one line in {@link dev.rackplan.cli.RackplanCommand}. What several
 * commands share lies below and does not know them: {@code terminal}, {@code option}, {@code file},
 * {@code solving}, {@code planning}.
 */
package dev.rackplan.cli;
