/** Columns of fields that the packet list may have beside its own: screens and contract bound them alike. */
export const MOST_COLUMNS = 16
