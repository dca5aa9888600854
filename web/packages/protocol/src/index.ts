export * from "./frames";
export { Line, type LineEvents, type LineOptions } from "./line";
export { HttpError, refusalOf } from "./server";
export { Store } from "./store";
