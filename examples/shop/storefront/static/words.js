// The words of the page in its two languages. What products and orders are called stays as the shop says it.

const zh = {
  title: "橙意商城", skip: "跳到内容", search: "搜索商品", find: "搜索", all: "全部商品", orders: "我的订单", cart: "购物车",
  signIn: "登录", signOut: "退出", account: "我的", language: "EN", languageLabel: "EN: switch to English", dark: "深色", light: "浅色",
  themeLabel: (name) => `${name}：换一种底色`, phone: "短信", phoneLabel: "短信：打开演示手机", closePhone: "收起手机",
  hello: (name) => `${name}，欢迎回来`, welcome: "过日子，挑顺手的",
  pitch: "选了两百多件耐用的东西。有问题点右下角，小橙随时在。",
  next: (p) => `${p.name}　${p.starts.slice(5).replace("-", "/")}–${p.ends.slice(5).replace("-", "/")}`,
  free: "满 99 元包邮", back: "7 天无理由", warranty: "电器保修 1 年", forYou: "猜你喜欢", everything: "全部", best: "大家都在买",
  found: (n) => `${n} 件商品`, none: "没有找到，换个词试试，或者问问小橙。", more: "再看一些", sold: (n) => `已售 ${n}`,
  soldOut: "暂时无货", stock: (n) => `库存 ${n}`, few: (n) => `只剩 ${n} 件`, choose: "选择规格", quantity: "数量",
  add: "加入购物车", added: "已加入购物车", ask: "问问小橙", specs: "参数", material: "材质 / 成分", usage: "使用与保养", origin: "产地",
  months: (n) => (n ? `${n} 个月` : "不适用"), warrantyName: "保修", like: "看过的人还在看", emptyCart: "购物车还是空的。",
  goShopping: "去逛逛", remove: "删除", removeOf: (name) => `删除 ${name}`, total: "合计", freight: "运费", freeFreight: "包邮",
  buy: "下单（演示，不用付款）", bought: (no) => `下单成功，订单号 ${no}`, signInToBuy: "登录后下单",
  signInTitle: "登录橙意商城", mobile: "手机号", password: "密码", demoAccounts: "演示账户",
  demoNote: (p) => `这是演示商城，所有人都是虚构的。下面的账户密码都是`, use: "用这个账户登录", locked: "已锁定",
  signedIn: (name) => `${name}，您好`, noOrders: "还没有订单。", orderNo: "订单号", items: "商品", amount: "实付", due: "应付", levelName: "等级",
  parcel: (n) => `包裹 ${n}`, notSent: "还没发出", askOrder: "有问题？问小橙", copy: "复制单号", copied: "已复制",
  phoneTitle: "演示手机", phoneOwn: (p) => `这里是发到 ${p} 的短信。`, phoneGuest: "只为演示：输入一个手机号，看发给它的短信。真的商城里，短信只在客户自己的手机上。",
  show: "查看", noMessages: "还没有短信。客服发验证码时会出现在这里。", consent: "允许客服看到您正在浏览的商品，好更快帮到您吗？",
  yes: "允许", no: "不用", demo: "演示商城 · 商品、客户和订单都是虚构的", api: "接口文档", signInFirst: "登录后可以看到您的订单。",
  level: (one) => (one.next_level ? `${one.level}　再攒 ${one.next_level.missing} 成长值升到${one.next_level.level}` : one.level),
  points: "积分", worth: (n) => `可抵 ${n} 元`, myCoupons: "我的优惠券", noCoupons: "还没有能用的优惠券。", offered: "领券中心", collect: "领取", collected: (name) => `${name}领到了`,
  until: (day) => `${day} 到期`, cards: "礼品卡", left: (n) => `余额 ${n} 元`, entries: "积分明细",
  chatGone: "在线客服没有启动：在仓库里运行 make run。", failed: "商城暂时没有回应，请稍后再试。",
};

const en = {
  title: "Orange Shop", skip: "Skip to content", search: "Search products", find: "Search", all: "All products", orders: "My orders", cart: "Cart",
  signIn: "Sign in", signOut: "Sign out", account: "Account", language: "中文", languageLabel: "中文：切换语言", dark: "Dark", light: "Light",
  themeLabel: (name) => `${name}: another background`, phone: "Texts", phoneLabel: "Texts: open the demo phone", closePhone: "Close the phone",
  hello: (name) => `Welcome back, ${name}`, welcome: "Things that make days easier",
  pitch: "Two hundred things that last. Questions? The bot in the corner answers.",
  next: (p) => `${p.name}　${p.starts.slice(5).replace("-", "/")}–${p.ends.slice(5).replace("-", "/")}`,
  free: "Free from ¥99", back: "7 days to return", warranty: "1 year on electronics", forYou: "For you", everything: "All", best: "Bestsellers",
  found: (n) => `${n} products`, none: "Nothing found. Try another word, or ask the bot.", more: "Show more", sold: (n) => `${n} sold`,
  soldOut: "Sold out", stock: (n) => `${n} in stock`, few: (n) => `Only ${n} left`, choose: "Choose", quantity: "Quantity",
  add: "Add to cart", added: "Added to your cart", ask: "Ask the bot", specs: "Specifications", material: "Material", usage: "Use and care", origin: "Origin",
  months: (n) => (n ? `${n} months` : "none"), warrantyName: "Warranty", like: "Others looked at", emptyCart: "Your cart is empty.",
  goShopping: "Look around", remove: "Remove", removeOf: (name) => `Remove ${name}`, total: "Total", freight: "Freight", freeFreight: "free",
  buy: "Order (demo, nothing to pay)", bought: (no) => `Ordered: ${no}`, signInToBuy: "Sign in to order",
  signInTitle: "Sign in", mobile: "Mobile number", password: "Password", demoAccounts: "Demo accounts",
  demoNote: () => "A demonstration: nobody here is real. The password of all accounts is", use: "Sign in with this account", locked: "locked",
  signedIn: (name) => `Hello, ${name}`, noOrders: "No orders yet.", orderNo: "Order", items: "Items", amount: "Paid", due: "To pay", levelName: "Level",
  parcel: (n) => `Parcel ${n}`, notSent: "not sent yet", askOrder: "Ask the bot", copy: "Copy number", copied: "Copied",
  phoneTitle: "Demo phone", phoneOwn: (p) => `Texts sent to ${p}.`, phoneGuest: "For demonstration only: enter a number to see the texts sent to it. In a real shop only its owner does.",
  show: "Show", noMessages: "No texts yet. Codes that the bot sends appear here.", consent: "May our agents see which products you look at, to help you faster?",
  yes: "Yes", no: "No", demo: "A demonstration: products, customers and orders are made up", api: "API", signInFirst: "Sign in to see your orders.",
  level: (one) => (one.next_level ? `${one.level}, ${one.next_level.missing} to ${one.next_level.level}` : one.level),
  points: "Points", worth: (n) => `worth ¥${n}`, myCoupons: "My coupons", noCoupons: "No coupon to use yet.", offered: "To collect", collect: "Collect", collected: (name) => `${name}: collected`,
  until: (day) => `until ${day}`, cards: "Gift cards", left: (n) => `¥${n} left`, entries: "Where points come from",
  chatGone: "The chat is not running: start it with make run.", failed: "The shop does not answer; please try again later.",
};

const CATEGORIES = {
  数码: "Electronics", 小家电: "Appliances", 家居: "Home", 服饰: "Clothing", 箱包: "Bags", 食品: "Food", 个护: "Care", 母婴: "Baby",
  运动户外: "Sports", 厨具: "Kitchen", 宠物: "Pets", 文具: "Stationery", 汽车用品: "Car", 灯饰: "Lamps",
};
const all = { zh, en };
const kept = localStorage.getItem("shop.language");

export let language = kept in all ? kept : navigator.language.startsWith("zh") ? "zh" : "en";

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("shop.language", language);
}

/** The words for a key, with what is filled in. */
export function t(key, ...values) {
  const words = all[language][key];
  return typeof words === "function" ? words(...values) : words;
}

/** What a category is called. */
export const categoryName = (name) => (language === "en" && CATEGORIES[name]) || name;
