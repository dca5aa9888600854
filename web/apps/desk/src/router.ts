/** Which address shows which screen; each screen is a file of its own that is fetched when needed. */

import { createRouter, createWebHistory, type RouteLocationNormalized } from "vue-router";
import type { Permission } from "./api/types.ts";
import { t, withOfficeWords, type Key } from "./i18n/index.ts";
import { useMe } from "./stores/me.ts";
import { toast } from "./ui/toast.ts";

declare module "vue-router" {
  interface RouteMeta {
    /** The name of the screen. */
    title?: Key;
    /** What one must be allowed to do to see it. */
    needs?: Permission;
    /** Without signing in. */
    isOpen?: boolean;
  }
}

const inbox = () => import("./inbox/InboxScreen.vue");

export const router = createRouter({
  history: createWebHistory("/desk/"),
  routes: [
    {
      path: "/login",
      name: "login",
      component: () => import("./login/LoginScreen.vue"),
      meta: { title: "screen.login", isOpen: true },
    },
    {
      path: "/setup",
      name: "setup",
      component: () => import("./login/SetupScreen.vue"),
      meta: { title: "screen.setup", isOpen: true },
    },
    {
      path: "/",
      component: () => import("./shell/Shell.vue"),
      children: [
        { path: "", redirect: { name: "inbox" } },
        { path: "inbox/:view?/:id?", name: "inbox", component: inbox, meta: { title: "screen.inbox" } },
        { path: "conversations/:id", name: "conversation", component: inbox, meta: { title: "screen.inbox" } },
        {
          path: "customers",
          name: "customers",
          component: () => import("./search/SearchScreen.vue"),
          meta: { title: "screen.customers", needs: "search" },
        },
        {
          path: "board",
          name: "board",
          component: () => withOfficeWords(() => import("./board/BoardScreen.vue")),
          meta: { title: "screen.board", needs: "board.read" },
        },
        {
          path: "me",
          name: "profile",
          component: () => withOfficeWords(() => import("./profile/ProfileScreen.vue")),
          meta: { title: "screen.profile" },
        },
        {
          path: "settings/:section?",
          name: "admin",
          component: () => withOfficeWords(() => import("./admin/AdminScreen.vue")),
          meta: { title: "screen.admin" },
        },
        {
          path: ":rest(.*)*",
          name: "lost",
          component: () => import("./shell/LostScreen.vue"),
          meta: { title: "screen.lost" },
        },
      ],
    },
  ],
});

/** Let nobody in who is not signed in, and name the page. */
export function guardRoutes(): void {
  router.beforeEach((to) => {
    const me = useMe();
    if (to.meta.isOpen || me.me || !me.isKnown) return true;
    return { name: "login", query: { to: to.fullPath } };
  });
  router.afterEach((to) => nameThePage(to));
  // Each screen is a file: without a network one stays where one is.
  router.onError((_, to) => toast(t("error.screen_missing"), "bad", { label: t("act.retry"), run: () => void router.push(to.fullPath).catch(() => {}) }));
}

export function nameThePage(to: RouteLocationNormalized = router.currentRoute.value): void {
  document.title = to.meta.title ? `${t(to.meta.title)} · ${t("app.name")}` : t("app.name");
}

/** Go to the login, and back to where one was after it. */
export function toLogin(hasEnded: boolean): void {
  const { fullPath, meta } = router.currentRoute.value;
  if (meta.isOpen) return;
  void router.replace({ name: "login", query: { to: fullPath, ...(hasEnded ? { ended: "1" } : {}) } });
}

/** Return where to go after signing in: only ever a place of the desk itself. */
export function whereTo(query: unknown): string {
  return typeof query === "string" && /^\/(?![/\\])/.test(query) ? query : "/inbox";
}
