/**
 * What a person sees while a command runs, and how it ends: progress, plain text, signals, {@link
 * dev.rackplan.cli.terminal.ExitCode}. May import none of the other parts of {@code cli}.
 */
package dev.rackplan.cli.terminal;
