/**
 * Solving problems from files, one or many, here or on other machines, with the best plan kept on
 * disk meanwhile: {@link dev.rackplan.cli.solving.ProblemSolve}.
 *
 * <p>Of the other parts of {@code cli} it knows {@code file} and {@code terminal}.
 */
package dev.rackplan.cli.solving;
