/** Languages that agents write, by their codes; others can be typed. */

export const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  zh: "中文",
  en: "English",
  yue: "粤语",
  ja: "日本語",
  ko: "한국어",
  ru: "Русский",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
  vi: "Tiếng Việt",
  th: "ไทย",
  ms: "Bahasa Melayu",
};
