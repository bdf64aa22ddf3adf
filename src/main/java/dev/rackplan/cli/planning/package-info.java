/**
 * From a sentence to deployments: the questions that {@code plan} takes, their files, their launch
 * commands, and sizes by percentile.
 *
 * <p>Of the other parts of {@code cli} it knows {@code file}, {@code option} and {@code terminal}.
 */
package dev.rackplan.cli.planning;
