/** The API's types as the mock changes them. */

import type * as api from "../src/api/types.ts";

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

export type Agent = api.Agent;
export type NamedLike = Mutable<api.Named>;
