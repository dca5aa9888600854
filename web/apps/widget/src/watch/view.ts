// What is shown of the server's news, as plain values.

export interface Problem {
  place: string;
  message: string;
  advice: string;
}
export interface News {
  kind: string;
  files: string[];
  problems: Problem[];
  hidden: number;
  model: string;
  seconds: number;
  text: string;
}
export interface State {
  number: number;
  latest: News;
  trouble: News | null;
  trouble_of_actions: News | null;
  restart: string[];
}
export interface View {
  look: "working" | "live" | "wrong" | "restart";
  title: string;
  lines: Problem[];
  foot: string;
}

const ZH = {
  working: (files: string) => `正在训练：${files}`,
  live: (seconds: string) => `已生效，用时 ${seconds} 秒`,
  right: () => "文件已改正，机器人照常回答",
  actions: () => "动作代码已重新加载",
  wrong: (count: number) => `保存的内容有 ${count} 处错误，未训练`,
  failed: () => "没有训练成功",
  actionsWrong: () => "动作代码无法加载，仍用之前的代码",
  still: (model: string) => (model ? `机器人仍用 ${model} 回答。` : "现在没有模型可以回答。"),
  more: (count: number) => `还有 ${count} 处，请运行 kefu data validate 查看。`,
  restart: (files: string) => `重启后才会生效：${files}`,
};
const EN: typeof ZH = {
  working: (files) => `Training: ${files}`,
  live: (seconds) => `Live after ${seconds} s`,
  right: () => "The files are right again; the bot answers as before",
  actions: () => "The code of the actions was loaded anew",
  wrong: (count) => `Not trained: ${count} ${count === 1 ? "mistake" : "mistakes"} in what was saved`,
  failed: () => "Not trained",
  actionsWrong: () => "The code of the actions cannot be loaded; the former code goes on working",
  still: (model) => (model ? `${model} goes on answering.` : "No model answers now."),
  more: (count) => `And ${count} more: kefu data validate lists them.`,
  restart: (files) => `Needs a restart: ${files}`,
};
export type Words = typeof ZH;

export const chosen = (language: string): Words => (language.toLowerCase().startsWith("zh") ? ZH : EN);

/** Mistakes and what waits for a restart stay until they are gone; good news does not. */
export const lasts = (view: View): boolean => view.look !== "live";

/** What to show now; `isFirst`: the page has just been opened, so old good news is none. */
export function viewOf(state: State, words: Words, isFirst: boolean): View | null {
  const { latest, trouble, trouble_of_actions: actions, restart } = state;
  if (latest.kind === "working") return plain("working", words.working(latest.files.join(", ")));
  if (trouble) return wrong(trouble, words);
  if (actions) return { look: "wrong", title: words.actionsWrong(), lines: [line(actions.text)], foot: "" };
  const news = isFirst ? null : good(latest, words);
  if (news) return plain("live", news);
  return restart.length ? plain("restart", words.restart(restart.join(", "))) : null;
}

function wrong(news: News, words: Words): View {
  const isFailed = news.kind === "failed";
  const count = news.problems.length + news.hidden;
  const more = news.hidden ? `${words.more(news.hidden)} ` : "";
  return {
    look: "wrong",
    title: isFailed ? words.failed() : words.wrong(count),
    lines: isFailed ? [line(news.text)] : news.problems,
    foot: more + words.still(news.model),
  };
}

function good(news: News, words: Words): string {
  if (news.kind === "live") return words.live(news.seconds.toFixed(1));
  if (news.kind === "actions") return words.actions();
  return news.kind === "unchanged" && news.text ? words.right() : "";
}

const plain = (look: View["look"], title: string): View => ({ look, title, lines: [], foot: "" });
const line = (message: string): Problem => ({ place: "", message, advice: "" });
