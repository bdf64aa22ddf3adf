/**
 * The files that commands read and write: {@link dev.rackplan.cli.file.InputFiles} opens them,
 * {@link dev.rackplan.cli.file.Solved} is a problem with its plan, judged again ({@link
 * dev.rackplan.cli.file.Judge}).
 *
 * <p>Of the other parts of {@code cli} it knows {@code terminal} only.
 */
package dev.rackplan.cli.file;
