// Jitney's mark, on every page that it has.

/** A small bus, full: three keys ride. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="7" width="28" height="16" rx="4" fill="#e10098"/><g fill="#fff"><rect x="5" y="11" width="6" height="5" rx="1"/><rect x="13" y="11" width="6" height="5" rx="1"/><rect x="21" y="11" width="6" height="5" rx="1"/></g><g fill="#1f2937" stroke="#fff" stroke-width="1.5"><circle cx="9" cy="24" r="3.5"/><circle cx="23" cy="24" r="3.5"/></g></svg>';

/** The same, as an address. */
export const ICON_URL = `data:image/svg+xml,${encodeURIComponent(ICON)}`;
