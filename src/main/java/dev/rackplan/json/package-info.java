/**
 * Files in and out: the only package that uses Jackson.
 *
 * <p>Reads strictly (one remedy per error, {@link dev.rackplan.json.InputException}), writes whole
 * files or none. May import the data packages up to {@code plan} and {@code evaluation}'s result
 * records are passed to it as plain trees; must not import {@code solver} or {@code cost}.
 */
package dev.rackplan.json;
