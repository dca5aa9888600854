/** What the desk remembers for somebody: in their account, so on every machine. */

import { defineStore } from "pinia";
import { computed, ref, watch, type WritableComputedRef } from "vue";
import { saveSettings } from "../api/own.ts";
import { firstLanguage, isLanguage, setLanguage, type Language } from "../i18n/index.ts";
import { useMe } from "./me.ts";

export type Theme = "light" | "dark" | "system";
export const THEMES: readonly Theme[] = ["light", "dark", "system"];

const SAVE_AFTER = 600;
const KEPT_THEME = "kefu.desk.theme";

export const useSettings = defineStore("settings", () => {
  const me = useMe();
  const values = ref<Record<string, unknown>>({});
  const failed = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  watch(
    () => me.me,
    (next) => {
      if (next) values.value = { ...next.settings };
    },
    { immediate: true },
  );

  function set(name: string, value: unknown): void {
    values.value = { ...values.value, [name]: value };
    clearTimeout(timer);
    if (me.me) timer = setTimeout(() => void save(), SAVE_AFTER);
  }

  async function save(): Promise<void> {
    try {
      await saveSettings(values.value);
      failed.value = false;
    } catch {
      failed.value = true; // Kept here; the next change saves all of it.
    }
  }

  return { values, set, failed };
});

/** Return one remembered value as a ref; `read` makes sure that what is stored is one. */
export function useSetting<T>(name: string, read: (stored: unknown) => T): WritableComputedRef<T> {
  const settings = useSettings();
  return computed({ get: () => read(settings.values[name]), set: (value) => settings.set(name, value) });
}

export function useTheme(): WritableComputedRef<Theme> {
  return useSetting("theme", (stored) => (THEMES.includes(stored as Theme) ? (stored as Theme) : keptTheme()));
}

export function useLanguage(): WritableComputedRef<Language> {
  return useSetting("language", (stored) => (isLanguage(stored) ? stored : firstLanguage()));
}

/** Keep theme and language of the page as they are chosen. */
export function followLook(): void {
  const theme = useTheme();
  const chosen = useLanguage();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const isDark = theme.value === "dark" || (theme.value === "system" && dark.matches);
    document.documentElement.classList.toggle("dark", isDark);
    keep(theme.value);
  };
  dark.addEventListener("change", paint);
  watch(theme, paint, { immediate: true });
  watch(chosen, (next) => void setLanguage(next));
}

function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT_THEME) as Theme;
    return THEMES.includes(kept) ? kept : "system";
  } catch {
    return "system";
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEPT_THEME, theme);
  } catch {
    // Storage may be off.
  }
}
