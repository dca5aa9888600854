// What the page says, in every language it speaks.

import * as store from "./store.js";

const WORDS = {
  zh: {
    code: "zh-CN",
    title: "在线客服",
    online: "在线",
    queued: "正在等待人工客服",
    human: "人工客服为您服务",
    connecting: "正在连接…",
    offline: "网络已断开，正在重新连接…",
    offlineBanner: "网络已断开。您可以继续输入，恢复后会自动发送。",
    emptyTitle: "您好，有什么可以帮您？",
    emptyText: "直接输入您的问题，随时为您解答。",
    inputLabel: "输入消息",
    placeholder: "请输入消息…",
    send: "发送",
    restart: "重新开始对话",
    restartTitle: "重新开始对话？",
    restartText: "机器人会忘记前面聊过的内容，已发送的消息会从屏幕上清除。",
    restartYes: "重新开始",
    cancel: "取消",
    language: "EN: switch to English",
    otherLanguage: "EN",
    typing: "正在输入",
    you: "您",
    bot: "智能客服",
    agent: "人工客服",
    sending: "发送中",
    waiting: "等待网络",
    sent: "已送达",
    failed: "未送达",
    resend: "重新发送",
    tooMany: "发送得太快了，请稍等片刻再试。",
    paused: "正在为您转接人工客服，请稍候。",
    pausedBanner: "人工客服会在这里回复您，您可以继续留言。",
    resumed: "智能客服继续为您服务。",
    restarted: "已开始新的对话",
    image: "图片",
    openImage: "查看大图",
    attachment: "附件",
    details: "附加内容",
    newMessages: (count) => `${count} 条新消息`,
    toBottom: "回到最新",
    yesterday: "昨天",
    imageFailed: "图片无法显示",
  },
  en: {
    code: "en",
    title: "Customer service",
    online: "Online",
    queued: "Waiting for an agent",
    human: "An agent is with you",
    connecting: "Connecting…",
    offline: "Connection lost, reconnecting…",
    offlineBanner: "You are offline. Keep typing: your messages are sent when the connection is back.",
    emptyTitle: "Hello! How can we help?",
    emptyText: "Just type your question below.",
    inputLabel: "Your message",
    placeholder: "Type a message…",
    send: "Send",
    restart: "Start the conversation over",
    restartTitle: "Start over?",
    restartText: "The bot forgets what was said so far, and the messages leave the screen.",
    restartYes: "Start over",
    cancel: "Cancel",
    language: "中：切换到中文",
    otherLanguage: "中",
    typing: "Typing",
    you: "You",
    bot: "Assistant",
    agent: "Agent",
    sending: "Sending",
    waiting: "Waiting for the network",
    sent: "Delivered",
    failed: "Not delivered",
    resend: "Send again",
    tooMany: "That was too fast. Please wait a moment and try again.",
    paused: "You are being connected to a human agent. One moment, please.",
    pausedBanner: "An agent will answer here. You can go on writing.",
    resumed: "The assistant is back at your service.",
    restarted: "A new conversation has begun",
    image: "Image",
    openImage: "Open the image",
    attachment: "Attachment",
    details: "More content",
    newMessages: (count) => (count === 1 ? "1 new message" : `${count} new messages`),
    toBottom: "To the latest",
    yesterday: "Yesterday",
    imageFailed: "The image cannot be shown",
  },
};

const KEY = "kefu.language";

let current = WORDS[chosen()];

function chosen() {
  const kept = store.get(KEY);
  if (kept in WORDS) return kept;
  const first = (navigator.languages ?? [navigator.language]).find((tag) => /^(zh|en)\b/i.test(tag));
  return first && /^zh/i.test(first) ? "zh" : "en";
}

export const word = (name) => current[name];

export const languageCode = () => current.code;

export function switchLanguage() {
  const next = current === WORDS.zh ? "en" : "zh";
  store.set(KEY, next);
  current = WORDS[next];
}

// "10:32", "昨天 10:32", "11月3日 10:32"
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  const time = new Intl.DateTimeFormat(current.code, { hour: "2-digit", minute: "2-digit" }).format(date);
  const today = new Date();
  const days = Math.round((atMidnight(today) - atMidnight(date)) / 86_400_000);
  if (days === 0) return time;
  if (days === 1) return `${current.yesterday} ${time}`;
  const sameYear = date.getFullYear() === today.getFullYear();
  const format = { month: "short", day: "numeric", ...(sameYear ? {} : { year: "numeric" }) };
  return `${new Intl.DateTimeFormat(current.code, format).format(date)} ${time}`;
}

const atMidnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
