/**
 * Words of the command line as values: durations, bandwidths, formats, limits of a search. A
 * converter each. May import none of the other parts of {@code cli}.
 */
package dev.rackplan.cli.option;
