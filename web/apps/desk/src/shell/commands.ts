/** The commands that are there on every screen. */

import { STATUSES } from "../api/types.ts";
import { isBarOpen, isSheetOpen } from "../commands/open.ts";
import { useCommands } from "../commands/registry.ts";
import { LANGUAGES, t, type Language } from "../i18n/index.ts";
import { router } from "../router.ts";
import { useMe } from "../stores/me.ts";
import { usePresence } from "../stores/presence.ts";
import { THEMES, useLanguage, useTheme } from "../stores/settings.ts";
import { explainShort } from "../ui/explain.ts";
import { toast } from "../ui/toast.ts";
import { signOut } from "./leaving.ts";
import { PLACES } from "./places.ts";

export function useShellCommands(): void {
  const me = useMe();
  const presence = usePresence();
  const theme = useTheme();
  const language = useLanguage();

  useCommands([
    {
      id: "bar",
      group: "other",
      title: () => t("command.open"),
      keys: "mod+k",
      whileWriting: true,
      isHidden: true,
      inDialogs: true,
      run: () => (isBarOpen.value = !isBarOpen.value),
    },
    {
      id: "shortcuts",
      group: "other",
      title: () => t("shortcuts.open"),
      icon: "keyboard",
      keys: "?",
      run: () => (isSheetOpen.value = true),
    },
    ...PLACES.map((place) => ({
      id: `go.${place.name}`,
      group: "go" as const,
      title: () => t("command.go", { name: t(place.title) }),
      icon: place.icon,
      keys: place.keys,
      when: () => place.needs.some(me.may),
      run: () => void router.push(place.to),
    })),
    {
      id: "go.profile",
      group: "go",
      title: () => t("command.go", { name: t("menu.profile") }),
      icon: "user",
      keys: "g m",
      run: () => void router.push({ name: "profile" }),
    },
    ...STATUSES.map((status) => ({
      id: `presence.${status}`,
      group: "presence" as const,
      title: () => t("presence.set", { status: t(`presence.${status}`) }),
      icon: "user" as const,
      when: () => me.may("session.answer"),
      run: () => void presence.say(status).catch((error) => toast(explainShort(error), "bad")),
    })),
    ...THEMES.map((one) => ({
      id: `theme.${one}`,
      group: "look" as const,
      title: () => `${t("menu.theme")}: ${t(`theme.${one}`)}`,
      icon: one === "dark" ? ("moon" as const) : ("sun" as const),
      run: () => (theme.value = one),
    })),
    ...(Object.keys(LANGUAGES) as Language[]).map((one) => ({
      id: `language.${one}`,
      group: "look" as const,
      title: () => LANGUAGES[one],
      words: () => t("menu.language"),
      icon: "globe" as const,
      run: () => (language.value = one),
    })),
    {
      id: "sign_out",
      group: "other",
      title: () => t("menu.sign_out"),
      icon: "out",
      run: () => void signOut(),
    },
  ]);
}
