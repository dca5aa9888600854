/** Signing in and out, and one's own account. */

import { http, path, type Options } from "./http.ts";
import type { Invited, Login, Me, Page, Presence, Status } from "./types.ts";

export const signIn = (login: string, password: string): Promise<Me> =>
  http.post("/login", { login, password }, { isOpen: true });

export const signOut = (): Promise<void> => http.post("/logout", undefined, { isOpen: true });

export const me = (options: Options = {}): Promise<Me> => http.get("/me", { ...options, isOpen: true });

/** Ask what a one-time link is for, without using it up. */
export const lookAtLink = (token: string, signal?: AbortSignal): Promise<Invited> =>
  http.post("/setup/look", { token }, { isOpen: true, isRepeatable: true, signal });

export interface SetUp {
  readonly token: string;
  readonly password: string;
  readonly login: string;
  readonly display_name: string;
}

export const useLink = (body: SetUp): Promise<void> => http.post("/setup", body, { isOpen: true });

export const logins = (options: Options = {}): Promise<Page<Login>> => http.get("/me/logins", options);

export const endLogin = (id: string): Promise<void> => http.delete(path`/me/logins/${id}`);

export const changePassword = (current: string, next: string): Promise<Me> =>
  http.put("/me/password", { current, new: next }, { isRepeatable: false });

export const saveSettings = (settings: Readonly<Record<string, unknown>>): Promise<void> =>
  http.put("/me/settings", { settings });

export const declare = (status: Status, reason: string): Promise<Presence> =>
  http.put("/me/presence", { status, reason });
