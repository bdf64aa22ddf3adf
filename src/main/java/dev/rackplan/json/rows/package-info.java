/**
 * Measured rows read into runs that the cost model can price: serving sheets, training sheets and
 * published results, each row with the reason where rackplan cannot express it.
 */
package dev.rackplan.json.rows;
