/** The version of the report's schema; apart from the schema, which those who write reports do not need at run time. */
export const REPORT_VERSION = 1;
